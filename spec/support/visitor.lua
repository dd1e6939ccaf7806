--- Programs run as a user would run them: in an interpreter of their own, against the HTTP sandbox
-- and nothing else.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local wdt = require "wdt"
local World = require "wdt.sandbox.world"
local shell = require "support.shell"

local DAY = 86400

local Visitor = {}
Visitor.__index = Visitor

local M = {}

-- The first second of the month before this one, and its name: "2026-10".
local function last_month()
  local this = beijing.format(os.time()):sub(1, 7)
  local name = beijing.format(beijing.parse(this .. "-01 00:00:00") - 1):sub(1, 7)
  return beijing.parse(name .. "-01 00:00:00"), name
end

--- Starts a server whose world reaches from before the last whole month to the last whole hour, so
-- that nothing in it moves. Of the visitor, `month` is that month's name and `day` one of its days,
-- "2026-10-11".
-- @tparam ?integer rows_per_day 150 unless told
function M.start(rows_per_day)
  local from, month = last_month()
  local now = os.time()
  local world = { seed = 9, rows_per_day = rows_per_day or 150, from = from - 10 * DAY,
    to = now - now % 3600 - 1, now = now }
  return setmetatable({ handle = assert(server.start{ world = world }), world = world,
    month = month,
    day = month .. "-11" }, Visitor)
end

--- The visitor of a server that was started by other options.
-- @tparam table handle of `wdt.sandbox.server.start`
function M.of(handle)
  return setmetatable({ handle = handle }, Visitor)
end

function Visitor:stop()
  server.stop(self.handle)
end

--- Epoch seconds of a time of the month: `day` and the rest, "03 12:00:00".
function Visitor:at(text)
  return assert(beijing.parse(self.month .. "-" .. text))
end

-- Of the caller's environment; it would reach the account's settings.
local FOREIGN = { "WDT_PROFILE", "WDT_RATE", "WDT_BUDGET", "WDT_QIMEN_APP_KEY",
  "WDT_QIMEN_APP_SECRET", "WDT_QIMEN_TARGET_APP_KEY", "WDT_QIMEN_URL", "WDT_QIMEN_SIGN_METHOD" }

--- The environment of a user of one edition.
function Visitor:variables(edition)
  local s = sandbox.settings(edition, self.handle.url)
  local v = { WDT_EDITION = edition, WDT_SID = s.sid, WDT_APPKEY = s.appkey,
    WDT_APPSECRET = s.appsecret, WDT_URL = s.url,
    WDT_SANDBOX_URL = false, LUA_INIT = false, LUA_PATH = package.path, LUA_CPATH = package.cpath,
    http_proxy = "http://127.0.0.1:1", https_proxy = "http://127.0.0.1:1" }
  for _, name in ipairs(FOREIGN) do v[name] = false end
  return v
end

--- Runs a Lua program.
-- @tparam string edition
-- @tparam string file
-- @param ... its arguments
-- @treturn string what it printed
-- @treturn integer its exit status
function Visitor:run(edition, file, ...)
  local words = { shell.lua, shell.quote(file) }
  for _, word in ipairs{ ... } do words[#words + 1] = shell.quote(word) end
  return shell.run(table.concat(words, " "), self:variables(edition))
end

--- Makes the same world, in this process: what the server's gateway answers, by another road.
-- @treturn table as `wdt.sandbox.new` returns it
function Visitor:twin()
  self.box = self.box or sandbox.new{ world = World.new(self.world) }
  return self.box
end

--- A client of one edition in that same world.
function Visitor:client(edition)
  self.clients = self.clients or {}
  self.clients[edition] = self.clients[edition] or wdt.new(
    self:twin():settings(edition, { rate = 100000 }))
  return self.clients[edition]
end

--- The rows of a stream of that client, by default those of `day`: what a program has to come to by
-- itself.
-- @tparam string edition
-- @tparam string method "stockouts" or "cancelled_stockouts"
-- @tparam table query
function Visitor:rows(edition, method, query)
  query.start = query.start or self.day .. " 00:00:00"
  query.stop = query.stop or self.day .. " 23:59:59"
  local client, rows = self:client(edition), {}
  for row in client[method](client, query) do rows[#rows + 1] = row end
  return rows
end

return M
