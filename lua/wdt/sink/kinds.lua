--- The kinds of a table's columns, and which values fit them: only what the database gives back as
-- the same number, time or text. Values come as the decoder hands them out where numbers are
-- decimals: as the digits that were sent. Pure.
-- @module wdt.sink.kinds
local beijing = require "wdt.beijing"
local version = require "wdt.reading.version"
local tonumber, tostring, type = tonumber, tostring, type
local find, gsub, match, rep, sub = string.find, string.gsub, string.match, string.rep, string.sub

local M = {}

--- Stands for a value that says that there is nothing.
M.NULL = {}
local NULL = M.NULL

local LARGEST = "9223372036854775807"

-- A number without an exponent: "1.0E-5" -> "0.000010".
local function expanded(text)
  local minus, head, tail, power = match(text, "^(%-?)(%d+)%.?(%d*)[eE]([+-]?%d+)$")
  power = tonumber(power)
  if not power or power < -40 or power > 40 then return text end
  local digits, point = head .. tail, #head + power
  if point <= 0 then digits, point = rep("0", 1 - point) .. digits, 1 end
  if point > #digits then digits = digits .. rep("0", point - #digits) end
  head, tail = gsub(sub(digits, 1, point), "^0+(%d)", "%1"), sub(digits, point + 1)
  return minus .. head .. (tail ~= "" and "." .. tail or "")
end

local fits = {}

-- 64 bits, no zero in front; 2.0000 is 2.
function fits.int(value)
  if value == "" then return NULL end
  if type(value) ~= "string" then return nil end
  if #value < 19 and find(value, "^[1-9]%d*$") then return value end
  local head = match(value, "^(%-?%d+)%.0+$") or value
  if head == "0" then return head end
  local digits = match(head, "^%-?([1-9]%d*)$")
  if digits and (#digits < 19 or #digits == 19 and digits <= LARGEST) then return head end
end

-- As many digits as the database keeps: `whole` before the point and `places` after it, or
-- `significant` in all.
function fits.decimal(value, dialect)
  if value == "" then return NULL end
  if type(value) ~= "string" then return nil end
  if #value < 16 and find(value, "^[1-9]%d*%.%d%d?%d?%d?$") then return value end
  local text = find(value, "[eE]") and expanded(value) or value
  local head, tail = match(text, "^%-?(%d+)%.?(%d*)$")
  if not head or find(head, "^0%d") or find(text, "%.$") then return nil end
  tail = gsub(tail, "0+$", "")
  local limit = dialect.decimal
  if limit.whole and (#head > limit.whole or #tail > limit.places) then return nil end
  if limit.significant then
    local digits = gsub(head .. tail, "^0+", "")
    if #gsub(digits, "0+$", "") > limit.significant or head == "0" and find(tail, "^0000") then
      return nil
    end
  end
  return text
end

-- Epoch seconds or milliseconds as the date that they are in Beijing; other digits, as those of
-- "20261101", are none.
local function of_epoch(digits)
  local n = #digits
  if n == 12 or n == 13 then return M.version(digits) end
  return (n == 9 or n == 10 or digits == "0") and beijing.format(tonumber(digits)) or digits
end

-- Days that exist, of those seen last.
local days, n_days = {}, 0

local function is_day(day)
  if days[day] == nil then
    n_days = n_days + 1
    if n_days > 1000 then days, n_days = {}, 1 end
    days[day] = beijing.parse(day .. " 00:00:00") ~= nil
  end
  return days[day]
end

-- A time in Beijing; "0000-00-00" is how a database writes "never".
function fits.datetime(value, dialect)
  if value == "" then return NULL end
  if type(value) ~= "string" then return nil end
  if #value == 19 and find(value, "^ [01]%d:[0-5]%d:[0-5]%d$", 11)
    and is_day(sub(value, 1, 10)) then
    return value
  end
  local text = find(value, "^%d+$") and of_epoch(value) or gsub(value, "T", " ", 1)
  local day, clock = match(text, "^(%d%d%d%d%-%d%d%-%d%d)(.*)$")
  if day == "0000-00-00" then return (clock == "" or clock == " 00:00:00") and NULL or nil end
  if not day then return nil end
  local fraction
  clock, fraction = match(clock, "^( %d%d:%d%d:%d%d)(.*)$")
  if not clock and text ~= day or not beijing.parse(day .. (clock or " 00:00:00")) then
    return nil
  end
  if fraction and fraction ~= "" then
    if not find(fraction, "^%.%d%d?%d?%d?%d?%d?$") or not dialect.fractions then return nil end
  end
  return text
end

local BOOLEANS = { ["true"] = true, ["false"] = false, ["1"] = true, ["0"] = false }

function fits.boolean(value, dialect)
  if value == "" then return NULL end
  local is = BOOLEANS[tostring(value)]
  if is ~= nil then return dialect.booleans[is] end
end

function fits.text(value, dialect)
  if type(value) == "boolean" and dialect.booleans[value] then return dialect.booleans[value] end
  return tostring(value)
end

--- The text under which a value is stored in a column of a kind.
-- @tparam string kind `"int"`, `"decimal"`, `"datetime"`, `"boolean"` or `"text"`
-- @param value a string or a boolean
-- @tparam table dialect `decimal` (`{ whole, places }` or `{ significant }`: the digits it keeps),
-- `fractions` (true where times keep fractions of a second), `booleans` (texts by value)
-- @return a string; `NULL` for a value that says that there is nothing; nil where it does not fit
function M.fit(kind, value, dialect)
  return fits[kind](value, dialect)
end

--- The version of a row as a text that sorts by time: epoch milliseconds become the date that they
-- are in Beijing.
-- @param value as it was sent; nil where the row has none
-- @treturn string "" where there is none, or a list or an object in its place
function M.version(value)
  if value == nil or type(value) == "table" then return "" end
  local text = tostring(value)
  if find(text, "^%d+$") and (#text == 12 or #text == 13) then
    local part = sub(text, -3)
    return beijing.format(version.second(text)) .. (part ~= "000" and "." .. part or "")
  end
  return (gsub(text, "^(%d%d%d%d%-%d%d%-%d%d)T", "%1 "))
end

return M
