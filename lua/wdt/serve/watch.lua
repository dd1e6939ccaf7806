--- Looks after what the pages show, by one of the workers: the state of the copies, and a history
-- of calls, failures, rows and lag that survives a restart.
-- @module wdt.serve.watch
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local json = require "wdt.json"
local ngx = require "ngx"
local process = require "wdt.nginx.process"
local io, ipairs, os, pairs, pcall, tonumber, tostring, max, floor = io, ipairs, os, pairs, pcall,
  tonumber, tostring, math.max, math.floor

local M = {}

-- Seconds between two looks, between two points of the history, and for which points are kept.
local LOOK, POINT, KEPT = 10, 300, 31 * 86400

-- Names of what is added up between two points.
local SUMS = { "calls", "failures", "waited" }

local function sum_key(account, name) return ("sum %s %s"):format(account, name) end

--- Adds to what is added up.
-- @tparam string account
-- @tparam string name `"calls"`, `"failures"` or `"waited"`
-- @tparam number n
function M.add(account, name, n)
  ngx.shared.wdt_serve:incr(sum_key(account, name), n, 0)
end

--- Notes a failure of a call, for people to see.
-- @tparam string account
-- @tparam table event of the library
function M.failed(account, event)
  local dict, key = ngx.shared.wdt_serve, "failed " .. account
  dict:lpush(key, json.encode{ at = beijing.format(ngx.time()), method = event.method,
    code = event.code, text = tostring(event.error):gsub("^%l+: ", "", 1),
    again = event.retry_in ~= nil })
  while (dict:llen(key) or 0) > 30 do dict:rpop(key) end
end

--- The last failures of an account, the newest first.
-- @treturn {table}
function M.failures(account)
  local dict, key, list = ngx.shared.wdt_serve, "failed " .. account, {}
  for i = 1, dict:llen(key) or 0 do -- a list can only be turned
    local one = dict:rpop(key)
    if not one then break end
    dict:lpush(key, one)
    list[i] = cjson.decode(one)
  end
  local newest_first = {}
  for i = #list, 1, -1 do newest_first[#newest_first + 1] = list[i] end
  return json.list(newest_first)
end

--- Sets or reads when something last was, in epoch seconds.
-- @tparam string account
-- @tparam string what `"call"` or `"failure"`
-- @tparam ?table event it is now
-- @treturn ?number
-- @treturn ?string the code of a failure
function M.last(account, what, event)
  local dict, key = ngx.shared.wdt_serve, ("last %s %s"):format(what, account)
  if event then
    return dict:set(key, ("%.3f %s"):format(ngx.now(), event.code or ""))
  end
  local at, code = (dict:get(key) or ""):match "^(%S+) (.*)$"
  return tonumber(at), code
end

--- Tells what was last seen of the copies.
-- @treturn table streams by account
function M.seen()
  local text = ngx.shared.wdt_serve:get "copies"
  return text and cjson.decode(text) or { accounts = {} }
end

-- ---- history ----

local function folder(service) return service.prefix .. "/tmp" end

local function file_of(service, day) return ("%s/history-%s"):format(folder(service), day) end

-- Rows that the streams of an account have read, and by how much the latest is behind its target.
local function figures_of(streams)
  local rows, lag
  for _, stream in ipairs(streams or {}) do
    if stream.rows then rows = (rows or 0) + stream.rows end
    if stream.behind then lag = max(lag or 0, stream.behind) end
  end
  return rows, lag
end

-- Writes one point of each account, and forgets the oldest day.
local function add_point(service, now)
  local dict, seen = ngx.shared.wdt_serve, M.seen()
  local lines = {}
  for _, account in ipairs(service.read.names) do
    local point = { t = now, account = account }
    for _, name in ipairs(SUMS) do
      local key = sum_key(account, name)
      point[name] = dict:get(key) or 0
      dict:incr(key, -point[name], 0)
    end
    point.rows, point.lag = figures_of(seen.accounts[account])
    lines[#lines + 1] = json.line(point)
  end
  local file, err = io.open(file_of(service, beijing.format(now):sub(1, 10)), "a")
  if not file then return service.metrics:internal("history: " .. err) end
  file:write(table.concat(lines))
  file:close()
  os.remove(file_of(service, beijing.format(now - KEPT):sub(1, 10)))
end

--- The history of an account.
-- @tparam table service
-- @tparam string account
-- @tparam integer days how many, up to today's
-- @tparam integer most points; neighbours are added up where there are more
-- @treturn {table} `t` (epoch seconds), `calls`, `failures`, `waited`, `rows`, `lag`, oldest first
function M.history(service, account, days, most)
  local points, now = {}, ngx.time()
  for back = days - 1, 0, -1 do
    local file = io.open(file_of(service, beijing.format(now - back * 86400):sub(1, 10)), "r")
    for line in file and file:lines() or function() end do
      -- the last one of a machine that fell may be half there
      local fine, point = pcall(cjson.decode, line)
      if fine and point.account == account then
        point.account = nil
        points[#points + 1] = point
      end
    end
    if file then file:close() end
  end
  local step = floor(#points / most) + 1
  local list = {}
  for i, point in ipairs(points) do
    local into = list[floor((i - 1) / step) + 1]
    if into then
      for _, name in ipairs(SUMS) do into[name] = into[name] + point[name] end
      into.t, into.rows, into.lag = point.t, point.rows, max(into.lag or 0, point.lag or 0)
    else
      list[#list + 1] = point
    end
  end
  return json.list(list)
end

-- ---- the day's quotas, over a restart ----

local function day_file(service) return folder(service) .. "/day" end

local function keep_day(service)
  local lines = {}
  for key, n in pairs(service.access:day()) do lines[#lines + 1] = ("%.0f %s\n"):format(n, key) end
  local name = day_file(service)
  if process.write(name .. ".new", table.concat(lines)) then os.rename(name .. ".new", name) end
end

-- Once after a start: a reload keeps the counts.
local function restore_day(service)
  local dict = ngx.shared.wdt_serve
  if not dict:add("restored", true) then return end
  for n, key in (process.read(day_file(service)) or ""):gmatch "(%d+) ([^\n]+)\n" do
    dict:safe_add(key, tonumber(n), 2 * 86400)
  end
end

-- ---- the worker that looks ----

local function look(service)
  local dict, now = ngx.shared.wdt_serve, ngx.time()
  local fine, seen = ngx.run_worker_thread("wdt", "wdt.serve.copies", "look", service.read.file,
    now)
  if fine then
    dict:set("copies", seen)
  else
    service.metrics:internal("the copies can't be looked at: " .. tostring(seen))
  end
  if now - (dict:get "point" or 0) >= POINT then
    dict:set("point", now)
    add_point(service, now)
  end
  keep_day(service)
end

local function turn(premature, service)
  if premature then return end
  -- the one that gets this looks; it ends by itself where that worker dies
  if not ngx.shared.wdt_serve:safe_add("looking", ngx.worker.pid(), LOOK * 6) then return end
  local fine, err = pcall(look, service)
  ngx.shared.wdt_serve:delete "looking"
  if not fine then service.metrics:internal(tostring(err)) end
end

--- Begins to look, for init_worker.
-- @tparam table service `prefix`, `read`, `metrics`, `access`
function M.begin(service)
  restore_day(service)
  ngx.timer.at(0, turn, service)
  ngx.timer.every(LOOK, turn, service)
end

return M
