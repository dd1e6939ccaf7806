--- Accounts and their streams, as a configuration file names them.
--
--     [shop1]                     the account: what `wdt.new` takes
--     edition = enterprise
--     …
--
--     [*/*]                       of each stream of each account, unless it says otherwise
--     to = mysql://wdt@db/erp
--     from = 2026-01-01
--
--     [shop1/stockouts]           a stream: the table, and what is read
--     lag = 3m
--     audit = true
--
--     [*/trades]                  a stream that each account has
--     what = trade_query
--     target = 10m
--     revisit = 1d, 7d
--
--     [shop1/shops]               what has no time is read whole, again and again
--     what = shop
--     every = 1d
--
--     [shop1/stock]               so is what has times, from `from` on: here a whole reading each
--     what = stock_query          day, and what was changed each ten minutes
--     every = 10m
--     whole = 1d
--     by_day = true
--
--     [fleet]                     several hosts run this file: each account on one of them
--     store = redis://10.0.0.5:6379/0
--     lease = 1m
--
-- A stream's settings come from `[*/*]`, `[ACCOUNT/*]`, `[*/STREAM]` and `[ACCOUNT/STREAM]`; the
-- later ones replace the earlier.
-- @module wdt.fleet.configuration
local beijing = require "wdt.beijing"
local duration = require "wdt.duration"
local nearest = require "wdt.nearest"
local show = require "wdt.error".show
local whole = require "wdt.whole"
local ipairs, pairs, next, tonumber, sort = ipairs, pairs, next, tonumber, table.sort

local M = {}

-- Streams that are read with a word of their own.
local WHAT = { stockouts = "stockouts", cancelled = "cancelled_stockouts",
  cancelled_stockouts = "cancelled_stockouts" }

-- Converters: the value, or nil where it is none.

local function text_of(value)
  return value ~= "" and value or nil
end

local function seconds_of(value)
  local seconds = duration.parse(value)
  return seconds and seconds > 0 and seconds or nil
end

local function moment(second_of_day)
  return function(value)
    return beijing.parse(value) or beijing.parse(value .. " " .. second_of_day)
  end
end

local FLAGS = { ["true"] = true, ["false"] = false, yes = true, no = false }
local function flag_of(value) return FLAGS[value] end

local function list_of(value)
  local list = {}
  for one in value:gmatch "[^,%s]+" do list[#list + 1] = one end
  return list[1] and list or nil
end

local function looks_of(value)
  if FLAGS[value] ~= nil then return FLAGS[value] end
  return list_of(value)
end

local function count_of(value)
  local n = tonumber(value)
  return whole.is(n, 1) and n or nil
end

local function page_size_of(value)
  return value == "learn" and value or count_of(value)
end

local A_LENGTH = 'a length of time, e.g. "3m" or "1d"'
local A_TIME = 'a time, "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS" (Beijing time)'
local A_LIST = "a list, parted by commas"
local A_FLAG = '"true" or "false"'
local A_COUNT = "a whole number above 0"
local A_PAGE_SIZE = 'a whole number above 0, or "learn"'

-- Settings of a stream: name -> converter, what was expected, and "query" where they are the
-- query's.
local SETTINGS = {
  what = { text_of, "stockouts, cancelled, or a query method" },
  to = { text_of, "a target, e.g. sqlite:erp.db" },
  from = { moment "00:00:00", A_TIME },
  stop = { moment "23:59:59", A_TIME },
  state = { text_of, "a store, e.g. file:shipped.state" },
  adopt = { text_of, "the address of the gateway that the copy was made through" },
  route = { text_of, "direct, qimen or both" },
  lag = { seconds_of, A_LENGTH },
  target = { seconds_of, A_LENGTH },
  every = { seconds_of, A_LENGTH },
  whole = { seconds_of, A_LENGTH },
  by_day = { flag_of, A_FLAG },
  revisit = { list_of, "a list of ages, e.g. 1d, 7d, 30d" },
  audit = { looks_of, "true, or a list of ages, e.g. 1h, 6h, 1d" },
  lanes = { count_of, A_COUNT },
  ["poll.least"] = { seconds_of, A_LENGTH },
  ["poll.most"] = { seconds_of, A_LENGTH },
  status = { list_of, A_LIST, "query" },
  shop_no = { list_of, A_LIST, "query" },
  warehouse_no = { list_of, A_LIST, "query" },
  page_size = { page_size_of, A_PAGE_SIZE, "query" },
  read = { text_of, "seek or sweep", "query" },
  strict = { flag_of, A_FLAG, "query" },
}

--- Seconds that a stream may be behind its lag, where it does not say.
M.SLACK = 180

--- Seconds of a stream's lag, where it does not say (`wdt.sync`).
M.LAG = 180

-- Puts one setting into a stream; or nil and what is wrong.
local function put(stream, name, value)
  local parameter = name:match "^param%.(.+)$"
  if parameter then
    stream.query[parameter] = value
    return true
  end
  local rule = SETTINGS[name]
  if not rule then
    return nil, ("setting '%s' is none of a stream's%s"):format(name, nearest.hint(name, SETTINGS))
  end
  local converted = rule[1](("%s"):format(value))
  if converted == nil then
    return nil, ("setting '%s' is %s, expected %s"):format(name, show(value), rule[2])
  end
  local owner, key = rule[3] and stream[rule[3]] or stream, name
  local outer, inner = name:match "^(%l+)%.(%l+)$"
  if outer then
    stream[outer] = stream[outer] or {}
    owner, key = stream[outer], inner
  end
  owner[key] = converted
  return true
end

-- Sections of streams, "ACCOUNT/STREAM", in order.
local function stream_sections(sections)
  local list = {}
  for section in pairs(sections) do
    local account, stream = section:match "^([^/]+)/([^/]+)$"
    if account then list[#list + 1] = { section, account, stream } end
  end
  sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

-- Names of an account's streams, in order.
local function names_of(list, account)
  local set, names = {}, {}
  for _, one in ipairs(list) do
    if one[3] ~= "*" and (one[2] == account or one[2] == "*") and not set[one[3]] then
      set[one[3]], names[#names + 1] = true, one[3]
    end
  end
  sort(names)
  return names
end

local function complete(stream)
  local word = stream.what or stream.name
  stream.what, stream.method = WHAT[word], not WHAT[word] and word or nil
  if not stream.to then return nil, "it says no target: to = sqlite:erp.db" end
  if stream.by_day and not stream.every then
    return nil, "by_day goes with every: it is of what is read whole"
  end
  if stream.whole and not stream.every then
    return nil, "whole goes with every: it says which of the readings are of all rows"
  end
  if not stream.target then stream.target = stream.every or (stream.lag or M.LAG) + M.SLACK end
  return true
end

-- One stream of an account, with what all its sections say; or nil and what is wrong.
local function stream_of(file, account, name)
  local stream = { name = name, account = account, query = {} }
  for _, section in ipairs{ "*/*", account .. "/*", "*/" .. name, account .. "/" .. name } do
    local keys = {}
    for key in pairs(file.sections[section] or {}) do keys[#keys + 1] = key end
    sort(keys)
    for _, key in ipairs(keys) do
      local ok, err = put(stream, key, file.sections[section][key])
      if not ok then
        return nil, ("%s line %s: %s"):format(file.path, file.lines[section .. " " .. key] or "?",
          err)
      end
    end
  end
  local ok, err = complete(stream)
  if ok then return stream end
  return nil, ("%s: stream [%s/%s]: %s"):format(file.path, account, name, err)
end

--- True if a section is of streams, and no account.
-- @tparam string section
-- @treturn boolean
function M.is_stream(section)
  return section:find("/", 1, true) ~= nil
end

--- The section of what hosts share (`wdt.fleet.lead`); nil where there is none.
-- @tparam {[string]=table} sections
-- @treturn ?table
function M.shared(sections)
  return sections.fleet and sections.fleet.store and sections.fleet or nil
end

--- True if a section is of an account: neither of streams, nor of the web service, of alarms or of
-- what hosts share.
-- @tparam string section
-- @treturn boolean
function M.is_account(section)
  local first = section:match "^[^:]*"
  return not M.is_stream(section) and first ~= "serve" and first ~= "alarms" and section ~= "fleet"
end

-- Sections that no account or stream takes are slips of the pen.
local function check_sections(file, list)
  local accounts = {}
  for section in pairs(file.sections) do
    if M.is_account(section) then accounts[section] = true end
  end
  for section in pairs(file.sections) do
    if M.is_stream(section) and not section:find "^[^/]+/[^/]+$" then
      return nil, ("%s: [%s] is no [ACCOUNT/STREAM]"):format(file.path, section)
    end
  end
  for _, one in ipairs(list) do
    if one[2] ~= "*" and not accounts[one[2]] then
      return nil, ("%s: [%s] is of no account of this file%s"):format(file.path, one[1],
        nearest.hint(one[2], accounts))
    end
  end
  return accounts
end

--- Reads what a file says.
-- @tparam table file `path`; `sections` by name, settings by theirs; `lines`: "SECTION NAME" -> the
-- line that says it
-- @tparam ?{string...} wanted names of accounts; nil: all that have streams
-- @treturn ?{table...} accounts in order: `{ name, settings, streams }`; a stream is `{ name,
-- account, what or method, to, from, stop, state, adopt, route, lag, target, every, whole, by_day,
-- revisit, audit, lanes, poll, query }`
-- @treturn ?string what is wrong, with file and line
function M.read(file, wanted)
  local list, result = stream_sections(file.sections), {}
  local accounts, err = check_sections(file, list)
  if not accounts then return nil, err end
  local names = {}
  for name in pairs(accounts) do names[#names + 1] = name end
  sort(names)
  for _, name in ipairs(wanted or {}) do
    if not accounts[name] then
      return nil, ("%s: there is no account [%s]%s"):format(file.path, name,
        nearest.hint(name, accounts))
    end
  end
  for _, name in ipairs(wanted or names) do
    local account = { name = name, settings = file.sections[name], streams = {} }
    for _, stream in ipairs(names_of(list, name)) do
      account.streams[#account.streams + 1], err = stream_of(file, name, stream)
      if err then return nil, err end
    end
    if account.streams[1] then
      result[#result + 1] = account
    elseif wanted then
      return nil, ("%s: account [%s] has no stream: add a section [%s/stockouts]"):format(
        file.path, name, name)
    end
  end
  if not next(result) then
    return nil, ("%s: no account has a stream: add a section [ACCOUNT/stockouts]"):format(
      file.path)
  end
  return result
end

--- A stream's job, as `client:sync` takes it.
-- @tparam table stream
-- @treturn table
function M.job(stream)
  return { name = stream.name, what = stream.what, method = stream.method, route = stream.route,
    query = stream.query, into = stream.to, from = stream.from, stop = stream.stop,
    state = stream.state, adopt = stream.adopt, lag = stream.lag, lanes = stream.lanes,
    revisit = stream.revisit, audit = stream.audit or nil, poll = stream.poll, signals = false }
end

return M
