--- Finds methods, fields and values for a person who looks for a name: for `wdt methods`, `fields`,
-- `values`, and the shells' completion.
-- @module wdt.cli.known
local account = require "wdt.cli.account"
local catalog = require "wdt.catalog"
local edition = require "wdt.edition"
local nearest = require "wdt.nearest"
local schema = require "wdt.schema"
local ipairs, pairs, tonumber, tostring = ipairs, pairs, tonumber, tostring
local sort, concat = table.sort, table.concat

local M = {}

--- The editions that a command line is about.
-- @tparam table args `edition`, `profile`
-- @treturn {string}
function M.editions(args)
  if args.edition then return { args.edition } end
  local settings = account.settings(args.profile)
  local name = settings and settings.edition
  return edition.of(name) and { name } or edition.NAMES
end

--- The methods of these editions.
-- @tparam {string} editions
-- @treturn {table} `{ method, title, kind, edition, fields = whether they are known }`, by name
function M.methods(editions)
  local list = {}
  for _, name in ipairs(editions) do
    for method, entry in pairs(catalog[name]) do
      list[#list + 1] = { method = method, title = entry.title or "", kind = entry.kind,
        edition = name, fields = schema.methods[schema.of(name, method)] ~= nil }
    end
  end
  sort(list, function(a, b)
    if a.method ~= b.method then return a.method < b.method end
    return a.edition < b.edition
  end)
  return list
end

local UNKNOWN = { en = "'%s' is no method that is known", zh = "“%s”不是已知的方法" }
local NEAR = { en = "; the nearest: %s", zh = "；最接近的有：%s" }

-- Ends the command with a name that is none, and the names that resemble it.
local function refuse(app, text, name, names)
  local list = nearest.of(name, names)
  app:fail("usage", app:text(text):format(name)
    .. (#list > 0 and app:text(NEAR):format(concat(list, ", ")) or ""))
end

--- A method by its name, or by the command's word for it (stockouts, cancelled). Ends the command
-- where there is none of that name.
-- @tparam table args `edition`, `profile`
-- @tparam table app
-- @tparam string name
-- @treturn string its name
-- @treturn string the name of its fields (`fields`)
function M.method(args, app, name)
  local words = { stockouts = "STOCKOUTS", cancelled = "CANCELLED" }
  local names = { stockouts = true, cancelled = true }
  for _, one in ipairs(M.editions(args)) do
    local method = words[name] and edition[one][words[name]] or name
    if catalog[one][method] then return method, schema.of(one, method) end
    for known in pairs(catalog[one]) do names[known] = true end
  end
  refuse(app, UNKNOWN, name, names)
end

--- The fields of a method's rows, those of lists after the list.
-- @tparam string method as `wdt.schema.of` names it
-- @treturn ?{table} `{ path, label, type, private, values }`; nil where no document tells them
function M.fields(method)
  if not schema.methods[method] then return nil end
  local list = {}
  local function add(fields, before)
    for _, field in ipairs(fields) do
      list[#list + 1] = { path = before .. field[1], label = field[2], type = field[3],
        private = field.private or false, values = (field.values or field.bits) ~= nil }
      if field.fields then add(field.fields, before .. field[1] .. ".") end
    end
  end
  add(schema.methods[method], "")
  return list
end

local NO_FIELD_ANYWHERE = { en = "'%s' is no field of any method that is known",
  zh = "“%s”不是任何已知方法的字段" }

--- Ends the command where one of these paths is no field of any method of these editions.
-- @tparam table app
-- @tparam {string} editions
-- @tparam {string} paths
function M.check_anywhere(app, editions, paths)
  local names = {}
  for _, one in ipairs(M.methods(editions)) do
    if one.fields then
      for _, field in ipairs(M.fields(schema.of(one.edition, one.method))) do
        names[field.path] = true
      end
    end
  end
  for _, path in ipairs(paths) do
    if not names[path] then refuse(app, NO_FIELD_ANYWHERE, path, names) end
  end
end

local NO_FIELD = { en = "'%s' is no field of its rows", zh = "“%s”不是其数据的字段" }

--- The values of a field. Ends the command where it has no such field.
-- @tparam table app
-- @tparam string method whose fields are known
-- @tparam string path
-- @treturn {table} `{ value, label }`, numbers in their order
-- @treturn boolean true: each value is the worth of a bit
function M.values(app, method, path)
  local field = schema.field(method, path)
  if not field then
    local names = {}
    for _, one in ipairs(M.fields(method)) do names[one.path] = true end
    refuse(app, NO_FIELD, path, names)
  end
  local list = {}
  for value, label in pairs(field.values or field.bits or {}) do
    list[#list + 1] = { value = value, label = label }
  end
  sort(list, function(a, b)
    local x, y = tonumber(a.value), tonumber(b.value)
    if x and y then return x < y end
    return tostring(a.value) < tostring(b.value)
  end)
  return list, field.bits ~= nil
end

--- Tells whether a text holds a word, in whatever case.
-- @tparam ?string word nil: any text does
-- @tparam string ... texts
-- @treturn boolean
function M.holds(word, ...)
  if not word then return true end
  word = word:lower()
  for _, text in ipairs{ ... } do
    if text:lower():find(word, 1, true) then return true end
  end
  return false
end

return M
