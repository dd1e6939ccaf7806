--- Options as data, and what makes values of their texts.
-- @module wdt.cli.options
local beijing = require "wdt.beijing"
local edition = require "wdt.edition"
local later = require "wdt.cli.later"
local duration = later "wdt.duration"
local native = later "wdt.native"
local tonumber, ipairs, time = tonumber, ipairs, os.time

local M = {}

--- Said of a database's address that holds a password.
M.PASSWORD = {
  en = "a password is not taken from the command line, where everybody on this machine "
  .. "can read it; use ~/.pgpass, PGPASSWORD or MYSQL_PWD",
  zh = "命令行中的密码会被本机所有用户看到，因此不接受；请使用 ~/.pgpass、PGPASSWORD 或 MYSQL_PWD" }

-- Converts a text, and names the option where that can't be done.
local function naming(names, convert)
  local name = names:match "%S+$"
  return function(text)
    local value, problem = convert(text)
    if value == nil then return nil, ("option %s: %s"):format(name, problem) end
    return value
  end
end

--- Adds options to a parser.
-- @param parser
-- @tparam function t picks the user's language
-- @tparam {table} list each `{ names, argument, en = …, zh = … }`, without an argument a flag; and,
-- optional, `convert`, `choices`, `many` (it may be given several times), `required`, `target`
function M.add(parser, t, list)
  for _, o in ipairs(list) do
    local element = o[2] and parser:option(o[1], t(o)):argname(o[2]) or parser:flag(o[1], t(o))
    if o.convert then element:convert(naming(o[1], o.convert)) end
    if o.choices then element:choices(o.choices) end
    if o.many then element:count "*" end
    if o.required then element:count(1) end
    if o.target then element:target(o.target) end
  end
end

-- Converters, as argparse wants them: the value; or nil and what is wrong
-- -------------------------------------------------

-- "2026/11/1 9:05", as spreadsheets write it -> "2026-11-01 09:05"
local function padded(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)[/-](%d%d?)[/-](%d%d?)(.*)$"
  if not year then return text end
  return ("%s-%02d-%02d%s"):format(year, month, day,
    (rest:gsub("^[T ](%d):", " 0%1:"):gsub("^T", " ")))
end

-- "today" and "yesterday", in Beijing, are days as well.
local NAMED_DAYS = { today = 0, yesterday = -duration.DAY }

local function named_day(text)
  local back = NAMED_DAYS[text:lower()]
  return back and beijing.format(time() + back):sub(1, 10) or text
end

-- "…T08:00:00Z", "…+01:00" -> the text without its offset, and seconds by which Beijing's clock is
-- ahead of it.
local function offset_of(text)
  local plain = text:match "^(.*%d:%d%d%.?%d*)[Zz]$"
  if plain then return plain, 28800 end
  local sign, hours, minutes
  plain, sign, hours, minutes = text:match "^(.*%d:%d%d%.?%d*)%s*([+-])(%d%d):?(%d%d)$"
  if not plain or tonumber(hours) > 14 or tonumber(minutes) > 59 then return text, 0 end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return plain, 28800 - (sign == "-" and -seconds or seconds)
end

--- A time, in epoch seconds.
-- @tparam string second_of_day what a day alone means
-- @treturn function
function M.moment(second_of_day)
  return function(text)
    -- 20261101 is no time of 1970
    if text:find "^%d+$" and #text == 10 then return tonumber(text) end
    local plain, ahead = offset_of(named_day(text))
    plain = padded(plain):gsub("%.%d+$", "") -- parts of a second
    local epoch = beijing.parse(plain) or beijing.parse(plain .. " " .. second_of_day)
      or beijing.parse(plain .. ":00")
    if epoch then return epoch + ahead end
    return nil, ("'%s' is no time: YYYY-MM-DD, or 'YYYY-MM-DD HH:MM:SS' (Beijing time), today, "
      .. "yesterday, or epoch seconds"):format(text)
  end
end

--- "90m" -> 5400
function M.duration(text)
  local seconds = duration.parse(text)
  if seconds and seconds > 0 then return seconds end
  return nil, ("'%s' is no length of time: 90m, 24h, 7d, 2w"):format(text)
end

--- A month, "YYYY-MM" -> its first and last second.
function M.month(text)
  local year, month = text:match "^(%d%d%d%d)[/-](%d%d?)$"
  local first = year and beijing.parse(("%s-%02d-01 00:00:00"):format(year, month))
  if not first then return nil, ("'%s' is no month: YYYY-MM"):format(text) end
  local next_one = tonumber(month) == 12 and ("%d-01"):format(year + 1)
    or ("%s-%02d"):format(year, month + 1)
  return { first, beijing.parse(next_one .. "-01 00:00:00") - 1 }
end

--- A day that exists, "YYYY-MM-DD".
function M.day(text)
  local day = padded(named_day(text))
  if beijing.parse(day .. " 00:00:00") then return day end
  return nil, ("'%s' is no day: YYYY-MM-DD, today, yesterday"):format(text)
end

--- "a, b，c" -> { "a", "b", "c" }
function M.list(text)
  local list = {}
  for one in text:gsub("，", ","):gsub("、", ","):gmatch "[^,]+" do
    one = one:gsub("^%s+", ""):gsub("%s+$", "")
    if one ~= "" then list[#list + 1] = one end
  end
  if #list == 0 then return nil, "an empty list" end
  return list
end

--- A whole number from 0.
function M.count(text)
  if text:find "^%d+$" and #text < 16 then return tonumber(text) end
  return nil, ("'%s' is no whole number"):format(text)
end

--- A whole number above 0.
function M.positive(text)
  local n = M.count(text)
  if n and n > 0 then return n end
  return nil, ("'%s' is no whole number above 0"):format(text)
end

--- JSON; the decoder wants an object around it.
function M.json(text)
  local core = native.load "wdt.core"
  local decoder = core.decoder{ null = core.null }
  local fed, err = decoder:feed('{"value":' .. text .. "}")
  if fed then fed, err = decoder:finish() end
  local value = fed and decoder:envelope().value
  decoder:close()
  if value == nil then
    return nil, ("not JSON: %s"):format(err and err:gsub("^%l+: ", "", 1) or text)
  end
  return value
end

--- "name=text" or "name:=JSON" -> { name, value }
function M.parameter(text)
  local name, json = text:match "^([%w_.]+):=(.*)$"
  if name then
    local value, err = M.json(json)
    if value == nil then return nil, err end
    return { name, value }
  end
  local plain
  name, plain = text:match "^([%w_.]+)=(.*)$"
  if name then return { name, plain } end
  return nil, ("'%s' is neither name=text nor name:=JSON"):format(text)
end

--- "retry.attempts=3" -> { "retry.attempts", "3" }
function M.setting(text)
  local name, value = text:match "^([%w_.]+)=(.*)$"
  if name and value ~= "" then return { name, value } end
  return nil, ("'%s' is not NAME=VALUE"):format(text)
end

--- "a=1,b=text" -> { a = 1, b = "text" }
function M.assignments(text)
  local result = {}
  for one in text:gmatch "[^,]+" do
    local name, value = one:match "^([%w_]+)=(.*)$"
    if not name then return nil, ("'%s' is not NAME=VALUE"):format(one) end
    if value == "true" or value == "false" then value = value
      == "true" else value = tonumber(value) or value end
    result[name] = value
  end
  return result
end

-- Options of the commands that report -------------------------------------------------------------

--- `--start` and `--stop`.
M.RANGE = {
  { "--start", "TIME", convert = M.moment "00:00:00", en = "first second, Beijing time",
    zh = "起始（含），北京时间" },
  { "--stop", "TIME", convert = M.moment "23:59:59", en = "last second", zh = "截止（含）" },
}

--- `--edition`, of commands that look names up.
M.EDITION = { "--edition", "EDITION", choices = edition.NAMES,
  en = "default: the account's, and without an account all",
  zh = "版本；默认为账号所属版本，没有账号时为全部" }

--- `--format`.
M.FORMAT = { "--format", "FORMAT", choices = { "table", "json" },
  en = "table (default), or json for programs",
  zh = "table 表格（默认），或 json 供程序读取" }

return M
