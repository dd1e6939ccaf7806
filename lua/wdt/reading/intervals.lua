--- A set of whole seconds, kept as closed intervals in order, none of which touches the next. Pure;
-- a set is never changed in place, so that the one who fails to store the new one still has the old
-- one.
-- @module wdt.reading.intervals
local max, min = math.max, math.min

local M = {}

--- The set with an interval added.
-- @tparam {{integer,integer}...} set
-- @tparam integer start
-- @tparam integer stop not before `start`
-- @treturn table
function M.add(set, start, stop)
  local result, placed = {}, false
  for i = 1, #set do
    local a, b = set[i][1], set[i][2]
    if b < start - 1 then
      result[#result + 1] = { a, b }
    elseif a > stop + 1 then
      if not placed then result[#result + 1] = { start, stop } end
      placed = true
      result[#result + 1] = { a, b }
    else -- they touch
      start, stop = min(start, a), max(stop, b)
    end
  end
  if not placed then result[#result + 1] = { start, stop } end
  return result
end

--- The set without an interval.
-- @tparam {{integer,integer}...} set
-- @tparam integer start
-- @tparam integer stop not before `start`
-- @treturn table
function M.remove(set, start, stop)
  local result = {}
  for i = 1, #set do
    local a, b = set[i][1], set[i][2]
    if a < start then result[#result + 1] = { a, min(b, start - 1) } end
    if b > stop then result[#result + 1] = { max(a, stop + 1), b } end
  end
  return result
end

--- Returns what of an interval is not in the set.
-- @tparam {{integer,integer}...} set
-- @tparam integer start
-- @tparam integer stop
-- @treturn table another set, empty where `stop` is before `start`
function M.missing(set, start, stop)
  local result = start <= stop and { { start, stop } } or {}
  for i = 1, #set do result = M.remove(result, set[i][1], set[i][2]) end
  return result
end

--- How many seconds a set holds.
-- @tparam table set
-- @treturn integer
function M.seconds(set)
  local n = 0
  for i = 1, #set do n = n + set[i][2] - set[i][1] + 1 end
  return n
end

--- The first gap.
-- @tparam table set
-- @tparam integer from where to look from
-- @treturn integer its first second
-- @treturn ?integer its last one, nil where nothing follows
function M.gap(set, from)
  for i = 1, #set do
    local a, b = set[i][1], set[i][2]
    if a > from then return from, a - 1 end
    if b >= from then from = b + 1 end
  end
  return from, nil
end

return M
