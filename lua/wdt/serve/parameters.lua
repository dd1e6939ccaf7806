--- The parameters of an address, checked: the query that they make, and the form of the answer.
-- @module wdt.serve.parameters
local beijing = require "wdt.beijing"
local edition = require "wdt.edition"
local nearest = require "wdt.nearest"
local map = require "wdt.map"
local problem = require "wdt.error".problem
local texts = require "wdt.query.texts"
local ipairs, pairs, type, concat, sort, time = ipairs, pairs, type, table.concat, table.sort,
  os.time

local M = {}

local FLAGS = { ["true"] = true, ["1"] = true, ["false"] = false, ["0"] = false }

local function flag(text)
  if FLAGS[text] == nil then return nil, "true or false" end
  return FLAGS[text]
end

local function one_of(list)
  local names, said = map.set(list), '"' .. concat(list, '", "') .. '"'
  return function(text)
    if not names[text] then return nil, said end
    return text
  end
end

local ROUTES = { "both" }
for _, name in ipairs(edition.ROUTES) do ROUTES[#ROUTES + 1] = name end

local function history(text)
  if text == "both" then return "both" end
  local value = FLAGS[text]
  if value == nil then return nil, 'true, false or "both"' end
  return value
end

local function text_of(text) return text end

-- When: name -> converter.
local TIMES = { start = texts.moment "00:00:00", stop = texts.moment "23:59:59", day = texts.day,
  month = texts.month, last = texts.duration }

-- How to read: they go into the query.
local HOW = { fields = texts.list, private = texts.list, typed = flag, mask = flag,
  decimal = one_of{ "text", "number" }, route = one_of(ROUTES),
  history = history, read = one_of{ "seek", "sweep" }, strict = flag, allow_unknown = flag,
  page_size = texts.positive, lanes = texts.positive, duplicates = one_of{ "keep", "drop" } }

-- The form of the answer.
local FORM = { format = one_of{ "ndjson", "json", "csv", "xlsx", "preview" }, explode = text_of,
  header = one_of{ "name", "label" }, bom = flag, excel = flag, shared = flag,
  limit = texts.positive, source = one_of{ "copy", "gateway" } }

-- The names of each kind, for the description of the service.
M.TIMES, M.HOW, M.FORM = TIMES, HOW, FORM

-- Parameters of which several values may be given, parted by commas.
local LISTS = { status = true, shop_no = true, warehouse_no = true }

--- The parameters that a method takes by their own names.
-- @tparam table entry of the catalogue
-- @treturn table a set
function M.known(entry)
  local known = map.copy(entry.params)
  for _, names in ipairs{ TIMES, HOW, FORM } do map.add(known, names) end
  return known
end

local function times_of(given)
  local ways = 0
  for _, name in ipairs{ "start", "day", "month", "last" } do
    if given[name] then ways = ways + 1 end
  end
  if ways > 1 or given.stop and not given.start then
    return nil, "the time is start and stop, or day, or month, or last"
  end
  if given.day then
    return { beijing.parse(given.day .. " 00:00:00"), beijing.parse(given.day .. " 23:59:59") }
  elseif given.month then
    return given.month
  elseif given.last then
    local now = time()
    return { now - given.last + 1, now }
  end
  return { given.start, given.start and (given.stop or time()) }
end

local function names_of(args)
  local names = {}
  for name in pairs(args) do names[#names + 1] = name end
  sort(names)
  return names
end

-- One business parameter: a text, or a list.
local function business(name, text)
  local list = LISTS[name] and texts.list(text)
  return list and #list > 1 and list or text
end

-- Puts one parameter where it belongs; or nil and what is wrong.
local function put(given, name, text, known)
  if type(text) == "table" then
    return nil, ("parameter '%s' is given twice"):format(name)
  elseif text == true or text == "" then
    return problem(name, "", "a value")
  end
  local other = name:match "^param%.([%w_]+)$"
  if other then
    given.query[other] = text
    return true
  elseif not known[name] then
    return nil, ("parameter '%s' is not known%s; one that no document names is given as param.%s")
      :format(name, nearest.hint(name, known), name:gsub("[^%w_]", ""))
  end
  local convert = TIMES[name] or HOW[name] or FORM[name]
  if not convert then
    given.query[name] = business(name, text)
    return true
  end
  local value, err = convert(text)
  if value == nil then
    if err:find("^'") then return nil, ("parameter '%s': %s"):format(name, err) end
    return problem(name, text, err)
  end
  local owner = TIMES[name] and given.times or FORM[name] and given.form or given.query
  owner[name] = value
  return true
end

local COLUMNS = { csv = true, xlsx = true, preview = true }

local function check_form(given)
  local form = given.form
  form.format = form.format or "ndjson"
  for _, name in ipairs{ "explode", "header" } do
    if form[name] and not COLUMNS[form.format] then
      return problem(name, form[name], "nothing where the format is neither csv nor xlsx")
    end
  end
  if form.shared and not form.explode then
    return problem("shared", true, "explode beside it")
  end
  return true
end

--- Reads the parameters of an address.
-- @tparam table args name -> text; true where it has no value, a list where it stands there twice
-- @tparam table entry the catalogue's of the method
-- @treturn ?table `{ query, form }`
-- @treturn ?string what is wrong
function M.of(args, entry)
  local given = { query = {}, times = {}, form = {} }
  local known = M.known(entry)
  for _, name in ipairs(names_of(args)) do
    local ok, err = put(given, name, args[name], known)
    if not ok then return nil, err end
  end
  local times, err = times_of(given.times)
  if not times then return nil, err end
  given.query.start, given.query.stop = times[1], times[2]
  local ok
  ok, err = check_form(given)
  if not ok then return nil, err end
  return given
end

return M
