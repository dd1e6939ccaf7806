-- Run before a program that synchronises (LUA_INIT): makes it tell what it does, and die where it
-- is told to.
--
-- WDT_TRACE: a file to which each window adds "open START STOP" and "commit START STOP"; STOP as it
-- stands then. WDT_LAG: the job's lag. WDT_QUERY=all: every status by modified time.
-- WDT_FULL: a disk without space for states. WDT_DIE: "write", "rename", "renamed", "append",
-- "commit" or "statement" (of SQL) and a number: where, and at which time, the process kills
-- itself.
local os, io, tonumber = os, io, tonumber

local trace = assert(io.open(os.getenv "WDT_TRACE", "a"))
trace:setvbuf "no"

local point, left = (os.getenv "WDT_DIE" or ""):match("^(%a+) (%d+)$")
left = tonumber(left)

local posix = require "wdt.posix"

-- Dies, when it is time, as by `kill -9`.
local function reach(name)
  if name ~= point then return false end
  left = left - 1
  return left == 0
end

local function die()
  os.execute("kill -KILL " .. posix.pid())
  error "not reached"
end

local write, rename = posix.write, os.rename

-- In the middle of writing the temporary file.
posix.write = function(path, text)
  if reach "write" then
    write(path, text:sub(1, math.floor(#text / 2)))
    die()
  end
  if os.getenv "WDT_FULL" then
    write(path, "w")
    return nil, "No space left on device"
  end
  return write(path, text)
end

os.rename = function(from, to) -- luacheck: ignore 122
  if reach "rename" then die() end
  local ok, err = rename(from, to)
  if reach "renamed" then die() end
  return ok, err
end

-- In the middle of writing rows to a file.
local output = posix.output
posix.output = function(path, keep)
  local file, err = output(path, keep)
  if not file then return nil, err end
  local function write_half(_, text)
    if reach "append" then
      file:write(text:sub(1, math.floor(#text / 2)))
      die()
    end
    return file:write(text)
  end
  return setmetatable({ write = write_half }, { __index = function(_, name)
    return function(_, ...) return file[name](file, ...) end
  end })
end

-- Before a statement of SQL.
local database = require "wdt.sink.database"
local execute = database.execute
database.execute = function(...)
  if reach "statement" then die() end
  return execute(...)
end

local options = require "wdt.sync.options"
local check = options.check
options.check = function(client, method, job)
  job.lag = tonumber(os.getenv "WDT_LAG")
  job.revisit, job.audit = nil, nil
  if os.getenv "WDT_QUERY" == "all" then
    job.query.status, job.query.is_by_modified = { 5, 55, 95, 105, 110, 113 }, 1
  end
  local checked, problem = check(client, method, job)
  if checked then checked.spec.entry.span = 3600 end -- many windows
  return checked, problem
end

-- The rate is not what is tested here.
local config = require "wdt.config"
local from_environment = config.from_environment
config.from_environment = function()
  local settings = from_environment()
  settings.rate = 100000
  return settings
end

local window = require "wdt.sync.window"
local open = window.open
window.open = function(job, task, given)
  local w = open(job, task, given)
  trace:write(("open %d %d\n"):format(w.start, w.stop))
  return w
end

local sync = require "wdt.sync"
local open_job = sync.open
sync.open = function(client, o)
  local job, err, code = open_job(client, o)
  if not job then return nil, err, code end
  local commit = job.commit
  job.commit = function(self, w)
    if reach "commit" then die() end -- the database has the rows, the state does not
    local ok, why, word = commit(self, w)
    if ok then trace:write(("commit %d %d\n"):format(w.start, w.stop)) end
    return ok, why, word
  end
  return job
end
