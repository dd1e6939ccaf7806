--- Describes what is known of each method, as data: `catalog.<edition>`, keyed by the method's
-- name.
--
-- An entry, as it is written; what it leaves out is not documented by anybody, or is as usual:
--
-- * `title`: the vendor's name for it
-- * `kind`: `"query"` (the usual), `"push"` (creates documents) or `"action"`
-- * `list`: dotted path of the rows in the answer; where it is not known, a query has to tell it
-- * `total`: dotted path of the number of rows; usually `total_count` (enterprise),
--   `data.total_count` (ultimate)
-- * `id`: the field that is a row's identity, or a list of fields that are it together; where it is
--   not known, a query has to tell it
-- * `modified`: the field that tells a row's versions apart; usually `modified`
-- * `times`: pairs of parameters for a window, usually `start_time` and `end_time`. The first pair
--   is what `start` and `stop` become. A pair's `field` is the time of a row that it is about;
--   false: not known
-- * `clock`: which time of a row a window is about: a list of rules, the first that holds decides;
--   usually `modified`. A rule without `field`: not known
-- * `span`, `spans`: the largest stop − start that is accepted, in seconds, and the one with a
--   certain parameter; where it is not known, an hour, which every method accepts
-- * `ends`: `"closed"`: a window includes its last second; usually `"unknown"`
-- * `timeless`: true: it can be read without times; `"unknown"`: no one tells whether it can
-- * `lookups`: parameters that need no times; `a+b`: only together
-- * `nothing_found`: numbers of refusals that only say that there is nothing (enterprise)
-- * `required`, `fixed`: parameters that it can't do without; parameters that are always sent
-- * `paged`: false: one call answers all (`client:call`)
-- * `page_size`, `page_max`: rows a page to ask for (40, ultimate 100); the most that is documented
-- * `history`: the method that serves archived rows
-- * `params`: the business parameters it takes; where they are not known, any is sent
-- * `numbers`: those of them that are small whole numbers
-- * `words`: how a query's `status` is said in the words of this method
-- * `sorted`: by clock: a parameter, its value, and the order of time that the server promises for
--   it
-- * `cuts`: up to three parameters by which a dense second can be cut, and the row's field for
--   each; usually shop_no and warehouse_no
-- * `lifecycle`: the order in which a row passes through the values of `status` (or through what
--   `words` makes of them)
-- * `hides`: kinds of rows that the API's own gateway keeps back (`wdt.edition.blind`)
-- * `qimen`: its name on that route, where it is not the one by rule (`wdt.edition.qimen`)
-- * `nested`: lists within a row
-- * `private`: paths of fields that tell who somebody is, where the schema (`wdt.schema`) does not
--   say it; as a list, or one text
-- * `args`: names of the positional arguments of a method that takes no table
--
-- Lists of names are written as one text. That a time is called `modified`, `created` or
-- `consign_time` where a page tells only which time is meant is an assumption that can't do harm: a
-- row that lacks the field, or shows a time outside of its window, proves nothing and is handed out
-- all the same. Where neither a window's end nor its time is known, a range may bring the rows of
-- the one second after it.
-- @module wdt.catalog
local duration = require "wdt.duration"
local misuse = require "wdt.error".misuse
local map = require "wdt.map"
local setmetatable, tonumber, tostring, type, pairs, ipairs = setmetatable, tonumber, tostring,
  type, pairs, ipairs

local HOUR = duration.HOUR

-- By edition: the vendor's name for it, and what is usual there.
local EDITIONS = {
  enterprise = { title = "企业版", total = "total_count", page_size = 40 },
  ultimate = { title = "旗舰版", total = "data.total_count", page_size = 100 },
  huice = { title = "慧策网页版", total = "total_count", page_size = 100 },
}

local M = {
  --- The names of the editions, in the order in which people are told of them.
  NAMES = { "enterprise", "ultimate", "huice" },
  --- Their Chinese titles, by name.
  TITLES = {},
}

for name, edition in pairs(EDITIONS) do M.TITLES[name] = edition.title end

local function words(text)
  local list = {}
  for word in (text or ""):gmatch("%S+") do list[#list + 1] = word end
  return list
end

local function set(text)
  local names = map.set(words(text))
  return names
end

-- "a b+c" -> { { "a" }, { "b", "c" } }
local function combinations(text)
  local list = words(text)
  for i, word in ipairs(list) do list[i] = words((word:gsub("+", " "))) end
  return list
end

-- Parameters that name a field of most rows. Cutting by one that does not is harmless: the pieces'
-- totals will not add up.
local function usual_cuts(entry)
  local cuts = {}
  for _, name in ipairs{ "shop_no", "warehouse_no" } do
    if #entry.ids == 1 and entry.params and entry.params[name] then
      cuts[#cuts + 1] = { param = name, field = name } end
  end
  return cuts
end

--- True if a value is a path to a field: names joined by dots.
-- @param value
-- @treturn boolean
function M.is_path(value)
  return type(value) == "string" and not ("." .. value .. "."):find("..", 1, true)
end

--- True if a value is a list of such paths, at least one.
-- @param value
-- @treturn boolean
function M.is_paths(value)
  if type(value) ~= "table" then return false end
  local n = 0
  for _ in pairs(value) do n = n + 1 end
  for i = 1, n do -- so that no hole ends the list early
    if not M.is_path(value[i]) then return false end
  end
  return n > 0
end

--- Fills in what an entry leaves out, and takes its texts apart: `params`, `numbers` become sets;
-- `lookups` a list of lists; `required`, `nested`, `args` lists; `ids` is `id` as a list, empty
-- where it is not known.
-- @tparam string edition
-- @tparam table written
-- @treturn table another table
function M.complete(edition, written)
  local entry = map.copy(written)
  entry.kind = written.kind or "query"
  if entry.paged == nil then entry.paged = entry.kind == "query" end
  entry.total = written.total or EDITIONS[edition].total
  entry.ids = type(written.id) == "string" and { written.id } or written.id or {}
  entry.modified = written.modified or "modified"
  entry.times = written.times or { { "start_time", "end_time" } }
  entry.timeless = written.timeless or #entry.times == 0
  entry.clock = written.clock or { { field = "modified" } }
  entry.span, entry.spans, entry.ends = written.span or HOUR, written.spans or {}, written.ends
    or "unknown"
  entry.page_size = written.page_size or written.page_max or EDITIONS[edition].page_size
  entry.lookups, entry.nothing_found = combinations(written.lookups), set(written.nothing_found)
  entry.required, entry.nested, entry.args = words(written.required), words(written.nested),
    words(written.args)
  entry.private = type(written.private) == "table" and written.private or words(written.private)
  entry.params, entry.hides = written.params and set(written.params), set(written.hides)
  entry.numbers, entry.fixed, entry.sorted = set(written.numbers), written.fixed
    or {}, written.sorted or {}
  entry.cuts = #entry.ids <= 1 and written.cuts or usual_cuts(entry)
  return entry
end

local function holds(rule, params)
  if rule.without and params[rule.without] ~= nil then return false end
  if rule.param == nil then return true end
  local value = params[rule.param]
  if value == nil then return false end
  if rule.below then return tonumber(value) ~= nil and tonumber(value) < rule.below end
  return tostring(value) == rule.equals
end

--- The field of a row that a window of this query is about.
-- @tparam table entry
-- @tparam table params
-- @tparam ?table times the pair of `entry.times` that the window is given by
-- @treturn ?string nil where it is not known
function M.clock(entry, params, times)
  if times and times.field ~= nil then return times.field or nil end
  for i = 1, #entry.clock do
    if holds(entry.clock[i], params) then return entry.clock[i].field end
  end
end

--- The largest stop − start of a window of this query.
-- @tparam table entry
-- @tparam table params
-- @treturn integer seconds
function M.span(entry, params)
  for name, span in pairs(entry.spans) do
    if params[name] ~= nil then return span end
  end
  return entry.span
end

--- The number of rows that an answer announces.
-- @tparam table entry
-- @tparam table envelope the answer without its rows
-- @treturn ?number
function M.total(entry, envelope)
  local value = envelope
  for name in entry.total:gmatch("[^.]+") do
    if type(value) ~= "table" then return nil end
    value = value[name]
  end
  return tonumber(value)
end

local EXPECTED = { list = "the dotted path of the rows in the answer, as text",
  id = "the name of the field that is a row's identity, or a list of up to three that are it "
    .. "together",
  cuts = "a list of up to three { param = …, field = … }, of different fields that tell neither "
    .. "identity nor version",
  private = "a list of paths, or one text" }

local function is_identity(id)
  return type(id) == "string" and id ~= "" or type(id) == "table" and #id >= 1 and #id <= 3
end

-- A decoder tells each field once.
local function are_cuts(written)
  local cuts, taken = written.cuts, { [written.modified or "modified"] = true }
  if type(cuts) ~= "table" or #cuts > 3 then return false end
  if type(written.id) == "string" then taken[written.id] = true end
  for i = 1, #cuts do
    local cut = cuts[i]
    if type(cut) ~= "table" or type(cut.param) ~= "string" or type(cut.field) ~= "string" then
      return false end
    if taken[cut.field] then return false end
    taken[cut.field] = true
  end
  return true
end

--- Adds a method, or replaces what is said of one, for this process.
-- @tparam string edition one of `NAMES`
-- @tparam string method
-- @tparam table written an entry as above; at least `list` and `id`, unless its `kind` is not
-- `"query"` or it is not `paged`
-- @usage wdt.catalog.add("ultimate", "custom.Thing.search", { list = "data.order", id = "rec_id",
-- span = 86400, history = "…" })
function M.add(edition, method, written)
  if not EDITIONS[edition] then
    misuse(1, "edition", edition, '"' .. table.concat(M.NAMES, '" or "') .. '"')
  end
  if type(method) ~= "string" or method == "" then misuse(
    1, "method", method, "the name of a method") end
  if type(written) ~= "table" then misuse(1, "entry", written, "a table") end
  if (written.kind or "query") == "query" and written.paged ~= false then
    if type(written.list) ~= "string" then misuse(1, "entry.list", written.list, EXPECTED.list) end
    if not is_identity(written.id) then misuse(1, "entry.id", written.id, EXPECTED.id) end
    if written.cuts ~= nil and not are_cuts(written) then
      misuse(1, "entry.cuts", written.cuts, EXPECTED.cuts) end
  end
  local private = written.private
  if private ~= nil and not M.is_paths(type(private) == "string" and words(private) or private) then
    misuse(1, "entry.private", private, EXPECTED.private)
  end
  M[edition][method] = M.complete(edition, written)
end

-- An edition is read when somebody asks for it: few programs need several, and what is in memory is
-- in the collector's way.
setmetatable(M, { __index = function(_, edition)
  if not EDITIONS[edition] then return nil end
  local entries = {}
  for method, written in pairs(require("wdt.catalog." .. edition)) do
    entries[method] = M.complete(edition, written) end
  M[edition] = entries
  return entries
end })

return M
