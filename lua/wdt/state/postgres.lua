--- A store in PostgreSQL: for all hosts that share it, where there is no Redis.
--
--     state = wdt.state.postgres("postgres://wdt@db/erp", "shipped")
--     state = wdt.state.open "postgres://wdt@db/erp#shipped"      -- alike
--
-- A line of the table `_wdt_leases`, which is made when it is missing. Its lock is a lease with a
-- fence, as that of `wdt.state.redis`: each locking raises the fence, a save or a renewal changes
-- nothing unless the fence is still one's own, all time is the server's. A statement is one
-- transaction, and short; it blocks its process meanwhile: the server gives it up after `TIMEOUT`
-- seconds, and a network that carries nothing more is noticed within twice as many, unless the
-- address says otherwise.
-- @module wdt.state.postgres
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local redis = require "wdt.redis"
local ipairs, next, pcall, require, setmetatable, tonumber, tostring, type = ipairs, next, pcall,
  require, setmetatable, tonumber, tostring, type
local concat = table.concat

local LEASE = 300

local TIMEOUT = 5

local NO_DRIVER = "it needs LuaSQL: apt-get install lua-sql-postgres, or luarocks install "
  .. "luasql-postgres"

-- Parameters of libpq: by default it would wait for minutes, or for hours.
local PATIENCE = { { "connect_timeout", TIMEOUT }, { "tcp_user_timeout", TIMEOUT * 1000 },
  { "keepalives_idle", TIMEOUT }, { "keepalives_interval", 1 }, { "keepalives_count", TIMEOUT } }

local SESSION = { "SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning",
  "SET standard_conforming_strings TO on", ("SET statement_timeout TO %d"):format(TIMEOUT * 1000) }

-- Two hosts may make the table at once, which PostgreSQL refuses one of: hence the server's lock.
local MAKE = [[DO $wdt$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('wdt.leases'));
  CREATE TABLE IF NOT EXISTS _wdt_leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ NOT NULL, fence BIGINT NOT NULL, state TEXT);
END $wdt$]]

local AFTER = "clock_timestamp() + %.3f * interval '1 second'"

-- Name, owner, lease. An owner may lock again: the answer to its first attempt may have been lost.
local LOCK = [[INSERT INTO _wdt_leases AS l (name, owner, since, until, fence)
  VALUES (%s, %s, clock_timestamp(), ]] .. AFTER .. [[, 1)
  ON CONFLICT (name) DO UPDATE
    SET owner = excluded.owner, since = excluded.since, until = ]] .. AFTER .. [[,
      fence = l.fence + 1
    WHERE l.until <= clock_timestamp() OR l.owner = excluded.owner
  RETURNING fence]]

-- Name, fence, owner: a table that was made anew counts its fences from 1 again.
local OURS = " WHERE name = %s AND fence = %s AND owner = %s AND until > clock_timestamp()"

-- Lease, further assignments, then as OURS.
local SAVE = "UPDATE _wdt_leases SET until = " .. AFTER .. "%s" .. OURS .. " RETURNING fence"

-- As OURS. A lease that has ended by itself ended then.
local UNLOCK = "UPDATE _wdt_leases SET until = clock_timestamp()" .. OURS

local HOLDER = [[SELECT owner, extract(epoch FROM clock_timestamp() - since),
  extract(epoch FROM until - clock_timestamp()) FROM _wdt_leases WHERE name = %s]]

local Store = {}
Store.__index = Store

-- Address -> the connection that all stores of this process share: `holders` are those that hold a
-- lease, and it ends with the last of them.
local links = {}

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

-- The address with what it does not say of `PATIENCE`.
local function patient(address)
  local is_url, list = address:find "://", {}
  for _, one in ipairs(PATIENCE) do
    if not address:find(one[1], 1, true) then list[#list + 1] = ("%s=%d"):format(one[1], one[2]) end
  end
  if not list[1] then return address end
  if not is_url then return address .. " " .. concat(list, " ") end
  return address .. (address:find("?", 1, true) and "&" or "?") .. concat(list, "&")
end

local function link_of(address)
  links[address] = links[address] or { holders = setmetatable({}, { __mode = "k" }) }
  return links[address]
end

local function disconnect(link)
  if link.connection then link.connection:close() end
  if link.environment then link.environment:close() end
  link.connection, link.environment = nil, nil
end

-- True; or nil, text.
local function connect(link, address)
  local loaded, driver = pcall(require, "luasql.postgres")
  if not loaded then return nil, NO_DRIVER end
  local err
  link.environment = driver.postgres()
  link.connection, err = link.environment:connect(patient(address))
  for i = 1, #SESSION do
    if not link.connection then break end
    local done
    done, err = link.connection:execute(SESSION[i])
    if not done then disconnect(link) end
  end
  if link.connection then return true end
  disconnect(link)
  return nil, tostring(err):match "^[^\n]*"
end

-- The first line, as a list; an empty one where there is none; or nil, text.
local function ask(self, statement)
  local link = link_of(self.address)
  if not link.connection then
    local ok, err = connect(link, self.address)
    if not ok then return nil, err end
  end
  local cursor, err = link.connection:execute(statement)
  if not cursor then
    disconnect(link)
    return nil, tostring(err):match "^[^\n]*"
  end
  if type(cursor) ~= "userdata" then return {} end
  local row = cursor:fetch({}, "n") or {}
  cursor:close()
  return row
end

-- As ask; where a connection that was kept may just have ended, once more over a new one: every
-- statement may run twice with the effect of once. The first column; or nil, err, code.
local function run(self, what, statement)
  local kept = link_of(self.address).connection ~= nil
  local row, err = ask(self, statement)
  if err and kept then row, err = ask(self, statement) end
  if err then return failure("state", "%s %s: %s", self.path, what, err) end
  return row[1], nil, nil, row
end

-- The connection ends with the last store that holds a lease.
local function release(self)
  local link = link_of(self.address)
  link.holders[self] = self.fence and true or nil
  if not next(link.holders) then
    disconnect(link)
    links[self.address] = nil
  end
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
  self.fence, self.lost = tostring(fence), false
  link_of(self.address).holders[self] = true
  return true
end

-- Saves by further assignments, or without them only begins the lease anew.
local function commit(self, what, assignments)
  local kept, err, code = run(self, what, SAVE:format(self.lease, assignments, literal(self.name),
    self.fence or "0", literal(self.owner)))
  if kept then return true end
  if err then return nil, err, code end
  self.lost = true
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
    run(self, "can't be unlocked", UNLOCK:format(literal(self.name), self.fence,
      literal(self.owner)))
  end
  self.fence = nil
  release(self)
end

-- Asks for columns of the line of this name, where there is a table.
local function look(self, statement)
  local what = "can't be read"
  local there, err, code, row = run(self, what, "SELECT to_regclass('_wdt_leases')")
  if there then there, err, code, row = run(self, what, statement:format(literal(self.name))) end
  release(self)
  return there, err, code, row
end

--- @treturn ?table `owner`, `age` and `left`: seconds since the lease began, and until it ends
-- (below 0: since it ended); nil where there never was one; or nil, "state: text", "state"
function Store:holder()
  local owner, err, code, row = look(self, HOLDER)
  if not owner then return nil, err, code end
  return { owner = owner, age = tonumber(row[2]), left = tonumber(row[3]) }
end

--- @treturn ?string what was saved last, nil when nothing ever was; or nil, "state: text", "state"
function Store:load()
  local state, err, code = look(self, "SELECT state FROM _wdt_leases WHERE name = %s")
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
