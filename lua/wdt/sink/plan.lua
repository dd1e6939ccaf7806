--- What `core.laying` needs to know of tables (`wdt.sink.columns`) to lay rows out from their JSON.
-- @module wdt.sink.plan
local core = require "wdt.native".load "wdt.core"
local ipairs, pairs = ipairs, pairs

local M = {}

-- Tables, and names in all, beyond which rows go the long way: a decoder that knows more of them
-- gives no types to some.
local MOST_TABLES, MOST_NAMES, DEEPEST = 64, 1000, 7

-- Names that rows of objects have by chance only: the decoder has no types for them.
local ODD = { [""] = true, _value = true }

-- Tables in an order in which lists come after those that hold them.
local function tables_of(root)
  local list, at = { root }, 0
  while at < #list do
    at = at + 1
    for _, child in pairs(list[at].lists) do list[#list + 1] = child end
  end
  for index, owner in ipairs(list) do list[owner] = index end
  return list
end

-- The fields of one table, as a plan has them.
local function fields_of(owner, places)
  local fields, by_name = {}, {}
  for _, column in ipairs(owner.columns) do
    local name = column.field
    if name and not ODD[name] and owner.by_field[name] == column then
      local field = { name, column.kind, column.at }
      fields[#fields + 1], by_name[name] = field, field
    end
  end
  for name, child in pairs(owner.lists) do
    local field = by_name[name] or { name }
    field.list = places[child]
    if not by_name[name] and not ODD[name] then fields[#fields + 1] = field end
  end
  return fields
end

--- Makes what lays rows out.
-- @tparam Table root
-- @tparam table dialect
-- @tparam string modified the field of a row's version
-- @treturn ?table of `core.laying`; nil where the tables are more than it takes: then rows go the
-- long way, by `wdt.sink.laying`
-- @treturn {Table...} the tables, each with its place in the list under itself
function M.laying(root, dialect, modified)
  local list, names = tables_of(root), 0
  local plan = { tables = {}, modified = modified, version_at = root.modified.at,
    read_at = root.read_at.at, document_at = root.document and root.document.at,
    whole = dialect.decimal.whole, places = dialect.decimal.places,
    significant = dialect.decimal.significant, fractions = dialect.fractions,
    yes = dialect.booleans[true], no = dialect.booleans[false] }
  if #list > MOST_TABLES then return nil, list end
  for index, owner in ipairs(list) do
    local fields = fields_of(owner, list)
    names = names + #fields
    if names > MOST_NAMES or owner.depth >= DEEPEST then return nil, list end
    plan.tables[index] = { width = owner.width, own = 1 + #root.ids + owner.depth,
      fields = fields }
  end
  return core.laying(plan), list
end

return M
