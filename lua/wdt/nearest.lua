--- Known names that resemble one that is not known, for an error message.
-- @module wdt.nearest
local pairs, ipairs, tostring = pairs, ipairs, tostring
local min, max, floor = math.min, math.max, math.floor
local sort, concat = table.sort, table.concat

local M = {}

-- Most names that are told.
local MOST = 3

-- Edits that make `b` of `a`: bytes put in, taken out, changed, or two neighbours swapped.
local function distance(a, b)
  local before, last = nil, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if before and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = min(row[j], before[j - 2] + 1)
      end
    end
    before, last = last, row
  end
  return last[#b]
end

-- A name that begins as the known one does is near, however much longer that is; and one that is
-- longer, where that can be no chance.
local function is_beginning(name, known)
  local n = min(#name, #known)
  return n >= (#name < #known and 2 or 3) and name:sub(1, n) == known:sub(1, n)
end

--- The names nearest to one: those within a third of its length, else the least far.
-- @tparam string name
-- @tparam table names a set of names: their values mean nothing
-- @treturn {string...} up to three, the nearest first; empty if there are no names
function M.of(name, names)
  local ranked, lower = {}, name:lower()
  for known in pairs(names) do
    local text = tostring(known):lower()
    local far = is_beginning(lower, text) and 1 or distance(lower, text)
    ranked[#ranked + 1] = { far = far, name = tostring(known) }
  end
  sort(ranked, function(a, b)
    if a.far ~= b.far then return a.far < b.far end
    return a.name < b.name
  end)
  local list, most = {}, ranked[1] and max(ranked[1].far, floor(#name / 3))
  for i, one in ipairs(ranked) do
    if i > MOST or one.far > most then break end
    list[i] = one.name
  end
  return list
end

--- Writes those names as the end of an error message.
-- @tparam string name
-- @tparam table names a set of names
-- @treturn string e.g. `"; the nearest known: 'status'"`, or ""
function M.hint(name, names)
  local list = M.of(name, names)
  if #list == 0 then return "" end
  return "; the nearest known: '" .. concat(list, "', '") .. "'"
end

return M
