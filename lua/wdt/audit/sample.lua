--- Rows of the copy, drawn at random, against the gateway's answer to a look-up by their number:
-- what no window shows, as a row that was altered in the copy.
-- @module wdt.audit.sample
local ipairs, pairs = ipairs, pairs

local M = { MANY = 20 }

-- A field of the rows that is also a parameter which looks one up; nil where there is none.
local function number_field(audit)
  for _, names in ipairs(audit.reads.entry.lookups) do
    local name = names[1]
    if #names == 1 and audit.copy.table.fields[name] then return name end
  end
end

-- The gateway's row; nil where it shows none; or nil, err, code.
local function look_up(audit, field, one, types)
  local stream, found = audit.job:looker(field, one.number, types), nil
  while true do
    local row, err, code = stream:next()
    if err then return nil, err, code end
    if row == nil then return found end
    if audit.copy:id_of(row) == one.id then found = row end
  end
end

-- The name of the first field, by name, that the copy has otherwise; nil where there is none.
local function differing_field(copy, row, cells)
  local first
  for name in pairs(row) do
    if copy:compares(name) and (not first or name < first)
      and not copy:stands(name, row[name], cells[name]) then
      first = name
    end
  end
  return first
end

--- Checks rows at random.
-- @tparam Audit audit
-- @tparam integer n
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @treturn {table} differences; or nil, err, code, zh
function M.check(audit, n, start, stop)
  local field, differences = number_field(audit), {}
  if not field then return differences end
  local types = audit.copy:sample_types()
  local list, err, code, zh = audit.copy:sample(n, field, start, stop)
  if not list then return nil, err, code, zh end
  for _, one in ipairs(list) do
    local row
    row, err, code = look_up(audit, field, one, types)
    if err then return nil, err, code end
    audit.looked_up = audit.looked_up + 1
    local version = row and audit.copy.version(row[audit.copy.entry.modified])
    if not row then audit.gone[#audit.gone + 1] = one.number end
    local name = version == one.version and differing_field(audit.copy, row, one.cells)
    if name then
      differences[#differences + 1] = { kind = "differs", day = one.day, number = one.number,
        id = one.id, shop_no = one.cells.shop_no, skus = {}, field = name }
    end
  end
  return differences
end

return M
