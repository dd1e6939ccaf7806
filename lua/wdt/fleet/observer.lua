--- Watches the accounts of a loop: figures for Prometheus, in a file or at a port, and alarms.
--
-- It works in a task of its own beside the accounts', and in one for each receiver of alarms; none
-- of them waits for another.
--
--     local watch = assert(observer.new{ metrics = { file = "wdt.prom" }, alarms = settings,
--       tell = function(event, what) … end })
--     watch:start(loop, runners, function() return … end)
--     …                                        -- each event: watch:event(event)
--     loop:run()
--     watch:close()
-- @module wdt.fleet.observer
local alarms = require "wdt.alarms"
local failure = require "wdt.error".failure
local metrics = require "wdt.metrics"
local port = require "wdt.metrics.port"
local posix = require "wdt.native".load "wdt.posix"
local receiver = require "wdt.alarms.receiver"
local ipairs, pairs, setmetatable, type = ipairs, pairs, setmetatable, type
local os = os

local Observer = {}
Observer.__index = Observer

-- Seconds between two turns of the port, looks at jobs for alarms, and writings of the file.
local TURN, LOOK, WRITE = 0.1, 2, 15

--- Told each event of clients and runners.
-- @tparam table event with its `account` and `job`
function Observer:event(event)
  self.metrics:event(event)
  self.alarms:event(event, self.time())
end

-- How the jobs of an account are. Of one that another host leads, or that is paused, no one here
-- knows how far they are.
local function states_of(one)
  local list = one.runner:states()
  if one.leads == false and not one.left then
    for i, job in ipairs(list) do
      list[i] = { account = job.account, job = job.job, paused = one.paused or job.paused }
    end
  end
  return list
end

-- Sets what is no count.
local function measure(self)
  for _, one in ipairs(self.runners) do
    for _, job in ipairs(states_of(one)) do self.metrics:job(job) end
    if one.leads ~= nil then
      self.metrics:gauge("wdt_account_led", one.name, one.leads and 1 or 0)
    end
    local flying = 0
    for _ in pairs(one.client.account.flying) do flying = flying + 1 end
    self.metrics:gauge("wdt_calls_in_flight", one.name, flying)
    local rate = one.client.rate
    self.metrics:gauge("wdt_rate_budget", one.name, type(rate) == "table" and rate.default or rate)
  end
end

--- All figures, as they are now.
-- @treturn string
function Observer:text()
  measure(self)
  return self.metrics:text()
end

-- Replaces the file, which all users may read; they find an old text there or a new one.
local function write(self)
  if not self.file then return end
  local temporary = self.file .. ".tmp"
  local ok, err = posix.write(temporary, self:text(), true)
  if ok then ok, err = os.rename(temporary, self.file) end
  if not ok then
    os.remove(temporary)
    self.tell("metrics_failed", { error = self.file .. ": " .. err })
  end
end

local function look(self)
  local now = self.time()
  for _, one in ipairs(self.runners) do
    for _, job in ipairs(states_of(one)) do self.alarms:job(job, now) end
  end
  local notices = self.alarms:due(now)
  for _, notice in ipairs(notices) do self.tell("alarm", notice) end
  for _, to in ipairs(self.receivers) do to:push(notices) end
end

local function run(self, host, finished)
  local look_at, write_at = 0, 0
  repeat
    local over, now = finished(), host:now()
    if self.port then self.port:turn(now) end
    if over or now >= look_at then
      look(self)
      look_at = now + LOOK
    end
    if over or now >= write_at then
      write(self)
      write_at = now + WRITE
    end
    if not over then host:sleep(TURN) end
  until over
  self.looked = true
end

local function send(self, host, to)
  while not self.looked do
    to:send()
    host:sleep(TURN)
  end
  to:send(true)
end

--- Takes other settings of alarms; what was raised stays so.
-- @tparam table settings of `wdt.alarms.settings`
function Observer:configure(settings)
  self.settings, self.alarms.settings = settings, settings
end

--- Begins to watch. Ends by itself once `finished`, after a last look.
-- @tparam Loop loop (`wdt.host.loop`)
-- @tparam {table...} runners `{ name, client, runner }`: `runner:states()` tells how its jobs are;
-- of a fleet also `leads`, `paused` and `left` (`wdt.fleet.lead`)
-- @tparam function finished returns true when nothing runs any more
function Observer:start(loop, runners, finished)
  local before = {}
  for _, to in ipairs(self.receivers) do before[to.to.name] = to.waiting end
  self.runners, self.receivers, self.looked = runners, {}, false
  for i, to in ipairs(self.settings.receivers) do
    local one = receiver.new(to, { host = loop, language = self.settings.language,
      tell = self.tell })
    one:push(before[to.name] or {})
    self.receivers[i] = one
    loop:spawn("alarms to " .. to.name, function() send(self, loop, one) end)
  end
  loop:spawn("metrics and alarms", function() run(self, loop, finished) end)
end

--- Gives everything back. Idempotent.
function Observer:close()
  if self.port then self.port:close() end
  self.port = nil
end

local M = {}

--- @tparam table o `metrics`: `{ file }` or `{ host, port }`, or nil; `alarms`: of
-- `wdt.alarms.settings`; `tell(event, what)`: told of alarms, and of what could not be sent or
-- written
-- @treturn ?Observer; or nil, err, code where the port can't be had
function M.new(o)
  local self = setmetatable({ metrics = metrics.new(), alarms = alarms.new(o.alarms),
    settings = o.alarms, tell = o.tell, time = os.time, runners = {}, receivers = {},
    file = o.metrics and o.metrics.file }, Observer)
  if o.metrics and o.metrics.port then
    local err, code
    self.port, err, code = port.open(o.metrics.host, o.metrics.port, metrics.CONTENT_TYPE,
      function() return self:text() end)
    if not self.port then return nil, err, code end
  end
  if self.file and posix.kind(self.file) == "folder" then
    return failure("output", "%s is a folder", self.file)
  end
  return self
end

return M
