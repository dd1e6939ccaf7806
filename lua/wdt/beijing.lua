--- Beijing time (UTC+8, no daylight saving since 1991), the only time both gateways speak.
--
-- Plain arithmetic on the proleptic Gregorian calendar: the machine's own time zone never matters.
-- @module wdt.beijing
local duration = require "wdt.duration"
local floor, format, tonumber, type = math.floor, string.format, tonumber, type

local M = {}

local OFFSET = 8 * 3600
local DAY = duration.DAY

--- Epoch of 2012-01-01 00:00:00 Beijing time, from which the ultimate edition counts (seed U §3.2).
M.EPOCH_2012 = 1325347200

-- Days since 1970-01-01, after Howard Hinnant's days_from_civil: years begin in March, so that the
-- leap day is last.
local function days_from_civil(y, m, d)
  if m <= 2 then y = y - 1 end
  local era = floor(y / 400)
  local yoe = y - era * 400
  local doy = floor((153 * (m + (m > 2 and -3 or 9)) + 2) / 5) + d - 1
  return era * 146097 + yoe * 365 + floor(yoe / 4) - floor(yoe / 100) + doy - 719468
end

local function civil_from_days(days)
  days = days + 719468
  local era = floor(days / 146097)
  local doe = days - era * 146097
  local yoe = floor((doe - floor(doe / 1460) + floor(doe / 36524) - floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + floor(yoe / 4) - floor(yoe / 100))
  local mp = floor((5 * doy + 2) / 153)
  local m = mp + (mp < 10 and 3 or -9)
  return yoe + era * 400 + (m <= 2 and 1 or 0), m, doy - floor((153 * mp + 2) / 5) + 1
end

local function integer(n) -- 3.0 prints as "3.0" on 5.3 and later
  return floor(n)
end

--- Reads a time. Those of rows are read by their decoder, by the same rule (csrc/core/convert.c).
-- @tparam string text exactly `"YYYY-MM-DD HH:MM:SS"`, Beijing time
-- @treturn ?integer epoch seconds, or nil where the text is not a time that exists
function M.parse(text)
  if type(text) ~= "string" then return nil end
  local y, mo, d, h, mi, s = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d) (%d%d):(%d%d):(%d%d)$")
  if not y then return nil end
  y, mo, d, h, mi, s = tonumber(y), tonumber(mo), tonumber(d), tonumber(h), tonumber(mi),
    tonumber(s)
  if mo < 1 or mo > 12 or d < 1 or h > 23 or mi > 59 or s > 59 then return nil end
  local days = days_from_civil(y, mo, d)
  local _, real_month = civil_from_days(days)
  if real_month ~= mo then return nil end -- 30 February
  return integer(days * DAY - OFFSET + h * 3600 + mi * 60 + s)
end

--- Writes a time.
-- @tparam number epoch seconds; a fraction is dropped
-- @treturn string `"YYYY-MM-DD HH:MM:SS"`, Beijing time
function M.format(epoch)
  local t = floor(epoch) + OFFSET
  local days = floor(t / DAY)
  local rest = t - days * DAY
  local y, m, d = civil_from_days(days)
  return format("%04d-%02d-%02d %02d:%02d:%02d", y, m, d, floor(rest / 3600), floor(rest / 60) % 60,
    rest % 60)
end

local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9,
  Oct = 10, Nov = 11,
  Dec = 12 }

--- Reads an HTTP `Date` header in the one form that servers may send today (RFC 9110 §5.6.7,
-- IMF-fixdate).
-- @tparam ?string text e.g. `"Sun, 06 Nov 1994 08:49:37 GMT"`
-- @treturn ?integer epoch seconds, or nil
function M.parse_http_date(text)
  if type(text) ~= "string" then return nil end
  local d, mon, y, h, mi,
    s = text:match("^%a+, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
  if not d or not MONTHS[mon] then return nil end
  return integer(days_from_civil(tonumber(y), MONTHS[mon], tonumber(d)) * DAY
    + tonumber(h) * 3600 + tonumber(mi) * 60 + tonumber(s))
end

--- Writes an HTTP `Date` header.
-- @tparam number epoch seconds
-- @treturn string IMF-fixdate
function M.http_date(epoch)
  local t = floor(epoch)
  local days = floor(t / DAY)
  local rest = t - days * DAY
  local y, m, d = civil_from_days(days)
  local names = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    "Dec" }
  local weekdays = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" }
  return format("%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[days % 7 + 1], d, names[m], y,
    floor(rest / 3600), floor(rest / 60) % 60, rest % 60)
end

return M
