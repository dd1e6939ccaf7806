--- A store in PostgreSQL: for all hosts that share it, where there is no Redis.
--
--     state = wdt.state.postgres("postgres://wdt@db/erp", "shipped")
--     state = wdt.state.open "postgres://wdt@db/erp#shipped"      -- alike
--
-- A line of the table `_wdt_leases`, which is made when it is missing. Its lock is a lease with a
-- fence, as that of `wdt.state.redis`: each locking raises the fence, a save or a renewal changes
-- nothing unless the fence is still one's own, all time is the server's. A statement is one
-- transaction, and short; it blocks its process meanwhile, for `TIMEOUT` seconds at most.
-- @module wdt.state.postgres
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local redis = require "wdt.redis"
local pcall, require, setmetatable, tostring, type = pcall, require, setmetatable, tostring, type

local LEASE = 300

local TIMEOUT = 5

local NO_DRIVER = "it needs LuaSQL: apt-get install lua-sql-postgres, or luarocks install "
  .. "luasql-postgres"

local SESSION = { "SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning",
  "SET standard_conforming_strings TO on", ("SET statement_timeout TO %d"):format(TIMEOUT * 1000) }

-- Two hosts may make the table at once, which PostgreSQL refuses one of: hence the server's lock.
local MAKE = [[DO $wdt$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('wdt.leases'));
  CREATE TABLE IF NOT EXISTS _wdt_leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL, fence BIGINT NOT NULL, state TEXT);
END $wdt$]]

local AFTER = "clock_timestamp() + %.3f * interval '1 second'"

-- Name, owner, lease. An owner may lock again: the answer to its first attempt may have been lost.
local LOCK = [[INSERT INTO _wdt_leases AS l (name, owner, until, fence)
  VALUES (%s, %s, ]] .. AFTER .. [[, 1)
  ON CONFLICT (name) DO UPDATE
    SET owner = excluded.owner, until = ]] .. AFTER .. [[, fence = l.fence + 1
    WHERE l.until <= clock_timestamp() OR l.owner = excluded.owner
  RETURNING fence]]

-- Lease, further assignments, name, fence.
local SAVE = "UPDATE _wdt_leases SET until = " .. AFTER .. [[%s
  WHERE name = %s AND fence = %s AND until > clock_timestamp() RETURNING fence]]

local Store = {}
Store.__index = Store

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

local function disconnect(self)
  if self.connection then self.connection:close() end
  if self.environment then self.environment:close() end
  self.connection, self.environment = nil, nil
end

-- True; or nil, text.
local function connect(self)
  local loaded, driver = pcall(require, "luasql.postgres")
  if not loaded then return nil, NO_DRIVER end
  local err
  self.environment = driver.postgres()
  self.connection, err = self.environment:connect(self.address)
  for i = 1, #SESSION do
    if not self.connection then break end
    local done
    done, err = self.connection:execute(SESSION[i])
    if not done then disconnect(self) end
  end
  if self.connection then return true end
  disconnect(self)
  return nil, tostring(err):match "^[^\n]*"
end

-- The first column of the first line; nil where there is none; or nil, text.
local function ask(self, statement)
  if not self.connection then
    local ok, err = connect(self)
    if not ok then return nil, err end
  end
  local cursor, err = self.connection:execute(statement)
  if not cursor then
    disconnect(self)
    return nil, tostring(err):match "^[^\n]*"
  end
  if type(cursor) ~= "userdata" then return nil end
  local value = cursor:fetch()
  cursor:close()
  return value
end

-- As ask; where a connection that was kept may just have ended, once more over a new one: every
-- statement may run twice with the effect of once.
local function run(self, what, statement)
  local kept = self.connection ~= nil
  local value, err = ask(self, statement)
  if err and kept then value, err = ask(self, statement) end
  if err then return failure("state", "%s %s: %s", self.path, what, err) end
  return value
end

--- Only one job may use the state at a time.
-- @treturn boolean true; or nil, "state: … is in use by …", "state"
function Store:lock()
  local what = "can't be locked"
  local _, err, code = run(self, what, MAKE)
  if err then return nil, err, code end
  local fence
  fence, err, code = run(self, what, LOCK:format(literal(self.name), literal(self.owner),
    self.lease, self.lease))
  if err then return nil, err, code end
  if not fence then
    local owner = run(self, what, "SELECT owner FROM _wdt_leases WHERE name = "
      .. literal(self.name))
    return failure("state", "%s is in use by %s", self.path,
      owner and owner:match "^.- process %d+" or "another job")
  end
  self.fence = tostring(fence)
  return true
end

-- Saves by further assignments, or without them only begins the lease anew.
local function commit(self, what, assignments)
  local kept, err, code = run(self, what, SAVE:format(self.lease, assignments, literal(self.name),
    self.fence or "0"))
  if kept then return true end
  if err then return nil, err, code end
  return failure("state", "%s is not this job's any more: its lease ran out", self.path)
end

--- @treturn boolean true once the lease has begun anew; or nil, "state: text", "state"
function Store:renew()
  return commit(self, "can't be renewed", "")
end

--- @tparam string text
-- @treturn boolean true; or nil, "state: text", "state", and what was saved before is still there
function Store:save(text)
  return commit(self, "can't be saved", ", state = " .. literal(text))
end

--- Idempotent. Where PostgreSQL can't be reached, the lease ends the lock.
function Store:unlock()
  if self.fence then
    run(self, "can't be unlocked", ("UPDATE _wdt_leases SET until = '-infinity' WHERE name = %s "
      .. "AND fence = %s"):format(literal(self.name), self.fence))
  end
  self.fence = nil
  disconnect(self)
end

--- @treturn ?string what was saved last, nil when nothing ever was; or nil, "state: text", "state"
function Store:load()
  local there, err, code = run(self, "can't be read", "SELECT to_regclass('_wdt_leases')")
  if not there then return nil, err, code end
  local state
  state, err, code = run(self, "can't be read", "SELECT state FROM _wdt_leases WHERE name = "
    .. literal(self.name))
  if not self.fence then disconnect(self) end
  return state, err, code
end

--- @tparam string address what libpq takes, `postgres://…` or `host=… dbname=…`
-- @tparam ?string name of the job; without one it stands at the end of the address, after a `#`
-- @tparam ?number lease seconds after which another host takes over from one that died (300)
-- @treturn Store see `wdt.state`
return function(address, name, lease)
  if name == nil and type(address) == "string" then -- as `wdt.state.open` has it
    address, name = address:gsub("^//", "postgres://"):match "^(.*)#([^#]+)$"
  end
  if type(address) ~= "string" or address == "" then
    misuse(2, "address", nil, "an address of PostgreSQL, e.g. postgres://wdt@db/erp")
  end
  if type(name) ~= "string" or name == "" then misuse(2, "name", name, "the name of a job") end
  if lease ~= nil and not duration.is_seconds(lease, 0.1, duration.DAY) then
    misuse(2, "lease", lease, "seconds, from 0.1 to 86400")
  end
  return setmetatable({ address = address, name = name, lease = lease or LEASE,
    owner = redis.unique(), path = "the state '" .. name .. "' in PostgreSQL" }, Store)
end
