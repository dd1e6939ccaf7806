--- Many synchronisations in the workers of one nginx, by one timer a worker.
--
--     init_worker_by_lua_block {
--       local wdt = require "resty.wdt"
--       wdt.background{ threads = 16, jobs = {
--         { client = client, every = 60, sync = { name = "shipped", what = "stockouts",
--           from = "2026-01-01", state = wdt.state.shared("wdt", "shipped") },
--           pass = function(job) for window in job:windows() do … end end },
--       } }
--     }
--
-- A recurring timer looks for jobs that are due and lets light threads read them, `threads` at most
-- at a time. nginx sets the next turn of such a timer before it runs it: a turn that finds no free
-- connection is lost, and not those after it. Each worker may be given all jobs: one leads each
-- job, by the lock on its state, which it keeps between passes.
--
-- **Limits.** Of each worker this takes one of `lua_max_pending_timers`, and `threads` at most of
-- `lua_max_running_timers` (256 by default); of `worker_connections` (512) `threads` for timers and
-- one for each window that is being read. A state of 1000 jobs in a `lua_shared_dict` takes about
-- 1 MB; a state in a file keeps a file open per job.
-- @module wdt.nginx.jobs
local misuse = require("wdt.error").misuse
local clock = require "wdt.nginx.clock"
local ngx = require "ngx"
local ipairs, pcall, type, tostring, min = ipairs, pcall, type, tostring, math.min

local THREADS, EVERY, TURN = 16, 60, 0.5
local AGAIN = 5 -- seconds, at most, until a worker tries again to lead a job that another one leads
-- seconds after which a thread takes no further job: nginx frees a timer's memory at its end
local LIFE = 60

local function log_failure(name, err)
  ngx.log(ngx.ERR, "synchronisation '", name, "': ", err)
end

local function close(task)
  if task.job then task.job:close() end
  task.job = nil
end

-- Reads what there is to read of one job. Returns true; or nil, err, code.
local function read(task)
  if not task.job then
    local job, err, code = task.client:sync(task.sync)
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
  task.due = clock.now() + task.every
  if ok and not ngx.worker.exiting() then return end
  local led = task.job
  close(task)
  if ok or code == "closed" and ngx.worker.exiting() then return end
  if not led and code == "state" and err:find("in use by", 1, true) then
    task.due = clock.now() + min(task.every, AGAIN)
    return
  end
  self.failed(task.sync.name, err, code)
end

-- The job that has been due for the longest time; nil when none is.
local function take(self)
  local first
  for _, task in ipairs(self.tasks) do
    if not task.busy and (not first or task.due < first.due) then first = task end
  end
  if first and first.due <= clock.now() then return first end
end

-- Keeps one thread busy as long as jobs are due.
local function work(self, task)
  local stop = clock.now() + LIFE
  while task do
    task.busy = true
    local fine, err = pcall(run, self, task)
    task.busy = false
    if not fine then log_failure(task.sync.name, err) end
    task = clock.now() < stop and not ngx.worker.exiting() and take(self)
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

local function check_number(name, value, default, least)
  if value == nil then return default end
  if type(value) ~= "number" or not (value >= least and value <= 86400) then
    misuse(3, name, value, ("a number from %g to 86400"):format(least))
  end
  return value
end

local function check_job(name, job)
  if type(job) ~= "table" then misuse(3, name, job, "a table: client, sync, every, pass") end
  if type(job.client) ~= "table" then misuse(3, name .. ".client", job.client, "a client") end
  local sync = job.sync
  if type(sync) ~= "table" or sync.follow then
    misuse(3, name .. ".sync", sync, "options of client:sync, without follow")
  end
  if job.pass ~= nil and type(job.pass) ~= "function" then
    misuse(3, name .. ".pass", job.pass, "a function that is given the job")
  end
  return { client = job.client, sync = sync, pass = job.pass, due = 0, busy = false,
    every = check_number(name .. ".every", job.every, EVERY, 0.01) }
end

local M = {}

--- Begins to run jobs in the background of this worker, for init_worker_by_lua.
-- @tparam table o `jobs`: a list of `{ client, sync, every, pass }`: the options of `client:sync`
-- without `follow`, seconds between two passes (60), and a function that takes the job's windows
-- (without one `job:run()` copies into `sync.into`); `threads`: passes at a time (16); `failed`:
-- called with the job's name, err and code of a pass that failed (by default an error is logged)
-- @treturn ?boolean true; nil, err when nginx has no timer left
function M.start(o)
  if type(o) ~= "table" then misuse(2, "options", o, "a table") end
  if type(o.jobs) ~= "table" then misuse(2, "jobs", o.jobs, "a list of jobs") end
  local self = { tasks = {}, active = 0, failed = o.failed or log_failure,
    threads = check_number("threads", o.threads, THREADS, 1) }
  for i, job in ipairs(o.jobs) do self.tasks[i] = check_job(("jobs[%d]"):format(i), job) end
  local ok, err = ngx.timer.every(TURN, function(premature) turn(self, premature) end)
  return ok and true, err
end

return M
