--- How a query's values are delivered: as they come, in their own types (`typed`, `decimal`,
-- `datetime`), or masked (`mask`).
-- @module wdt.query.values
local problem = require "wdt.error".problem
local schema = require "wdt.schema"
local ipairs, concat = ipairs, table.concat

local M = {}

-- The methods whose fields are known, for an error.
local function known_methods()
  return concat(schema.names(), ", ")
end

-- The fields that tell who somebody is: those of the schema, and those that the query or the
-- catalogue adds. What a method hides is hidden in its history as well, and the other way round.
local function private_of(method, entries)
  local paths, has = schema.private(method), {}
  for _, path in ipairs(paths) do has[path] = true end
  for _, entry in ipairs(entries) do
    for _, path in ipairs(entry.private) do
      if not has[path] then paths[#paths + 1], has[path] = path, true end
    end
  end
  return paths
end

--- True if a query's `mask` is an option: it is, unless the method is known to have such a
-- parameter (`wms.StockSpec.search`), and it is no boolean. A mask that was written wrongly must
-- not become a parameter that the gateway passes over.
-- @tparam table query
-- @tparam table entry
-- @treturn boolean
function M.owns_mask(query, entry)
  return type(query.mask) == "boolean" or not (entry.params and entry.params.mask)
end

--- Reads the options.
-- @tparam table query whose options are each by itself as they have to be
-- @tparam string method
-- @tparam {table...} entries the catalogue's of the method and of its history; one may stand there
-- twice
-- @treturn ?table `{ types, datetime, mask }` as the decoder takes them, none of them where nothing
-- is asked for
-- @treturn ?string what is wrong
function M.of(query, method, entries)
  local typed, masked = query.typed == true, query.mask == true
  if query.mask ~= nil and type(query.mask) ~= "boolean" and M.owns_mask(query, entries[1]) then
    return problem("mask", query.mask, "true or false")
  end
  if query.private ~= nil and not masked then return problem(
    "private", query.private, "nothing without mask = true") end
  for _, name in ipairs{ "decimal", "datetime" } do
    if query[name] ~= nil and not typed then return problem(
      name, query[name], "nothing without typed = true") end
  end
  if not typed and not masked then return {} end
  if query.as == "json" then
    return problem(
      "as", query.as, ('"table" beside %s: as JSON, a row is handed on as the bytes that came')
        :format(typed and "typed" or "mask"))
  end
  local types = schema.types(method, typed and (query.decimal or "text") or nil)
  if typed and not types then
    return problem(
      "typed", true,
      "false: no document tells the types of this method's fields; known are those of "
      .. known_methods())
  end
  local mask = masked and private_of(method, entries) or nil
  if masked and not types and #mask == 0 then
    return problem(
      "mask", true,
      "false: no document tells which of this method's fields are personal; the query can, by "
      .. "private = { \"receiver_name\", … }; known are those of " .. known_methods())
  end
  return { types = types, datetime = query.datetime, mask = mask }
end

return M
