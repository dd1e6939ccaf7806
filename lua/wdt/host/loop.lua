--- Many accounts in one process: a host on which a wait of one lets the others go on.
--
--     local loop = wdt.loop()
--     for name, settings in pairs(accounts) do
--       loop:spawn(name, function()
--         settings.host = loop
--         local client <close> = wdt.new(settings)
--         assert(assert(client:sync{ what = "stockouts", from = …, into = … }):run())
--       end)
--     end
--     local failures = loop:run()
--
-- A loop is a host (`wdt.host.curl` says what every host offers) and a scheduler of coroutines. All
-- clients share one libcurl multi handle, hence one set of descriptors; `sleep`, for a rate or a
-- next poll, and the wait for an answer suspend the coroutine that asks. Whatever blocks otherwise,
-- as a database does while it writes, holds up all: keep that short.
--
-- Outside of the coroutines of `run`, or in a further coroutine inside of one, a wait blocks as it
-- does on the plain host.
-- @module wdt.host.loop
local curl_host = require "wdt.host.curl"
local misuse = require "wdt.error".misuse
local curl = require "wdt.native".load "wdt.curl"
local coroutine, error, pairs, remove, select, setmetatable, tostring, type = coroutine, error,
  pairs, table.remove, select, setmetatable, tostring, type
local max, min = math.max, math.min
local unpack = table.unpack or unpack -- luacheck: ignore 143 113

-- Seconds of one wait with nothing to do: a signal is noticed after it.
local LONGEST = 0.25

local Loop = {}
Loop.__index = Loop
Loop.__metatable = false

--- Monotonic seconds.
Loop.now = function() return curl.now() end

--- Unix time, with fractions.
Loop.time = function() return curl.time() end

--- A number no one can foresee, for jitter.
Loop.random = function() return curl.random() end

-- ---- sleepers: a heap by the moment of waking ----

local function rises(heap, i)
  while i > 1 do
    local up = (i - i % 2) / 2
    if heap[up].at <= heap[i].at then return end
    heap[up], heap[i], i = heap[i], heap[up], up
  end
end

local function push(heap, entry)
  heap[#heap + 1] = entry
  rises(heap, #heap)
end

local function pop(heap)
  local first, last = heap[1], remove(heap)
  if heap[1] == nil then return first end
  heap[1] = last
  local i, n = 1, #heap
  while true do
    local least = i
    for child = 2 * i, min(2 * i + 1, n) do
      if heap[child].at < heap[least].at then least = child end
    end
    if least == i then return first end
    heap[i], heap[least], i = heap[least], heap[i], least
  end
end

-- ---- the host ----

-- Not in Lua 5.1 and 5.2, where a finalizer must not wait.
local is_yieldable = coroutine.isyieldable -- luacheck: ignore 143
  or function() return true end

-- True in a coroutine that `run` has resumed, and may suspend: no finalizer may.
local function may_suspend(loop)
  return loop.current ~= nil and coroutine.running() == loop.current.thread and is_yieldable()
end

--- True where a wait lets other tasks go on.
-- @function Loop:may_suspend
-- @treturn boolean
Loop.may_suspend = may_suspend

--- Waits, and lets the others go on meanwhile.
-- @tparam number seconds
-- @treturn boolean true; or nil, err, code where `leaves` had it broken off
function Loop:sleep(seconds)
  if not may_suspend(self) then return self.plain:sleep(seconds) end
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    misuse(2, "seconds", seconds, "a number from 0 to 1e9")
  end
  local task = self.current
  push(self.sleepers, { at = curl.now() + seconds, task = task })
  coroutine.yield()
  if not task.left then return true end
  task.left = nil
  return nil, "interrupted: interrupted", "interrupted"
end

--- Waits for a socket, and lets the others go on meanwhile. It may return early: try, and wait
-- again.
-- @tparam integer fd its descriptor
-- @tparam string mode `"r"` until there is something to read, `"w"` until there is room to write
-- @tparam number seconds at most
function Loop:await(fd, mode, seconds)
  if not may_suspend(self) then
    return self.plain.pool:turn(min(seconds, LONGEST), { [mode] = { fd } })
  end
  self.sockets[self.current] = { fd = fd, mode = mode, stop = curl.now() + seconds }
  coroutine.yield()
end

local exchange = {}

--- Waits for more of the answer, as every exchange's `pull`, and lets the others go on meanwhile.
function exchange:pull()
  local raw, loop = self.raw, self.loop
  local ticket = loop.tickets + 1
  if may_suspend(loop) and not raw:await(ticket) then
    self.ticket, loop.tickets, loop.awaited[ticket] = ticket, ticket, loop.current
    coroutine.yield()
  end
  return raw:pull()
end

function exchange:poll()
  return self.raw:poll()
end

function exchange:header(name)
  return self.raw:header(name)
end

-- The task that waits for it, if another one closes it, goes on and is told so.
function exchange:close()
  local loop, ticket = self.loop, self.ticket
  loop.ready[#loop.ready + 1], loop.awaited[ticket] = loop.awaited[ticket], nil
  self.raw:close()
end

local exchange_meta = { __metatable = false, __index = function(self, key)
  local method = exchange[key]
  if method ~= nil then return method end
  return self.raw[key] -- status, bytes, sent
end }

--- Starts a POST, as every host does.
function Loop:open(request, decoder)
  local raw, err, code = self.plain:open(request, decoder)
  if not raw then return nil, err, code end
  return setmetatable({ raw = raw, loop = self, ticket = 0 }, exchange_meta)
end

--- Returns what the loop keeps under a name, and closes with itself.
-- @tparam string name
-- @tparam function make makes it, where it keeps none; it is to have a `close`
-- @return what it keeps
function Loop:keep(name, make)
  self.kept[name] = self.kept[name] or make()
  return self.kept[name]
end

--- Shuts all connections; exchanges in flight are closed. Idempotent.
function Loop:close()
  for name, one in pairs(self.kept) do
    self.kept[name] = nil
    one:close()
  end
  self.plain:close()
end

-- ---- the scheduler ----

--- Adds a task, also while the loop runs.
-- @tparam string name for `run`'s failures
-- @tparam function body runs in a coroutine of its own
-- @param ... what it is called with
function Loop:spawn(name, body, ...)
  if type(name) ~= "string" then misuse(2, "name", name, "the name of a task") end
  if type(body) ~= "function" then misuse(2, "body", body, "a function") end
  self.ready[#self.ready + 1] = { name = name, thread = coroutine.create(body),
    args = { n = select("#", ...), ... } }
  self.tasks = self.tasks + 1
end

local function resume(loop, task)
  local args = task.args
  loop.current, task.args = task, nil
  local fine, err
  if args then
    fine, err = coroutine.resume(task.thread, unpack(args, 1, args.n))
  else
    fine, err = coroutine.resume(task.thread)
  end
  loop.current = nil
  if coroutine.status(task.thread) ~= "dead" then return end
  loop.tasks = loop.tasks - 1
  if fine then return end
  local before = loop.failures[task.name]
  loop.failures[task.name] = (before and before .. "\n" or "") .. tostring(err)
end

-- Breaks off the sleep of those tasks that `leaves` names; the others sleep on.
local function break_off(loop)
  local leaves = loop.leaves and loop.leaves()
  if not leaves then return end
  local before = loop.sleepers
  loop.sleepers = {}
  for i = 1, #before do
    local task = before[i].task
    if leaves == true or leaves(task.name) then
      task.left = true
      loop.ready[#loop.ready + 1] = task
    else
      push(loop.sleepers, before[i])
    end
  end
end

-- Tasks whose answer has come, and those that have slept enough, are ready.
local function wake(loop)
  local now, pool, awaited = curl.now(), loop.plain.pool, loop.awaited
  for ticket in pool.news, pool do
    loop.ready[#loop.ready + 1], awaited[ticket] = awaited[ticket], nil
  end
  while loop.sleepers[1] and loop.sleepers[1].at <= now do
    loop.ready[#loop.ready + 1] = pop(loop.sleepers).task
  end
  break_off(loop)
end

-- Drives the network until something may be ready. Tasks that wait for a socket are woken to try:
-- they are few, and know best.
local function turn(loop)
  local sleeper, now, wait = loop.sleepers[1], curl.now(), LONGEST
  if sleeper then wait = min(wait, sleeper.at - now) end
  local fds = { r = {}, w = {} }
  for _, one in pairs(loop.sockets) do
    fds[one.mode][#fds[one.mode] + 1] = one.fd
    wait = min(wait, one.stop - now)
  end
  loop.plain.pool:turn(loop.ready[1] and 0 or max(0, wait), fds)
  for task in pairs(loop.sockets) do
    loop.sockets[task] = nil
    loop.ready[#loop.ready + 1] = task
  end
end

--- Runs the tasks until all have ended.
-- @treturn {string=string} by the names of the tasks that raised an error, what they raised; empty
-- when all went well
function Loop:run()
  if self.current then error("a loop is run by one of its own tasks", 2) end
  while self.tasks > 0 do
    local ready = self.ready
    self.ready = {}
    for i = 1, #ready do resume(self, ready[i]) end
    if self.tasks > 0 then
      turn(self)
      wake(self)
    end
  end
  local failures = self.failures
  self.failures = {}
  return failures
end

local M = {}

--- Makes a loop.
-- @tparam ?function leaves returns true where sleep is to be broken off, or a function that tells
-- of which tasks it is, by their names: it then answers nil, "interrupted: interrupted",
-- "interrupted". A task that sleeps again and again then never rests
-- @treturn Loop
function M.new(leaves)
  return setmetatable({ leaves = leaves, plain = curl_host.new(), ready = {}, sleepers = {},
    awaited = {}, tickets = 0, sockets = {}, kept = {},
    failures = {}, tasks = 0 }, Loop)
end

return M
