--- Many synchronisations in the workers of one nginx, by one timer a worker.
--
--     init_worker_by_lua_block {
--       local wdt = require "resty.wdt"
--       wdt.background{ threads = 16, jobs = {
--         { client = client, sync = { name = "shipped", what = "stockouts",
--           from = "2026-01-01", state = wdt.state.shared("wdt", "shipped") },
--           pass = function(job) for window in job:windows() do … end end },
--       } }
--     }
--
-- A recurring timer looks for jobs that are due and lets light threads read them, `threads` at most
-- at a time; a thread that has read one waits for the next where that is due soon. nginx sets the
-- next turn of such a timer before it runs it: a turn that finds no free connection is lost, and
-- not those after it. Each worker may be given all jobs: one leads each job, by the lock on its
-- state, which it keeps between passes.
--
-- **Limits.** Of each worker this takes one of `lua_max_pending_timers` (the leases take another,
-- and the rate budget one while calls are in flight), and `threads` at most of
-- `lua_max_running_timers` (256 by default); of `worker_connections` (512) `threads` for timers and
-- one for each window that is being read. A state in a `lua_shared_dict` takes 1 KB at first and 16
-- to 20 KB once its ledger is full (100 windows), measured: 24 MB do for 1000 jobs. A state in a
-- file keeps a file open per job.
-- @module wdt.nginx.jobs
local misuse = require("wdt.error").misuse
local duration = require "wdt.duration"
local map = require "wdt.map"
local clock = require "wdt.nginx.clock"
local whole = require "wdt.whole"
local ngx = require "ngx"
local ipairs, pcall, type, tostring = ipairs, pcall, type, tostring
local max, min = math.max, math.min

local THREADS, TURN = 16, 0.5
-- seconds until a job that never ran is tried again; the others are due as their traffic has it
local EVERY = 60
local AGAIN = 5 -- seconds, at most, until a worker tries again to lead a job that another one leads
local MOST_THREADS = 10000
local LEAST = 0.001 -- seconds; nginx has no shorter wait
-- seconds after which a thread takes no further job: nginx frees a timer's memory at its end
local LIFE = 60

local function log_failure(name, err)
  ngx.log(ngx.ERR, "synchronisation '", name, "': ", err)
end

local function close(task)
  if task.job then task.job:close() end
  task.job = nil
end

-- The options of a job that is opened, perhaps again: with a target of its own.
local function options_of(sync)
  if type(sync.into) ~= "function" then return sync end
  local options = map.copy(sync)
  options.into = sync.into()
  return options
end

-- Reads what there is to read of one job. Returns true; or nil, err, code.
local function read(task)
  if not task.job then
    local job, err, code = task.client:sync(options_of(task.sync))
    if not job then return nil, err, code end
    task.job = job
  end
  if not task.pass then return task.job:run() end
  task.pass(task.job)
  return true
end

-- One pass, whose failure ends neither the thread nor the job. A reload is no failure, and neither
-- is a job that another worker leads.
local function run(self, task)
  local fine, ok, err, code = pcall(read, task)
  if not fine then ok, err = nil, tostring(ok) end
  code = code or err and err:match "^(%l+): "
  if task.job then task.interval = task.job:progress().interval end
  task.due = clock.now() + (task.every or task.interval)
  if ok and not ngx.worker.exiting() then return end
  local led = task.job
  close(task)
  if ok or code == "closed" and ngx.worker.exiting() then return end
  if not led and code == "state" and err:find("in use by", 1, true) then
    task.due = clock.now() + min(task.every or AGAIN, AGAIN)
    return
  end
  self.failed(task.sync.name, err, code)
end

-- The job that has been due for the longest time; or nil, and the seconds until one is.
local function take(self)
  local first
  for _, task in ipairs(self.tasks) do
    if not task.busy and (not first or task.due < first.due) then first = task end
  end
  local wait = first and first.due - clock.now()
  if not first or wait > 0 then return nil, wait end
  return first
end

-- As take; waits where a job is due before the timer's next turn.
local function take_next(self)
  while not ngx.worker.exiting() do
    local task, wait = take(self)
    if task or not wait or wait > TURN then return task end
    ngx.sleep(max(wait, LEAST)) -- which may end a little early: nginx counts milliseconds
  end
end

-- Keeps one thread busy as long as jobs are due.
local function work(self, task)
  local stop = clock.now() + LIFE
  while task do
    task.busy = true
    local fine, err = pcall(run, self, task)
    task.busy = false
    if not fine then log_failure(task.sync.name, err) end
    task = clock.now() < stop and take_next(self)
  end
  self.active = self.active - 1
end

-- One turn of the timer; it ends with its threads, and meanwhile further turns begin.
local function turn(self, premature)
  if premature then
    for _, task in ipairs(self.tasks) do
      if not task.busy then close(task) end
    end
    return
  end
  while self.active < self.threads do
    local task = take(self)
    if not task then return end
    self.active = self.active + 1
    ngx.thread.spawn(work, self, task)
  end
end

local function check_every(name, every)
  if every ~= nil and not duration.is_seconds(every, 0.01, duration.DAY) then
    misuse(4, name, every, "seconds, from 0.01 to 86400")
  end
  return every
end

local function check_threads(threads)
  if threads == nil then return THREADS end
  if not whole.is(threads, 1, MOST_THREADS) then
    misuse(3, "threads", threads, ("a whole number from 1 to %d"):format(MOST_THREADS))
  end
  return threads
end

local function check_job(name, job)
  if type(job) ~= "table" then misuse(3, name, job, "a table: client, sync, every, pass") end
  if type(job.client) ~= "table" then misuse(3, name .. ".client", job.client, "a client") end
  local sync = job.sync
  if type(sync) ~= "table" or sync.follow then
    misuse(3, name .. ".sync", sync, "options of client:sync, without follow")
  end
  if type(sync.into) == "table" then
    misuse(3, name .. ".sync.into", sync.into,
      "a target as text, or a function that opens a sink: it is opened again after a failure")
  end
  if job.pass ~= nil and type(job.pass) ~= "function" then
    misuse(3, name .. ".pass", job.pass, "a function that is given the job")
  end
  return { client = job.client, sync = sync, pass = job.pass, due = 0, busy = false,
    interval = EVERY, every = check_every(name .. ".every", job.every) }
end

local M = {}

--- Begins to run jobs in the background of this worker, for init_worker_by_lua.
-- @tparam table o `jobs`: a list of `{ client, sync, every, pass }`: the options of `client:sync`
-- without `follow`, and `into` as a text or a function that opens a sink; seconds between two
-- passes (by default as `sync.poll` has it: 15 to 120, half a page's worth of traffic); and a
-- function that takes the job's windows (without one `job:run()` copies into `sync.into`);
-- `threads`: passes at a time (16); `failed`:
-- called with the job's name, err and code of a pass that failed (by default an error is logged)
-- @treturn ?boolean true; nil, err when nginx has no timer left
function M.start(o)
  if type(o) ~= "table" then misuse(2, "options", o, "a table") end
  if type(o.jobs) ~= "table" then misuse(2, "jobs", o.jobs, "a list of jobs") end
  local self = { tasks = {}, active = 0, failed = o.failed or log_failure,
    threads = check_threads(o.threads) }
  for i, job in ipairs(o.jobs) do self.tasks[i] = check_job(("jobs[%d]"):format(i), job) end
  local ok, err = ngx.timer.every(TURN, function(premature) turn(self, premature) end)
  return ok and true, err
end

return M
