--- Writes what is generated from the data of the house: the editor types (lua/wdt/types.lua) and
-- the tables of docs/.
--
--     lua5.4 spec/house/write.lua [--check] [TREE]
--
-- With --check it writes nothing and names the files that are not as they should be; exit status 1.
if arg and arg[0] and arg[0]:find "house/write%.lua$" then
  local spec = arg[0]:gsub("house/write%.lua$", "")
  package.path = spec .. "?.lua;" .. spec .. "../lua/?.lua;" .. spec .. "../lua/?/init.lua;"
    .. package.path
end
local source = require "house.source"
local tables = require "house.tables"
local types = require "house.types"

local M = {}

--- Visits each generated file.
-- @tparam string root of the tree
-- @tparam function visit file (relative to root), its text now, its text as it should be
function M.each(root, visit)
  visit("lua/wdt/types.lua", source.read(root .. "/lua/wdt/types.lua"), types.text())
  local pages = source.files(root, "docs", { md = true })
  for _, file in ipairs(pages) do
    local text = source.read(root .. "/" .. file)
    visit(file, text, tables.fill(text, file:find "%.zh%-CN%.md$" and "zh" or "en"))
  end
end

--- @treturn {string} files that differ
function M.drift(root)
  local list = {}
  M.each(root, function(file, is, should)
    if is ~= should then list[#list + 1] = file end
  end)
  return list
end

local function write(root)
  M.each(root, function(file, is, should)
    if is == should then return end
    local out = assert(io.open(root .. "/" .. file, "wb"))
    assert(out:write(should) and out:close())
    print("wrote " .. file)
  end)
end

local function main(words)
  local checking = words[1] == "--check"
  local root = words[checking and 2 or 1] or "."
  if not checking then
    write(root)
    return 0
  end
  local list = M.drift(root)
  for _, file in ipairs(list) do
    print(file .. " is not what lua5.4 spec/house/write.lua writes")
  end
  return #list > 0 and 1 or 0
end

if arg and arg[0] and arg[0]:find "house/write%.lua$" then os.exit(main(arg)) end

return M
