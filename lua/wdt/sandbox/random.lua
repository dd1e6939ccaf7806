--- Numbers that look random and are the same on every Lua for the same seed.
--
-- Only sums, products and remainders of doubles below 2^53 (every step is exact), so that Lua 5.1
-- to 5.4 and LuaJIT agree to the last bit.
-- @module wdt.sandbox.random
local floor = math.floor

-- the largest prime below 2^26: a square stays below 2^52; 3 does not divide P - 1, so cubing
-- permutes
local P = 67108859
local M31 = 2147483647

local M = { RANGE = P }

--- A hash.
-- @tparam integer seed
-- @tparam integer n not negative
-- @treturn integer 0 .. RANGE - 1
local function mix(seed, n)
  local x = (seed % P * 31 + n % P * 7919 + floor(n / P) * 104729 + 12345) % P
  x = x * x % P * x % P
  x = (x * 48271 + 1237) % P
  return x * x % P * x % P
end
M.mix = mix

--- A hash as a fraction.
-- @treturn number in [0, 1)
function M.fraction(seed, n)
  return mix(seed, n) / P
end

--- The start of a row's own chain of draws: `s = s * 48271 % 2147483647`, where `s / 2147483647` is
-- in (0, 1).
-- @treturn integer
function M.start(seed, n)
  return mix(seed, n) * 31 + 1
end

--- A stream of draws.
-- @tparam integer seed
-- @tparam[opt=0] integer n which stream of that seed
-- @treturn function `draw()` gives a number in (0, 1), `draw(k)` a whole number in 1 .. k
function M.stream(seed, n)
  local s = M.start(seed, n or 0)
  return function(k)
    s = s * 48271 % M31
    if k then return floor(s / M31 * k) + 1 end
    return s / M31
  end
end

return M
