--- Redis, as hosts share it: an address, and scripts that run whole or not at all.
--
-- The client library is a packaged one (`wdt.redis.blocking`; on a loop
-- `wdt.redis.pool`, inside nginx `wdt.nginx.redis`). All
-- that is asked of it is EVAL: one round trip, no state in the connection, and safe to send again,
-- since every script of this library may run twice with the effect of once.
-- @module wdt.redis
local failure = require "wdt.error".failure
local native = require "wdt.native"
local io, os, setmetatable = io, os, setmetatable
local tonumber, tostring, type = tonumber, tostring, type

local M = {}

--- Seconds that a connection and an answer may take: a budget is asked before every call, so a
-- store that is slower than this is as good as lost.
M.TIMEOUT = 2

local Shared = {}
Shared.__index = Shared

--- Takes an address apart.
-- @tparam string address `"redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]"`
-- @treturn ?table `{ host, port, user, password, database }`, nil where it is no such address
function M.parse(address)
  if type(address) ~= "string" then return nil end
  local secrets, place = address:match "^redis://([^@/]*)@([^@]+)$"
  place = place or address:match "^redis://([^@]+)$"
  if not place then return nil end
  local host, rest = place:match "^%[([%x:.]+)%](.*)$"
  if not host then host, rest = place:match "^([%w.%-_]+)(.*)$" end
  if not host then return nil end
  local port, database = rest:match "^:(%d+)(.*)$"
  database = database or rest
  if not (database == "" or database == "/" or database:find "^/%d+$") then return nil end
  port = tonumber(port or 6379)
  if port < 1 or port > 65535 then return nil end
  local user, password
  if secrets then
    user, password = secrets:match "^([^:]*):(.*)$"
    if not user or password == "" then return nil end
  end
  return { host = host, port = port, user = user ~= "" and user or nil, password = password,
    database = tonumber(database:match "%d+" or 0) }
end

--- This machine's name.
-- @treturn string
function M.host()
  local file = io.open "/proc/sys/kernel/hostname"
  local host = file and file:read "*l" or "a host"
  if file then file:close() end
  return host
end

--- Returns what this process is called before others: its host and its id.
-- @treturn string e.g. `"erp-1 process 4711"`
function M.process()
  return ("%s process %d"):format(M.host(), native.load "wdt.posix".pid())
end

--- A name that no other object of any process of any host has, now or later.
-- @treturn string
function M.unique()
  return ("%s %x %s"):format(M.process(), os.time(), tostring({}):match "0x%x+" or tostring({}))
end

--- Runs a script; where the connection turns out to have ended, once more over a new one.
-- @tparam string script
-- @tparam {string,…} keys
-- @tparam {string|number,…} args
-- @return what the script returns; or nil, text: an answer that is an error, or none in `TIMEOUT`
-- seconds. The text says no password
function Shared:run(script, keys, args)
  local reply, err, lost = self.eval(self.place, script, keys, args, M.TIMEOUT)
  if lost then reply, err = self.eval(self.place, script, keys, args, M.TIMEOUT) end
  if err then return nil, ("Redis at %s: %s"):format(self.name, err) end
  return reply
end

--- Has the scripts run as a host can wait: on a loop (`wdt.host.loop`) the other tasks go on
-- meanwhile. Where a way of its own was given, that stays.
-- @tparam Host host
-- @treturn Shared itself
function Shared:on(host)
  if self.blocks and host.await then
    self.eval, self.blocks = require "wdt.redis.pool".new(host), false
  end
  return self
end

--- Opens what hosts share. Connects when it is first used.
-- @tparam string address see `parse`
-- @tparam ?function eval runs a script at a place: takes the place, script, keys, args, and the
-- seconds that it may take; returns what the script returns, or nil, text, and whether the
-- connection had served before and may just have ended (`wdt.redis.blocking` is the default)
-- @treturn ?Shared; or nil, "config: text", "config"
function M.open(address, eval)
  local place = M.parse(address)
  if not place then
    return failure("config", "an address of Redis is expected, e.g. redis://127.0.0.1:6379/0")
  end
  return setmetatable({ place = place, eval = eval or require "wdt.redis.blocking".new(),
    blocks = eval == nil, name = place.host .. ":" .. place.port }, Shared)
end

return M
