--- Looks after what the pages show, by one of the workers: the state of the copies, and a history
-- of calls, failures, rows and lag that survives a restart.
-- @module wdt.serve.watch
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local history = require "wdt.serve.history"
local json = require "wdt.json"
local ngx = require "ngx"
local process = require "wdt.nginx.process"
local turns = require "wdt.nginx.turns"
local ipairs, os, pairs, pcall, tonumber, tostring, max = ipairs, os, pairs, pcall, tonumber,
  tostring, math.max

local M = {}

-- Seconds between two looks, and between two points of the history.
local LOOK, POINT = 30, 300

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

local function seen_key(account) return "copies " .. account end

--- Tells what was last seen of an account's copies.
-- @tparam string account
-- @treturn {table} its streams
function M.seen(account)
  local text = ngx.shared.wdt_serve:get(seen_key(account))
  return text and cjson.decode(text) or {}
end

--- Tells when the copies were last looked at.
-- @treturn ?integer epoch seconds
-- @treturn ?string why the file's streams can't be used
function M.looked()
  local dict = ngx.shared.wdt_serve
  return dict:get "looked at", dict:get "looked wrong"
end

local function keep_seen(seen)
  local dict = ngx.shared.wdt_serve
  for account, text in pairs(seen.accounts) do dict:set(seen_key(account), text) end
  dict:set("looked at", seen.at)
  dict:set("looked wrong", seen.error)
end

-- ---- history ----

local function folder(service) return service.prefix .. "/tmp" end

-- Rows that the streams of an account have read, and by how much the latest is behind its target.
local function figures_of(streams)
  local rows, lag
  for _, stream in ipairs(streams) do
    if stream.rows then rows = (rows or 0) + stream.rows end
    if stream.behind then lag = max(lag or 0, stream.behind) end
  end
  return rows, lag
end

-- Writes one point of each account.
local function add_point(service, now)
  local dict, lines = ngx.shared.wdt_serve, {}
  for _, account in ipairs(service.read.names) do
    local point = { t = now, account = account }
    for _, name in ipairs(history.SUMS) do
      local key = sum_key(account, name)
      point[name] = dict:get(key) or 0
      dict:incr(key, -point[name], 0)
    end
    point.rows, point.lag = figures_of(M.seen(account))
    lines[#lines + 1] = json.line(point)
    turns.rest()
  end
  local ok, err = history.add(folder(service), now, table.concat(lines))
  if not ok then service.metrics:internal("history: " .. err) end
end

--- The history of an account.
-- @tparam table service
-- @tparam string account
-- @tparam integer days how many, up to today's
-- @tparam integer most points
-- @treturn ?{table} as `wdt.serve.history.read` returns them
-- @treturn ?string why it can't be read
function M.history(service, account, days, most)
  local fine, points = ngx.run_worker_thread("wdt", "wdt.serve.history", "read", folder(service),
    account, ngx.time(), days, most)
  if not fine then return nil, tostring(points) end
  return json.list(points)
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
    keep_seen(seen)
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
