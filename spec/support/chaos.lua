--- Chaos: hosts of a fleet (processes of `wdt fleet run`) copy accounts into databases and files,
-- while they and what they share are killed, stopped and cut off from each other at random. What a
-- gateway has counted and what the copies hold then tells what came of it.
--
-- So that a thousand faults take minutes, a minute of the rate lasts `window` seconds
-- (`support.chaos_host`), leases a second or two, and windows are small.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local command = require "support.command"
local copies = require "support.copies"
local curl_host = require "wdt.host.curl"
local eventually = require "support.eventually"
local gateway = require "support.chaos_gateway"
local mariadb = require "support.mariadb"
local nginx = require "support.nginx"
local process = require "wdt.nginx.process"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local shared_redis = require "support.chaos_redis"
local World = require "wdt.sandbox.world"
local quote, must = shell.quote, shell.must

local M = {}

local Chaos = {}
Chaos.__index = Chaos

local HOUR, DAY, RATE = 3600, 86400, 60

--- Calls that a host may make beside those of a window that is broken off: one that tells the time,
-- and one that is tried again.
M.BESIDES = 2

-- ---- where accounts are copied to: by the account's name ----

local SINKS = {}

local function sqlite_rows(self, name)
  return copies.rows(require "luasql.sqlite3".sqlite3(), self.folder .. "/" .. name .. ".db",
    'SELECT stockout_id AS id, "_modified" AS modified FROM copy', { "id" })
end

SINKS.sqlite = { to = function() return "sqlite:sqlite.db" end, rows = sqlite_rows }

SINKS.documents = { to = function() return "sqlite:documents.db?layout=documents" end,
  rows = sqlite_rows }

-- Rows of a table that accounts share.
local TABLE = [[SELECT stockout_id AS id, "_modified" AS modified FROM copy
  WHERE "_account" = '%s']]

SINKS.postgres = { to = function(self) return "postgres:" .. self.pg.address end,
  rows = function(self, name) return self.pg.read(TABLE:format(name), { "id" }) end }

SINKS.mysql = { to = function(self) return self.my.url end, rows = function(self, name)
  local rows, n = self.my.rows(TABLE:format(name), "id"), 0
  for _ in pairs(rows) do n = n + 1 end
  return rows, n
end }

local function lines(self, name)
  local rows, n = {}, 0
  if process.run("ls " .. quote(self.folder .. "/" .. name)) == "" then return rows, n end
  local found
  found, n = copies.lines(self.folder .. "/" .. name, "ndjson")
  for id, line in pairs(found) do
    rows[id] = { id = id, modified = line:match '"modified":"(.-)"' }
  end
  return rows, n
end

-- Files beside a state in a file, and files whose state hosts share.
SINKS.lines = { to = function() return "ndjson:lines" end, rows = lines,
  state = function() return "file:lines.state" end }
SINKS.fenced = { to = function() return "ndjson:fenced" end, rows = lines,
  state = function(self, i) return self.store.state(self:address(i), "fenced") end }

M.SINKS = SINKS

-- ---- hosts ----

-- Runs a program in the background, its output in a log: its process id.
function Chaos:spawn(line, log, variables)
  local parts = {}
  for name, value in pairs(variables or {}) do parts[#parts + 1] = name .. "=" .. quote(value) end
  return tonumber((self.cli:must(("exec env %s %s </dev/null >>%s 2>&1 & echo $!"):format(
    table.concat(parts, " "), line, log))))
end

function Chaos:address(i)
  return self.store.address(self.hosts[i].port)
end

-- Writes the file of a host: its own only in how it reaches the store.
function Chaos:configure(i)
  local parts = { ("[fleet]\nstore = %s\nlease = %ds\n[*/*]\nfrom = %s\npoll.least = 1s\n"
    .. "poll.most = 1s\npage_size = %d\nwhat = stockouts\n"):format(self:address(i), self.lease,
    beijing.format(self.world.from), self.page) }
  for _, name in ipairs(self.sinks) do
    parts[#parts + 1] = ("[%s]\nedition = enterprise\nsid = %s\nappkey = sandbox-ent\n"
      .. "appsecret = sandbox-secret\nurl = %s\nrate = %d\n[%s/copy]\nto = %s\n"):format(name, name,
      self.url, RATE, name, SINKS[name].to(self))
    if SINKS[name].state then
      parts[#parts + 1] = "state = " .. SINKS[name].state(self, i) .. "\n"
    end
  end
  local file = ("%s/h%d.ini"):format(self.folder, i)
  shell.write(file, table.concat(parts))
  must("chmod 600 " .. quote(file))
end

function Chaos:start(i)
  local variables = { LUA_INIT = "@" .. shell.root .. "/spec/support/chaos_host.lua",
    CHAOS_WINDOW = tostring(self.window),
    CHAOS_CLOCK = ("%s/h%d.time"):format(self.folder, i) }
  local host = self.hosts[i]
  host.pid = self:spawn(("wdt fleet run --config h%d.ini --lock h%d.lock --host h%d --log-json")
    :format(i, i, i), ("h%d.log"):format(i), variables)
  host.stopped = false
end

local function signal(pid, name)
  must(("kill -%s %d"):format(name, pid))
end

-- ---- faults: each does its harm, and returns after how many seconds what undoes it ----

local FAULTS = {}

-- A host that is not stopped already.
local function victim(self)
  local alive = {}
  for i, host in ipairs(self.hosts) do
    if host.pid and not host.stopped then alive[#alive + 1] = i end
  end
  return alive[1] and alive[self.draw(#alive)]
end

function FAULTS.kill(self)
  local i = victim(self)
  if not i then return nil end
  shell.finish(self.hosts[i].pid, "KILL")
  self.hosts[i].pid = nil
  return self.draw(), function() self:start(i) end
end

function FAULTS.stop(self)
  local i = victim(self)
  if not i then return nil end
  local host = self.hosts[i]
  signal(host.pid, "STOP")
  host.stopped = true
  return (0.2 + self.draw()) * 2 * self.lease, function()
    signal(host.pid, "CONT")
    host.stopped = false
  end
end

-- A worker of an nginx that shares the first account's budget; its master starts another one.
function FAULTS.worker(self)
  local pid = self.callers:workers()[1]
  if not pid then return nil end
  shell.run("kill -KILL " .. pid)
  return 0, function() end
end

-- Half of the hosts reach the store no more.
function FAULTS.partition(self)
  if self.cut then return nil end
  self.cut = {}
  for _, host in ipairs(self.hosts) do
    if host.proxy and #self.cut < #self.hosts / 2 and self.draw(2) == 1 then
      self.cut[#self.cut + 1] = host.proxy
      signal(host.proxy, "STOP")
    end
  end
  return (0.2 + self.draw()) * 3 * self.lease, function()
    for _, proxy in ipairs(self.cut) do signal(proxy, "CONT") end
    self.cut = nil
  end
end

-- Makes a fault of a harm to the store itself: they come one at a time.
local function to_store(harm)
  return function(self)
    if self.harmed then return nil end
    self.harmed = true
    local after, undo = harm(self)
    return after, function()
      undo()
      self.harmed = false
    end
  end
end

-- Half a minute of the rate.
FAULTS.pause = to_store(function(self)
  self.store.pause()
  return self.window / 2, self.store.go_on
end)

FAULTS.empty = to_store(function(self)
  self.store.kill()
  return self.draw() * self.lease, self.store.start_empty
end)

FAULTS.restart = to_store(function(self)
  self.store.kill()
  return self.draw() * self.lease, self.store.start
end)

FAULTS.failover = to_store(function(self)
  self.store.kill()
  return self.store.promotion, self.store.start
end)

-- A host's clock is set by up to an hour.
function FAULTS.clock(self)
  self:set_clock(self.draw(#self.hosts), self.draw(2 * HOUR + 1) - 1 - HOUR)
  return 0, function() end
end

function Chaos:set_clock(i, seconds)
  local file = ("%s/h%d.time"):format(self.folder, i)
  shell.write(file .. ".new", ("%d\n"):format(seconds))
  os.rename(file .. ".new", file)
end

M.FAULTS = FAULTS

-- ---- the course of it ----

-- Undoes what is due.
function Chaos:mend(now)
  local left = {}
  for _, one in ipairs(self.open) do
    if one.at <= now then one.undo() else left[#left + 1] = one end
  end
  self.open = left
end

function Chaos:strike()
  local kind = self.faults[self.draw(#self.faults)]
  local after, undo = FAULTS[kind](self)
  if not after then return false end
  self.done[kind] = (self.done[kind] or 0) + 1
  self.open[#self.open + 1] = { at = self.host:now() + after, undo = undo }
  return true
end

-- Faults, one every `interval` seconds or so.
function Chaos:rage()
  local struck = 0
  while struck < self.rounds do
    self.host:sleep(self.interval * 2 * self.draw())
    self:mend(self.host:now())
    if self:strike() then struck = struck + 1 end
    if struck % 50 == 0 then self.tell(("%d faults"):format(struck)) end
  end
  while self.open[1] do
    self.host:sleep(0.1)
    self:mend(self.host:now())
  end
end

-- Rows of an account that are in its copy.
function Chaos:rows(name)
  local fine, rows, n = pcall(SINKS[name].rows, self, name)
  if fine then return rows, n end
  return {}, 0, rows
end

-- Waits until the copies are complete, or nothing more comes for a while.
function Chaos:settle()
  local last, since = -1, self.host:now()
  while self.host:now() < since + 15 + 20 * self.window / 6 do
    local all = 0
    for _, name in ipairs(self.sinks) do all = all + select(2, self:rows(name)) end
    if all >= #self.truth * #self.sinks then break end
    if all > last then last, since = all, self.host:now() end
    self.host:sleep(1)
  end
end

-- ---- what came of it ----

-- The most of the moments that lie within a window.
local function most_within(moments, window)
  local most, first = 0, 1
  for i = 1, #moments do
    while moments[i] - moments[first] >= window do first = first + 1 end
    most = math.max(most, i - first + 1)
  end
  return most
end

-- Holds a copy against the world: rows that are missing, rows that are wrong, rows too many.
function Chaos:compare(name)
  local rows, n, err = self:rows(name)
  if err then self.report.problems[#self.report.problems + 1] = name .. ": " .. err end
  local lost, wrong = 0, 0
  for _, row in ipairs(self.truth) do
    local there = rows[("%d"):format(row.id)]
    if not there then
      lost = lost + 1
    elseif there.modified:sub(1, 19) ~= beijing.format(row.modified) then
      wrong = wrong + 1
    end
  end
  return lost, wrong, n - (#self.truth - lost)
end

-- A line that libpq writes itself, of a server that ends.
local NOTICE = "^%u+:  "

-- Reads the events of a host: calls that a window took which was committed, and those of one that
-- was broken off, by its account.
function Chaos:read_events(i, into)
  local calls, noted = {}, {}
  for line in io.lines(("%s/h%d.log"):format(self.folder, i)) do
    local fine, one = pcall(cjson.decode, line)
    local name, event = fine and one.account, fine and one.event
    if event == "leads" then
      into.leads = into.leads + 1
      into.broken = math.max(into.broken, calls[name] or 0)
      calls[name] = 0
    elseif event == "call" then
      calls[name] = (calls[name] or 0) + 1
    elseif event == "commit" then
      into.window, calls[name] = math.max(into.window, calls[name] or 0), 0
    elseif event == "stream_failed" or not fine and not noted[line] and not line:find(NOTICE) then
      noted[line] = true
      self.report.problems[#self.report.problems + 1] = ("h%d: %s"):format(i, line)
    end
  end
  for _, n in pairs(calls) do into.broken = math.max(into.broken, n) end
end

function Chaos:judge()
  local report = self.report
  report.truth, report.seconds = #self.truth * #self.sinks, self.host:now() - self.began
  for _, name in ipairs(self.sinks) do
    local lost, wrong, more = self:compare(name)
    report.lost, report.wrong = report.lost + lost, report.wrong + wrong
    report.doubled = report.doubled + more
    report.by_sink[name] = ("%d lost, %d wrong, %d too many"):format(lost, wrong, more)
  end
  for line in self.gateway:curl("/tell"):gmatch "[^\n]+" do
    local sid, shown, different, rest = line:match "^(%w+) (%d+) (%d+)(.*)$"
    local moments = {}
    for at in rest:gmatch "%S+" do moments[#moments + 1] = tonumber(at) end
    report.most = math.max(report.most, most_within(moments, self.window))
    report.calls, report.again = report.calls + #moments, report.again + shown - different
    report.by_sink[sid] = ("%s, %d calls"):format(report.by_sink[sid], #moments)
  end
  for i = 1, #self.hosts do self:read_events(i, report) end
  return report
end

-- ---- beginning and end ----

local function start_gateway(self)
  local options = process.literal{ world = self.world, accounts = self.sinks }
  local port = server.free_port()
  self.url = sandbox.settings("enterprise", "http://127.0.0.1:" .. port).url
  self.gateway = assert(nginx.start{
    http = ("init_by_lua_block { require('support.chaos_gateway').boot(%s) }"):format(options),
    server = ("listen 127.0.0.1:%d;\nlocation ~ [.]php$ { content_by_lua_block { "
      .. "require('support.chaos_gateway').answer() } }\nlocation = /tell { content_by_lua_block { "
      .. "require('support.chaos_gateway').tell() } }"):format(port) })
end

local function start_stores(self, o)
  local wanted = {}
  for _, name in ipairs(self.sinks) do wanted[name] = true end
  if wanted.postgres or o.store == "postgresql" then
    self.pg_port = server.free_port()
    self.pg = copies.postgres(self.folder, self.pg_port)
  end
  if wanted.mysql then self.my = mariadb.start(self.folder) end
  self.store = o.store == "postgresql" and M.postgres_store(self) or shared_redis.start(
    self.folder, o.store == "sentinel")
end

-- A PostgreSQL as a store: leases and states of jobs.
function M.postgres_store(self)
  local data = self.folder .. "/pg/data"
  local function all(name)
    -- some of its processes may have ended meanwhile
    must(("p=$(head -n 1 %s/postmaster.pid) && kill -%s $p && { kill -%s $(pgrep -P $p); true; }")
      :format(data, name, name))
  end
  return { port = self.pg_port, stop = function() end,
    address = function(port) return ("postgres://erp@127.0.0.1:%d/postgres"):format(port) end,
    state = function(address, name) return ("postgres:%s#%s"):format(address:gsub("^postgres:", ""),
      name) end,
    pause = function() all "STOP" end, go_on = function() all "CONT" end,
    kill = self.pg.stop, start = self.pg.start,
    start_empty = function()
      self.pg.start()
      self.pg.execute "DROP TABLE IF EXISTS _wdt_leases"
    end }
end

-- A network of one's own to the store.
local function start_proxy(self, i)
  local host = { port = self.store.port or 0 }
  self.hosts[i] = host
  if not self.store.port then return end
  host.port = server.free_port(i)
  host.proxy = self:spawn(("%s %s/spec/support/chaos_proxy.lua %d %d"):format(shell.lua,
    quote(shell.root), host.port, self.store.port), ("p%d.log"):format(i))
  eventually(function()
    return process.read(("%s/p%d.log"):format(self.folder, i)) == "ready\n"
  end)
end

local function start_hosts(self, n)
  for i = 1, n do
    start_proxy(self, i)
    self:configure(i)
    self:set_clock(i, (i - 1) % 3 * HOUR - HOUR)
    self:start(i)
  end
end

-- An nginx beside the hosts, which calls for the first account.
local function start_callers(self)
  local settings = { edition = "enterprise", sid = self.sinks[1], appkey = "sandbox-ent",
    appsecret = "sandbox-secret", url = self.url, rate = RATE,
    budget = self:address(1) }
  self.callers = assert(nginx.start{ http = ("lua_shared_dict wdt 1m;\ninit_by_lua_block { "
    .. "assert(loadfile('%s/spec/support/chaos_host.lua'))(%s) }\ninit_worker_by_lua_block { "
    .. "require('support.chaos_gateway').call(%s) }"):format(shell.root, self.window,
    process.literal(settings)) })
end

local function finish(self)
  for _, host in ipairs(self.hosts) do
    for _, pid in pairs{ host.pid or false, host.proxy or false } do
      if pid then shell.run(("kill -KILL %d"):format(pid)) end
    end
  end
  if self.harmed then pcall(self.store.go_on) end
  if self.callers then shell.write(self.folder .. "/nginx.log", self.callers:stop()) end
  if self.gateway then self.gateway:stop() end
  if self.store then self.store.stop() end
  if self.pg then self.pg.stop() end
  if self.my then self.my.kill() end
  self.host:close()
  if not self.keep then self.cli:close() end
end

local function play(self, o)
  start_gateway(self)
  start_stores(self, o)
  start_hosts(self, o.hosts or 4)
  if o.store ~= "postgresql" then start_callers(self) end
  self.began = self.host:now()
  self:rage()
  self:settle()
  return self:judge()
end

--- Runs it.
-- @tparam table o `rounds` (faults), `seed`, `faults` (kinds: of `FAULTS`), `store` ("redis",
-- "sentinel", "postgresql"), `sinks` (names of `SINKS`: an account each), `hosts` (4), `interval`
-- (seconds between two faults, about), `window` (seconds that a minute of the rate lasts, 6),
-- `lease` (seconds, 1), `rows` (of each account), `tell(text)`, `keep` (true: the folder stays)
-- @treturn table `lost`, `wrong`, `doubled` (rows), `most` (calls of an account within a window),
-- `calls`, `again` (rows shown again), `window` and `broken` (calls of the largest window, and of
-- the largest that was broken off), `leads`, `problems` (texts), `faults` (by kind), `by_sink`
function M.run(o)
  local now = os.time()
  local cli = command.new()
  local self = setmetatable({ cli = cli, folder = cli.folder, host = curl_host.new(),
    draw = random.stream(o.seed or 1), sinks = o.sinks, faults = o.faults, rounds = o.rounds,
    interval = o.interval or 0.5, window = o.window or 6, lease = o.lease or 1, page = 10,
    hosts = {}, open = {}, done = {}, keep = o.keep, tell = o.tell or function() end,
    report = { lost = 0, wrong = 0, doubled = 0, most = 0, calls = 0, again = 0, leads = 0,
      window = 0, broken = 0, problems = {}, by_sink = {}, rate = RATE } }, Chaos)
  self.report.faults, self.report.folder = self.done, self.folder
  -- no row is changed while it is copied
  self.world = { seed = o.seed or 1, rows_per_day = o.rows, from = now - 10 * DAY,
    to = now - 9 * DAY, now = now }
  local world = World.new(self.world)
  local filter = gateway.gateway(world, "x"):filter("stockout_order_query_trade",
    { start_time = beijing.format(self.world.from), end_time = beijing.format(self.world.to) })
  filter.to = now
  self.truth = world:all(filter)
  local fine, report = pcall(play, self, o)
  local ended, err = pcall(finish, self)
  if not fine then error(report, 0) end
  if not ended then error(err, 0) end
  return report
end

return M
