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
local ipairs, tonumber, tostring, type = ipairs, tonumber, tostring, type
local concat, remove = table.concat, table.remove

local M = {}

--- Seconds that a connection and an answer may take: a budget is asked before every call, so a
-- store that is slower than this is as good as lost.
M.TIMEOUT = 2

local Shared = {}
Shared.__index = Shared

-- A server, "HOST[:PORT]"; nil where that is none.
local function server_of(text, default_port)
  local host, rest = text:match "^%[([%x:.]+)%](.*)$"
  if not host then host, rest = text:match "^([%w.%-_]+)(.*)$" end
  local port = rest == "" and default_port or tonumber(rest and rest:match "^:(%d+)$")
  if not port or port < 1 or port > 65535 then return nil end
  return { host = host, port = port }
end

-- Sentinels, "HOST[:PORT],…", and the master that they watch; nil where that is none.
local function watched(text, path)
  local master, rest = path:match "^/([%w.%-_]+)(.*)$"
  local place = { sentinels = {}, master = master }
  for one in text:gmatch "[^,]+" do
    local sentinel = server_of(one, 26379)
    if not sentinel then return nil end
    place.sentinels[#place.sentinels + 1] = sentinel
  end
  if not master or not place.sentinels[1] then return nil end
  return place, rest
end

--- Takes an address apart.
-- @tparam string address `"redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]"`; or, of a master that
-- sentinels watch, `"redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER`
-- `[/DATABASE]"`: the password is that of Redis, and the sentinels have none
-- @treturn ?table `{ host, port, user, password, database }`, without `host` and `port` but
-- with `sentinels` and `master` where these tell it; nil where it is no such address
function M.parse(address)
  if type(address) ~= "string" then return nil end
  local scheme, rest = address:match "^(redis[+%l]*)://(.+)$"
  if scheme ~= "redis" and scheme ~= "redis+sentinel" then return nil end
  local secrets, bare = rest:match "^([^@/]*)@([^@]+)$"
  local servers, path = (bare or rest):match "^([^/@]+)(/?[^@]*)$"
  if not servers then return nil end
  local place
  if scheme == "redis" then
    place = server_of(servers, 6379)
  else
    place, path = watched(servers, path)
  end
  if not place or not (path == "" or path == "/" or path:find "^/%d+$") then return nil end
  if secrets then
    local user, password = secrets:match "^([^:]*):(.*)$"
    if not user or password == "" then return nil end
    place.user, place.password = user ~= "" and user or nil, password
  end
  place.database = tonumber(path:match "%d+" or 0)
  return place
end

local NO_MASTER = "no sentinel tells the master %s (%s)"
local NOT_YET = "%s:%s is no master: it takes over, or was one"

--- Finds the server of a place. A sentinel that does not answer is asked last from then on.
-- @tparam table place as `parse` returns it
-- @tparam function ask `(host, port, master)` -> host and port of the master, as that sentinel
-- tells them; or nil, text
-- @treturn ?string host; or nil, text
-- @treturn ?integer port
function M.locate(place, ask)
  if not place.sentinels then return place.host, place.port end
  local why
  for _ = 1, #place.sentinels do
    local sentinel = place.sentinels[1]
    local host, port = ask(sentinel.host, sentinel.port, place.master)
    if host then return host, tonumber(port) end
    why = port
    place.sentinels[#place.sentinels + 1] = remove(place.sentinels, 1)
  end
  return nil, NO_MASTER:format(place.master, why or "unknown to them")
end

--- True if an answer that is an error is that of a master no more: a replica takes no writes, and a
-- master that was cut off from its replicas (`min-replicas-to-write`) has perhaps been replaced.
-- @tparam string answer
-- @treturn boolean
function M.is_demoted(answer)
  return answer:find "^READONLY" ~= nil or answer:find "^NOREPLICAS" ~= nil
end

--- Sees that what a sentinel told is a master: after a failover that may take a moment.
-- @tparam table place as `parse` returns it
-- @param role what the server answers to ROLE
-- @tparam string host
-- @tparam integer port
-- @treturn boolean true; or nil, text
function M.is_master(place, role, host, port)
  if not place.sentinels or type(role) == "table" and role[1] == "master" then return true end
  return nil, NOT_YET:format(host, port)
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

-- Returns what a place is called in errors, and told from others by.
local function name_of(place)
  if not place.sentinels then return place.host .. ":" .. place.port end
  local list = {}
  for i, one in ipairs(place.sentinels) do list[i] = one.host .. ":" .. one.port end
  return ("%s of the sentinels %s"):format(place.master, concat(list, ","))
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
  place.name = name_of(place)
  return setmetatable({ place = place, eval = eval or require "wdt.redis.blocking".new(),
    blocks = eval == nil, name = place.name }, Shared)
end

return M
