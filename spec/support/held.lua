--- Holds tables of a database against rows as a gateway tells them: every field of every row and
-- line, and nothing beside them.
local M = {}

-- "" and the date that says "never" are nothing where the column is none of texts.
local NOTHING = { [""] = true, ["0000-00-00 00:00:00"] = true }

-- True if a column's text is a value as it should stand there.
local function same(value, cell)
  if cell == nil then return NOTHING[value] or type(value) == "userdata" end
  if value == cell then return true end
  local a, b = tonumber(value), tonumber(cell)
  if a and b and not (value:find "^0%d" or #value > 15) then return a == b end
  return value == (cell:gsub("%.0+$", ""))
end

local function add_differences(row, cells, path, found)
  for name, value in pairs(row) do
    if type(value) ~= "table" and not same(value, cells[name]) then
      found[#found + 1] = ("%s.%s: %s, stands as %s"):format(path, name, tostring(value),
        tostring(cells[name]))
    end
  end
  for name, cell in pairs(cells) do
    if not name:find "^_" and row[name] == nil then
      found[#found + 1] = ("%s.%s: %s of a field that is gone"):format(path, name, cell)
    end
  end
end

--- Returns all that differs, a line each.
-- @tparam table db of `support.databases`
-- @tparam string name the table; its lines are in `NAME_details_list`
-- @tparam {table...} rows
-- @treturn {string...}
function M.differences(db, name, rows)
  local copy, lines, found = {}, {}, {}
  for _, cells in ipairs(db.all("SELECT * FROM " .. name)) do copy[cells.stockout_id] = cells end
  for _, cells in ipairs(db.all(("SELECT * FROM %s_details_list ORDER BY _n"):format(name))) do
    local id = cells._stockout_id
    lines[id] = lines[id] or {}
    table.insert(lines[id], cells)
    if not copy[id] then found[#found + 1] = "a line of no row: " .. id end
    if tostring(#lines[id]) ~= cells._n then
      found[#found + 1] = ("line %s of %s stands at %d"):format(cells._n, id, #lines[id])
    end
  end
  for _, row in ipairs(rows) do
    local id = tostring(row.stockout_id)
    local own = lines[id] or {}
    if not copy[id] then
      found[#found + 1] = "lost: " .. id
    else
      add_differences(row, copy[id], id, found)
      for i, line in ipairs(row.details_list) do
        add_differences(line, own[i] or {}, id .. "/" .. i, found)
      end
      if #own ~= #row.details_list then
        found[#found + 1] = ("%d lines of %s, %d were told"):format(#own, id, #row.details_list)
      end
    end
  end
  return found
end

return M
