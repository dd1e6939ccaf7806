--- Rows of the copy, drawn at random, against the gateway's answer to a look-up by their number:
-- what no window shows, as a row that was altered in the copy.
-- @module wdt.audit.sample
local ipairs, pairs, tonumber, tostring, type = ipairs, pairs, tonumber, tostring, type

local M = { MANY = 20 }

-- A field of the rows that is also a parameter which looks one up; nil where there is none.
local function number_field(audit)
  for _, names in ipairs(audit.reads.entry.lookups) do
    local name = names[1]
    if #names == 1 and audit.copy.table.fields[name] then return name end
  end
end

-- Returns a function that opens a stream for a number.
local function opener(audit)
  return audit.what == "stockouts" and audit.client.stockouts or function(client, query)
    return client:records(audit.reads.method, query)
  end
end

-- The gateway's row; nil where it shows none; or nil, err, code.
local function look_up(audit, field, one)
  local stream = opener(audit)(audit.client, { [field] = one.number })
  local found
  while true do
    local row, err, code = stream:next()
    if err then return nil, err, code end
    if row == nil then return found end
    if audit.copy:id_of(row) == one.id then found = row end
  end
end

-- The name of a field that the copy has otherwise; nil where there is none. Texts as they are,
-- numbers by their worth.
local function differing_field(row, cells)
  for name, cell in pairs(cells) do
    local value = row[name]
    -- half a character and a zero byte stand otherwise in a database
    local plain = type(value) == "number" or type(value) == "string" and value ~= ""
      and not value:find "%z" and not tostring(cell):find("\239\191\189", 1, true)
    if plain and tostring(value) ~= cell
      and (not tonumber(value) or tonumber(value) ~= tonumber(cell)) then
      return name
    end
  end
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
  local list, err, code, zh = audit.copy:sample(n, field, start, stop)
  if not list then return nil, err, code, zh end
  for _, one in ipairs(list) do
    local row
    row, err, code = look_up(audit, field, one)
    if err then return nil, err, code end
    audit.looked_up = audit.looked_up + 1
    local version = row and audit.copy.version(row[audit.copy.entry.modified])
    if not row then audit.gone[#audit.gone + 1] = one.number end
    local name = version == one.version and differing_field(row, one.cells)
    if name then
      differences[#differences + 1] = { kind = "differs", day = one.day, number = one.number,
        id = one.id, shop_no = one.cells.shop_no, skus = {}, field = name }
    end
  end
  return differences
end

return M
