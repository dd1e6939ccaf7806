--- Describes what rows had that their schema does not say, added up over decoders or streams.
-- @module wdt.reading.deviations
local ipairs, insert = ipairs, table.insert

local M = {}

--- How many names are listed.
M.MOST = 32

local COUNTS = { "unknown_fields", "missing_fields", "retyped_fields" }

--- Begins a sum.
-- @tparam ?table into a table to begin it in, as `progress()` returns it
-- @treturn table `{ unknown_fields, missing_fields, retyped_fields, deviations }`, the last a list
-- of names in order
function M.new(into)
  into = into or {}
  for _, name in ipairs(COUNTS) do into[name] = 0 end
  into.deviations = {}
  return into
end

-- Puts a name where it belongs, once.
local function list(names, name)
  local at = 1
  while names[at] and names[at] < name do at = at + 1 end
  if names[at] ~= name and #names < M.MOST then insert(names, at, name) end
end

--- Adds what one decoder or stream found.
-- @tparam table sum
-- @tparam table found counts of the same names
-- @tparam table names e.g. `"unknown details_list.colour"`
function M.add(sum, found, names)
  for _, name in ipairs(COUNTS) do sum[name] = sum[name] + found[name] end
  for _, name in ipairs(names) do list(sum.deviations, name) end
end

return M
