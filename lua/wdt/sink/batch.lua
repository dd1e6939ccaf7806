--- Reads the documents of a batch: most are laid out as cells by `core.laying` at once; those that
-- are not plain become Lua values.
-- @module wdt.sink.batch
local beijing = require "wdt.beijing"
local kinds = require "wdt.sink.kinds"
local ipairs, select, type, concat, time = ipairs, select, type, table.concat, os.time

local M = { NO_ROW = { en = "it is no row: %s", zh = "不是有效的记录：%s" } }

local NO_IDENTITY = { en = "it has no identity (%s)", zh = "缺少主键（%s）" }

--- Rows of documents.
-- @tparam Layout layout of `wdt.sink.tables`: its `decoder`
-- @tparam {string...} documents
-- @treturn ?{table...} nil where one of them is no row
-- @treturn ?string then, what is wrong
function M.decode(layout, documents)
  local decoder, rows = layout.decoder, {}
  decoder:reset()
  decoder:feed('{"rows":[' .. concat(documents, ",") .. "]}")
  for i = 1, #documents do
    local row, err = decoder:next()
    if type(row) ~= "table" then return nil, err or "a value" end
    rows[i] = row
  end
  local row, err = decoder:next()
  if row ~= nil or err then return nil, err or "several values" end
  return rows
end

-- Adds what was read of a document. Of several versions of a row the newest stays.
local function add(list, places, one)
  local place = places[one.id]
  if not place then
    list[#list + 1], places[one.id] = one, #list + 1
  elseif one.version > list[place].version or one.version == "" then
    list[place] = one
  end
end

-- What is known of a row that was decoded; nil where it is rejected.
local function of_row(layout, document, row, why)
  local entry = layout.sink.entry
  if not row then return layout:reject(document, nil, M.NO_ROW, why) end
  local id, cells, keys = layout.laying:identify(layout.root, row)
  if not id then return layout:reject(document, nil, NO_IDENTITY, concat(entry.ids, ", ")) end
  return { id = id, document = document, row = row, cells = cells, keys = keys,
    version = kinds.version(row[entry.modified]) }
end

-- What is known of a row that was laid out at once; nil where it was not.
local function of_laid(layout, document, at, version, id, ...)
  if not at then return nil end
  local ids, cells = layout.root.ids, {}
  for i, column in ipairs(ids) do
    local text = i == 1 and id or select(i - 1, ...)
    cells[i] = column.kind == "int" and text or layout.sink.dialect.text_literal(text)
  end
  if #ids > 1 then id = concat({ id, ... }, "\0") end
  return { id = id, document = document, at = at, cells = cells, version = version }
end

-- Lays documents out. What is known of each by its place; false where it has to be decoded.
local function lay(layout, documents)
  local list, odd, layer = {}, {}, layout.layer
  local clean = layout.root.document and layout.sink.dialect.clean
  if layer then layer:reset(layout.sink.account or "", beijing.format(time())) end
  for i, document in ipairs(documents) do
    list[i] = layer
      and of_laid(layout, document, layer:put(document, clean and clean(document))) or false
    if not list[i] then odd[#odd + 1] = document end
  end
  return list, odd
end

--- Reads documents. Rows without an identity are rejected; of several versions of a row the newest
-- stays.
-- @tparam Layout layout of `wdt.sink.tables`
-- @tparam {string...} documents
-- @treturn {table...} of each row `document`, `version`, `id`, `cells` (literals of its identity);
-- and `at`, its place in the layer, where it is laid out already, or else `row` and `keys`
function M.read(layout, documents)
  local known, odd = lay(layout, documents)
  local rows, list, places, at = #odd > 0 and M.decode(layout, odd), {}, {}, 0
  for i, document in ipairs(documents) do
    local one = known[i]
    if not one then
      local row, why
      at = at + 1
      if rows then
        row = rows[at]
      else
        row, why = M.decode(layout, { document })
        row = row and row[1]
      end
      one = of_row(layout, document, row, why)
    end
    if one then add(list, places, one) end
  end
  return list
end

return M
