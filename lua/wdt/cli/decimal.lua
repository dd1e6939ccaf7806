--- Numbers as the API sends them, compared and added without rounding: ids have 19 digits and money
-- four decimals, more than a double holds together.
-- @module wdt.cli.decimal
local tonumber, tostring, ipairs, type = tonumber, tostring, ipairs, type
local floor = math.floor

local M = {}

-- A number is a list of limbs of eight digits, the decimals last, each with the number's sign.
local BASE, DIGITS, LIMBS = 1e8, 8, 5

--- Takes a number's text apart.
-- @param value a text, or a number
-- @treturn ?table nil where it is no number of at most 32 digits and 8 decimals
function M.parse(value)
  local text = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
  local sign, whole, rest = text:match "^([+-]?)(%d+)%.?(%d*)$"
  if not whole then return nil end
  whole, rest = whole:gsub("^0+", ""), rest:gsub("0+$", "")
  if #whole > DIGITS * (LIMBS - 1) or #rest > DIGITS then return nil end
  local digits = ("0"):rep(DIGITS * (LIMBS - 1) - #whole) .. whole .. rest
    .. ("0"):rep(DIGITS - #rest)
  local limbs, factor = {}, sign == "-" and -1 or 1
  for i = 1, LIMBS do limbs[i] = factor * tonumber(digits:sub((i - 1) * DIGITS + 1, i * DIGITS)) end
  return limbs
end

--- Compares two numbers.
-- @tparam table a as `parse` returns it
-- @tparam table b
-- @treturn integer below 0, 0 or above 0
function M.compare(a, b)
  for i = 1, LIMBS do
    if a[i] ~= b[i] then return a[i] < b[i] and -1 or 1 end
  end
  return 0
end

--- Adds a number to a sum of up to ten million.
-- @tparam table sum is changed
-- @tparam table b
function M.add(sum, b)
  for i = 1, LIMBS do sum[i] = sum[i] + b[i] end
end

-- Limbs from 0 to 99999999, the first aside, which has the sign of them all.
local function carried(sum, factor)
  local limbs = {}
  for i = 1, LIMBS do limbs[i] = factor * sum[i] end
  for i = LIMBS, 2, -1 do
    local carry = floor(limbs[i] / BASE)
    limbs[i], limbs[i - 1] = limbs[i] - carry * BASE, limbs[i - 1] + carry
  end
  return limbs
end

--- A sum as text, e.g. `"1234.5"`.
-- @tparam table sum
-- @treturn string
function M.text(sum)
  local limbs = carried(sum, 1)
  local negative = limbs[1] < 0
  if negative then limbs = carried(sum, -1) end
  local parts = ""
  for _, limb in ipairs(limbs) do parts = parts .. ("%08.0f"):format(limb) end
  local whole = parts:sub(1, -DIGITS - 1):gsub("^0+", "")
  local rest = parts:sub(-DIGITS):gsub("0+$", "")
  return (negative and "-" or "") .. (whole == "" and "0" or whole)
    .. (rest == "" and "" or "." .. rest)
end

return M
