--- Tables from names to values, one level deep: copies of them, and sets.
--
-- @module wdt.map
local ipairs, pairs = ipairs, pairs

local M = {}

--- Sets every field of one table in another.
-- @tparam table into changed in place
-- @tparam ?table from nil has no fields
-- @treturn table `into`
function M.add(into, from)
  if from then
    for name, value in pairs(from) do into[name] = value end
  end
  return into
end

--- @tparam ?table from nil has no fields
-- @treturn table another one with the same fields and no metatable; tables inside are shared
function M.copy(from)
  return M.add({}, from)
end

--- @tparam ?{any} list nil is empty
-- @treturn table value -> true
function M.set(list)
  local set = {}
  for _, value in ipairs(list or {}) do set[value] = true end
  return set
end

return M
