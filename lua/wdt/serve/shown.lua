--- Answers that the pages show: state, history, sales, failures, methods and fields.
-- @module wdt.serve.shown
local access_of = require "wdt.serve.access"
local asked = require "wdt.serve.asked"
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local copies = require "wdt.serve.copies"
local copy_stream = require "wdt.serve.copy_stream"
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local ngx = require "ngx"
local overview_of = require "wdt.serve.overview"
local sales_of = require "wdt.serve.sales"
local schema = require "wdt.schema"
local turns = require "wdt.nginx.turns"
local watch = require "wdt.serve.watch"
local answer, fail = asked.answer, asked.fail
local concat, ipairs, pairs, sort = table.concat, ipairs, pairs, table.sort

local M = {}

--- The accounts of a consumer; others have their turns between two of them.
-- @tparam table service
-- @tparam table consumer
function M.overview(service, consumer)
  local at, wrong = watch.looked()
  local list = {}
  for _, name in ipairs(service.read.names) do
    if access_of.sees(consumer, name) then
      local one = overview_of.of(service, name, watch.seen(name))
      for _, stream in ipairs(one.streams) do stream.days = nil end
      list[#list + 1] = json.encode(one)
      turns.rest()
    end
  end
  local head = json.encode{ consumer = consumer.name, mask = consumer.mask,
    now = beijing.format(ngx.time()), seen_at = at and beijing.format(at) or nil,
    error = access_of.sees(consumer, "*") and wrong or nil }
  ngx.header["Content-Type"], ngx.header["Cache-Control"] = "application/json", "no-store"
  ngx.print(head:sub(1, -2), ',"accounts":[', concat(list, ","), "]}\n")
end

--- An account's copies.
-- @tparam table ask the request
function M.jobs(ask)
  local one = overview_of.of(ask.service, ask.account, watch.seen(ask.account))
  one.now = beijing.format(ngx.time())
  answer(one)
end

--- Its calls, failures, rows and lag over time.
-- @tparam table ask the request
function M.history(ask)
  local days = asked.number("days", 7, 31)
  if not days then return end
  local points, err = watch.history(ask.service, ask.account, days, 400)
  if not points then return failures.answer(failures.of("state: " .. err, "state")) end
  answer{ points = points, days = days }
end

--- Its last failures.
-- @tparam table ask the request
function M.failures(ask)
  answer{ failures = watch.failures(ask.account) }
end

--- The methods that a consumer may ask.
-- @tparam table ask the request
function M.methods(ask)
  local words, list = {}, {}
  for word, method in pairs(asked.words(ask.dialect)) do words[method] = word end
  for method, entry in pairs(catalog[ask.edition]) do
    local changes = entry.kind ~= "query"
    if access_of.may(ask.consumer, words[method] or method, method, changes) then
      list[#list + 1] = { method = method, title = entry.title, kind = entry.kind,
        list = entry.list ~= nil, timed = entry.timeless ~= true,
        fields = schema.methods[schema.of(ask.edition, method)] ~= nil }
    end
  end
  sort(list, function(a, b) return a.method < b.method end)
  answer{ methods = json.list(list), words = asked.words(ask.dialect) }
end

-- Fields of a list, those of lists within after it.
local function add_fields(list, given, before)
  for _, field in ipairs(given) do
    list[#list + 1] = { path = before .. field[1], label = field[2], type = field[3],
      private = field.private or false, values = field.values or field.bits }
    if field.fields then add_fields(list, field.fields, before .. field[1] .. ".") end
  end
end

--- The fields of a method's rows.
-- @tparam table ask the request
-- @tparam string word the method
function M.fields(ask, word)
  local method = asked.method(ask, word)
  if not method then return end
  local known, list = schema.methods[schema.of(ask.edition, method)], {}
  add_fields(list, known or {}, "")
  answer{ method = method, fields = json.list(list), known = known ~= nil }
end

-- True if the copy was proved complete for each hour of a day.
local function is_proved(streams, name, day)
  for _, stream in ipairs(streams) do
    for _, one in ipairs(stream.stream == name and stream.days or {}) do
      if one.day == day then return one.hours == ("c"):rep(24) end
    end
  end
  return false
end

--- Sales by day out of the copy.
-- @tparam table ask the request
function M.sales(ask)
  local method = ask.dialect.STOCKOUTS
  if not access_of.may(ask.consumer, "stockouts", method, false) then
    return fail("forbidden", ("consumer '%s' may not ask 'stockouts'"):format(ask.consumer.name))
  end
  local days = asked.number("days", 31, copies.DAYS)
  if not days then return end
  local stream = copy_stream.of_method(ask.service.streams[ask.account], ask.dialect, method)[1]
  local client, err, code = ask.service.accounts:client(ask.account, false)
  if not client then return failures.answer(failures.of(err, code)) end
  local told, detail = sales_of.of(ask.account, stream, client.account.credentials.sid, days)
  if detail then ask.service.metrics:internal(("sales of %s: %s"):format(ask.account, detail)) end
  local seen = watch.seen(ask.account)
  for _, one in ipairs(told) do one.proved = is_proved(seen, stream.name, one.day) end
  answer{ days = json.list(told), stream = stream and stream.name, unreadable = detail ~= nil }
end

return M
