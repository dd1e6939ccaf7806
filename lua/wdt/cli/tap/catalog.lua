--- The catalog of `wdt tap`: which streams an account has, and which of them are wanted.
-- @module wdt.cli.tap.catalog
local catalog = require "wdt.catalog"
local json = require "wdt.json"
local known = require "wdt.schema"
local query = require "wdt.query"
local schema = require "wdt.cli.tap.schema"
local ipairs, pairs, sort, type = ipairs, pairs, table.sort, type

local M = {}

-- Streams under the library's own words, and the one that is read where no catalog says which.
local WORDS = { STOCKOUTS = "stockouts", CANCELLED = "cancelled_stockouts" }
local DEFAULT = "stockouts"

-- The fields that are always read: they tell which row it is and how new.
local function automatic(stream)
  local names = {}
  for _, name in ipairs(stream.entry.ids) do names[name] = true end
  if stream.clock then names[stream.clock] = true end
  return names
end

-- Returns the stream of a method, under a word of the library where it has one; nil where its rows
-- have no known fields or identity, or where it can't be asked for by time alone.
local function stream_of(client, method, entry, word)
  local fields, snapshot = known.of(client.edition, method), entry.timeless == true
  if entry.kind ~= "query" or not known.methods[fields] or #entry.ids == 0 then return nil end
  local asked = snapshot and {} or { start = 0, stop = 0 }
  if word == WORDS.CANCELLED then asked = client.dialect.cancelled(asked) end
  local spec = query.parse(client.edition, method, asked)
  if not spec or not (snapshot or spec.range) then return nil end
  local keys = json.list{}
  for i, name in ipairs(entry.ids) do keys[i] = name end
  return { name = word or method, method = method, what = word, entry = entry, fields = fields,
    snapshot = snapshot, keys = keys, clock = not snapshot and spec.variants[1].clock or nil }
end

--- All streams of an edition: its queries whose fields and identity are known.
-- @tparam table client
-- @treturn {table} `{ name, method, what, entry, fields, snapshot, keys, clock }`; `what` for a
-- stream that the library has a word for, `snapshot`: it has no times and is read whole; `clock`:
-- the field whose time a row is read by
function M.streams(client)
  local list, has_word = {}, {}
  for name, word in pairs(WORDS) do
    local method = client.dialect[name]
    has_word[method] = true
    list[#list + 1] = stream_of(client, method, catalog[client.edition][method], word)
  end
  for method, entry in pairs(catalog[client.edition]) do
    if not has_word[method] then list[#list + 1] = stream_of(client, method, entry) end
  end
  sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function metadata_of(stream, one)
  local names, list = automatic(stream), json.list{}
  list[1] = { breadcrumb = json.list{}, metadata = { inclusion = "available",
    ["selected-by-default"] = stream.name == DEFAULT, ["table-key-properties"] = stream.keys,
    ["forced-replication-method"] = stream.snapshot and "FULL_TABLE" or "INCREMENTAL",
    ["valid-replication-keys"] = stream.clock and json.list{ stream.clock } or nil } }
  local sorted = {}
  for name in pairs(one.properties) do sorted[#sorted + 1] = name end
  sort(sorted)
  for i, name in ipairs(sorted) do
    list[i + 1] = { breadcrumb = json.list{ "properties", name },
      metadata = { inclusion = names[name] and "automatic" or "available",
        ["selected-by-default"] = true } }
  end
  return list
end

--- The document that `--discover` prints.
-- @tparam table client
-- @treturn table
function M.discover(client)
  local list = json.list{}
  for i, stream in ipairs(M.streams(client)) do
    local one = schema.of(stream)
    list[i] = { tap_stream_id = stream.name, stream = stream.name, schema = one,
      key_properties = stream.keys, replication_key = stream.clock,
      metadata = metadata_of(stream, one),
      replication_method = stream.snapshot and "FULL_TABLE" or "INCREMENTAL" }
  end
  return { streams = list }
end

-- The fields that a stream of the catalog selects: a set of names, and true where some are left
-- out.
local function selected_fields(stream, entries)
  local only, some = {}, false
  local always = automatic(stream)
  for _, field in ipairs(known.methods[stream.fields]) do only[field[1]] = true end
  for _, one in ipairs(entries) do
    local path, said = one.breadcrumb, one.metadata
    if type(path) == "table" and path[1] == "properties" and only[path[2]] and #path == 2
      and said.selected == false and not always[path[2]] then
      only[path[2]], some = nil, true
    end
  end
  return only, some
end

-- Where the user says nothing, `selected-by-default` decides, as the specification has it.
local function is_selected(entries)
  for _, one in ipairs(entries) do
    if type(one.breadcrumb) == "table" and #one.breadcrumb == 0 then
      local said = one.metadata.selected
      if type(said) ~= "boolean" then said = one.metadata["selected-by-default"] end
      return said == true
    end
  end
  return false
end

--- The streams that are to be read, each with `only` (a set of fields) where not all are.
-- @tparam {table} streams
-- @tparam ?table chosen the user's catalog; nil: the default
-- @treturn ?{table}
-- @treturn ?string what is wrong
function M.selected(streams, chosen)
  local by_name, list = {}, {}
  for _, stream in ipairs(streams) do by_name[stream.name] = stream end
  if not chosen then return { by_name[DEFAULT] } end
  if type(chosen.streams) ~= "table" then return nil, "a catalog is an object with 'streams'" end
  for _, one in ipairs(chosen.streams) do
    local entries = type(one.metadata) == "table" and one.metadata or {}
    if one.selected == true or is_selected(entries) then
      local stream = by_name[one.tap_stream_id]
      if not stream then
        return nil, ("the account has no stream '%s'"):format(one.tap_stream_id or "?")
      end
      local only, some = selected_fields(stream, entries)
      stream.only = some and only or nil
      list[#list + 1] = stream
    end
  end
  return list
end

return M
