--- The shops whose rows have been read, for the shell's completion: lines "EDITION SID SHOP_NO" in
-- `$XDG_CACHE_HOME/wdt/shops`, else `~/.cache/wdt/shops`. A cache: where it can't be written, TAB
-- knows less and nothing else is different.
-- @module wdt.cli.shops
local posix = require "wdt.native".load "wdt.posix"
local setmetatable, pairs, type, next, require = setmetatable, pairs, type, next, require
local getenv = os.getenv
local sort, concat, open, rename, execute = table.sort, table.concat, io.open, os.rename, os.execute

local M = {}

-- Rows of a reading that are looked at: shops come again soon.
local ENOUGH = 500

local Shops = {}
Shops.__index = Shops

local function path()
  local folder = getenv "XDG_CACHE_HOME"
  if not folder or folder == "" then folder = getenv "HOME" and getenv "HOME" .. "/.cache" end
  return folder and folder .. "/wdt/shops"
end

local function lines_of(file)
  local set, handle = {}, file and open(file, "r")
  if not handle then return set end
  for line in handle:lines() do set[line] = true end
  handle:close()
  return set
end

--- Begins to note shops.
-- @tparam string edition
-- @tparam string sid
-- @treturn Shops
function M.new(edition, sid)
  return setmetatable({ before = edition .. " " .. sid .. " ", seen = {}, n = 0 }, Shops)
end

--- Looks at a row.
-- @tparam table|string row a table, or its JSON
function Shops:row(row)
  if self.n >= ENOUGH then return end
  self.n = self.n + 1
  local shop = type(row) == "table" and row.shop_no
    or type(row) == "string" and row:match '"shop_no":"([^"\\]+)"'
  if type(shop) == "string" and not shop:find "[%c%s,]" and shop ~= "" then
    self.seen[shop] = true
  end
end

--- Adds what was seen to the file.
function Shops:keep()
  local file = path()
  if not file or not next(self.seen) then return end
  local all, is_new, list = lines_of(file), false, {}
  for shop in pairs(self.seen) do
    local line = self.before .. shop
    is_new = is_new or not all[line]
    all[line] = true
  end
  if not is_new then return end
  for line in pairs(all) do list[#list + 1] = line end
  sort(list)
  local folder = file:match "^(.*)/"
  if posix.kind(folder) ~= "folder" then
    execute("mkdir -p -m 700 " .. require "wdt.shell".quote(folder) .. " 2>/dev/null")
  end
  -- one process at a time has this name; which of two wins does not matter
  if posix.write(file .. ".new", concat(list, "\n") .. "\n") then
    rename(file .. ".new", file)
  end
end

--- The shops that were seen.
-- @tparam string edition
-- @tparam string sid
-- @treturn {string}
function M.known(edition, sid)
  local before, list = edition .. " " .. sid .. " ", {}
  for line in pairs(lines_of(path())) do
    if line:sub(1, #before) == before then list[#list + 1] = line:sub(#before + 1) end
  end
  sort(list)
  return list
end

return M
