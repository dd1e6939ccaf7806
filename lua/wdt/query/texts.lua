--- The texts by which people give values, on a command line or in an address: times, lengths,
-- lists, numbers. Each function returns the value; or nil and what is wrong.
-- @module wdt.query.texts
local beijing = require "wdt.beijing"
local duration = require "wdt.duration"
local native = require "wdt.native"
local tonumber, time = tonumber, os.time

local M = {}

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

--- Rows a page: a whole number above 0, or "learn".
function M.page_size(text)
  if text == "learn" then return text end
  local n = M.positive(text)
  if n then return n end
  return nil, ("'%s' is neither a whole number above 0 nor learn"):format(text)
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

return M
