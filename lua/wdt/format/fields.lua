--- Columns of the formats that have them: which fields of a row, and what stands above them.
--
-- A list within a row (`details_list`) makes a line for each of its members, in which the row's own
-- fields are repeated.
-- @module wdt.format.fields
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local preview = require "wdt.format.preview"
local schema = require "wdt.schema"
local setmetatable, getmetatable, type, tostring, pairs, ipairs = setmetatable, getmetatable, type,
  tostring, pairs, ipairs
local sort, concat = table.sort, table.concat

local Fields = {}
Fields.__index = Fields

local M = {}

local function is_list(value)
  return type(value) == "table" and (getmetatable(value) == core.array_mt or value[1] ~= nil)
end

--- A value as a cell's text.
-- @param value
-- @treturn string "" for null and for what is not there
function M.text(value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" then return json.number(value) end
  if kind == "boolean" then return tostring(value) end
  return kind == "table" and json.encode(value) or ""
end

-- "details_list.spec_no" -> its names; the vendor's label, where there is one, of each
local function column(method, path, known)
  local names, labels, before, field = {}, {}, nil, nil
  for name in path:gmatch "[^.]+" do
    names[#names + 1] = name
    before = before and before .. "." .. name or name
    if known then
      field = known(before)
    else
      field = schema.methods[method] and schema.field(method, before)
    end
    labels[#labels + 1] = field and field[2] ~= "" and field[2] or name
  end
  return { names = names, path = path, label = concat(labels, "."), kind = field and field[3] }
end

-- All fields that the schema knows: those of the row, and after them those of the list that is to
-- be exploded. `shared`: without the row's own amounts.
local function known_paths(method, explode, shared)
  local paths, inner = {}, {}
  for _, field in ipairs(schema.methods[method] or {}) do
    if field[3] ~= "list" and not (shared and field[3] == "decimal") then
      paths[#paths + 1] = field[1]
    end
    if field[1] == explode then
      for _, one in ipairs(field.fields) do inner[#inner + 1] = explode .. "." .. one[1] end
    end
  end
  for _, path in ipairs(inner) do paths[#paths + 1] = path end
  return paths
end

-- Where no schema tells: the fields of the first row, and of the first member of its list.
local function seen_paths(row, explode)
  local paths = {}
  for name, value in pairs(row) do
    if not is_list(value) then paths[#paths + 1] = name end
  end
  sort(paths)
  local inner = {}
  for name in pairs(explode and is_list(row[explode]) and row[explode][1] or {}) do
    inner[#inner + 1] = explode .. "." .. name end
  sort(inner)
  for _, path in ipairs(inner) do paths[#paths + 1] = path end
  return paths
end

--- @tparam table o `method`, `fields` (a list of paths, or nil for all), `explode` (the name of a
-- list), `refuse` (a function that is told a path that lies within another list, and does not
-- return); `preview`: without `fields`, only the columns that a person looks at first, of lists
-- their first member; `time`: the field that rows were selected by; `cell(value, column)` makes
-- cells of values, else they are texts; `known(path)`: a field as `wdt.schema.field` has them, in
-- its place; `shared`: where a list is exploded, the row's own amounts, which would stand on each
-- of its lines, have no column
-- @treturn Fields
function M.new(o)
  local self = setmetatable({ method = o.method, explode = o.explode, refuse = o.refuse,
    chosen = o.fields ~= nil, preview = o.preview and not o.explode, time = o.time,
    cell = o.cell or M.text, known = o.known, shared = o.shared,
    left_out = {} }, Fields)
  for _, path in ipairs(o.fields or {}) do
    -- a field of a list's members is asked for member by member
    self.explode = self.explode or path:match "^([^.]+)%."
  end
  if o.fields then self:choose(o.fields) end
  return self
end

function Fields:choose(paths)
  self.columns, self.names = {}, {}
  for i, path in ipairs(paths) do
    self.columns[i] = column(self.method, path, self.known)
    self.names[self.columns[i].names[1]] = true
  end
end

--- Returns the names that lead to each column's value, as `core.formatter` takes them.
-- @treturn {{string}}
function Fields:paths()
  local paths = {}
  for i, one in ipairs(self.columns) do paths[i] = one.names end
  return paths
end

--- Returns what stands above the columns. No two are alike: labels that are have the field's name
-- as well.
-- @tparam ?string how `"label"`: the vendor's Chinese names
-- @treturn {string}
function Fields:titles(how)
  local titles, times = {}, {}
  for i, one in ipairs(self.columns) do
    titles[i] = how == "label" and one.label or one.path
    times[titles[i]] = (times[titles[i]] or 0) + 1
  end
  for i, one in ipairs(self.columns) do
    if times[titles[i]] > 1 then titles[i] = ("%s (%s)"):format(titles[i], one.path) end
  end
  return titles
end

local function value_of(self, row, one, from)
  local value = row
  for i = from, #one.names do
    if is_list(value) then
      if not self.preview then self.refuse(one.path) end
      value = value[1]
    end
    if type(value) ~= "table" then return nil end
    value = value[one.names[i]]
  end
  return value
end

local function line_of(self, row, member)
  local cells = {}
  for i, one in ipairs(self.columns) do
    if #one.names > 1 and one.names[1] == self.explode then
      local value = nil -- of a member that is false, too
      if member then value = value_of(self, member, one, 2) end
      cells[i] = self.cell(value, one)
    else
      cells[i] = self.cell(value_of(self, row, one, 1), one)
      local list = self.preview and #one.names > 1 and row[one.names[1]]
      if is_list(list) and #list > 1 then cells[i] = ("%s +%d"):format(cells[i], #list - 1) end
    end
  end
  return cells
end

-- True for an amount of the row that is left out on purpose.
function Fields:is_shared(name)
  if not (self.shared and self.explode) then return false end
  local field = schema.methods[self.method] and schema.field(self.method, name)
  return field ~= nil and field[3] == "decimal"
end

--- Takes notice of a row before it is written: the first one decides on the columns where nothing
-- else does, and names without a column are remembered.
-- @tparam table row
function Fields:see(row)
  if not self.columns then
    local known = known_paths(self.method, self.explode, self.shared)
    local paths = #known > 0 and known or seen_paths(row, self.explode)
    self.count = #paths
    local function has(path)
      local outer, inner = path:match "^([^.]+)%.?(.*)$"
      local value = row[outer]
      if inner == "" then return value ~= nil and not is_list(value) end
      return is_list(value) and type(value[1]) == "table" and value[1][inner] ~= nil
    end
    local few = self.preview and preview.of(has, self.time)
    self.preview = few ~= nil and few ~= false
    self:choose(few or paths)
  end
  if not self.chosen then
    for name in pairs(row) do
      if not self.names[name] and not self:is_shared(name) then self.left_out[name] = true end
    end
  end
end

--- A row's lines of cells: one, or one for each member of the list. `see` comes before.
-- @tparam table row
-- @treturn {{string}}
function Fields:lines(row)
  local members = self.explode and row[self.explode]
  if not is_list(members) then return { line_of(self, row, type(members) == "table" and members
    or nil) } end
  if #members == 0 then return { line_of(self, row, nil) } end
  local lines = {}
  for i, member in ipairs(members) do lines[i] = line_of(self, row, member) end
  return lines
end

--- How many fields there are of which `columns` are shown.
-- @treturn integer
function Fields:all()
  return self.count or #self.columns
end

--- The names of fields that rows had and no column has.
-- @treturn {string}
function Fields:missing()
  local names = {}
  for name in pairs(self.left_out) do names[#names + 1] = name end
  sort(names)
  return names
end

-- The row's amounts, which a list that is exploded repeats on each of its lines.
local function repeated(self)
  local names = {}
  for _, one in ipairs(self.explode and self.columns or {}) do
    if #one.names == 1 and one.kind == "decimal" then names[#names + 1] = one.path end
  end
  return names
end

--- Tells of amounts that stand on several lines, where a list is exploded.
-- @tparam function say `({ en, zh }, ...)`
function Fields:tell_repeated(say)
  local names = repeated(self)
  if #names == 0 then return end
  say({ en = "amounts of the whole row stand on each line of %s, so their sums come out too large: "
    .. "%s. --shared leaves them out: what a line shares in them adds up (e.g. share_amount)",
    zh = "整单金额在 %s 的每行重复，求和会偏大：%s。--shared 不输出这些列；各行的分摊金额（如 share_amount）可以求和" },
    self.explode, concat(names, ", "))
end

--- Tells of fields that have no column, and of amounts that are repeated.
-- @tparam function say `({ en, zh }, ...)`
function Fields:tell(say)
  self:tell_repeated(say)
  local missing = self:missing()
  if #missing > 0 then
    say({ en = "fields without a column: %s (--explode, --fields)",
      zh = "以下字段没有列：%s（--explode、--fields）" }, concat(missing, ", "))
  end
end

return M
