--- Which rows are shown, in which order, and what they come to: `--where`, `--sort`, `--limit`,
-- `--sum`, `--labels`. It stands between the stream and the format.
-- @module wdt.cli.pick
local core = require "wdt.native".load "wdt.core"
local decimal = require "wdt.cli.decimal"
local schema = require "wdt.schema"
local getmetatable, setmetatable, type, tostring, tonumber, ipairs = getmetatable,
  setmetatable, type, tostring, tonumber, ipairs
local sort, concat = table.sort, table.concat

local M = {}

-- "status>=95" -> { "status", ">=", "95" }, for argparse. Longer signs first.
local SIGNS = { "!=", ">=", "<=", "=", ">", "<", "~" }

--- "status>=95" -> `{ path, sign, value }`
function M.condition(text)
  local path, rest = text:match "^%s*([%w_.]+)%s*(.*)$"
  for _, sign in ipairs(SIGNS) do
    if path and rest:sub(1, #sign) == sign then
      return { path, sign, (rest:sub(#sign + 1):gsub("^%s+", "")) }
    end
  end
  return nil, ("'%s' is none of NAME=VALUE, NAME!=VALUE, NAME>VALUE, NAME>=VALUE, NAME<VALUE, "
    .. "NAME<=VALUE, NAME~PART"):format(text)
end

--- "receivable:desc" -> `{ path, true }`
function M.order(text)
  local path, how = text:match "^([%w_.]+):?(%a*)$"
  if path and (how == "" or how == "asc" or how == "desc") then return { path, how == "desc" } end
  return nil, ("'%s' is none of FIELD, FIELD:desc"):format(text)
end

local function is_list(value)
  return type(value) == "table" and (getmetatable(value) == core.array_mt or value[1] ~= nil)
end

-- Calls `visit` for each value that a path leads to: one, or one for each member of a list. True as
-- soon as it says so.
local function any(value, path, visit)
  if is_list(value) then
    for _, member in ipairs(value) do
      if any(member, path, visit) then return true end
    end
    return false
  end
  local name, rest = path:match "^([^.]+)%.?(.*)$"
  if not name then return visit(value) end
  if type(value) ~= "table" then return visit(nil) end
  return any(value[name], rest, visit)
end

-- Numbers as numbers, whatever their length; other texts, times among them, as texts after all
-- numbers, so that there is one order of all values.
local function compare(a, b)
  local x, y = decimal.parse(a), decimal.parse(b)
  if x and y then return decimal.compare(x, y) end
  if x or y then return x and -1 or 1 end
  a, b = tostring(a), tostring(b)
  return a == b and 0 or a < b and -1 or 1
end

local TESTS = {
  ["="] = function(a, b) return compare(a, b) == 0 end,
  ["!="] = function(a, b) return compare(a, b) ~= 0 end,
  [">"] = function(a, b) return compare(a, b) > 0 end,
  [">="] = function(a, b) return compare(a, b) >= 0 end,
  ["<"] = function(a, b) return compare(a, b) < 0 end,
  ["<="] = function(a, b) return compare(a, b) <= 0 end,
  ["~"] = function(a, b) return tostring(a):lower():find(b:lower(), 1, true) ~= nil end,
}

local function is_nothing(value)
  return value == nil or value == core.null
end

local Pick = {}
Pick.__index = Pick

--- @tparam table args `where`, `sort`, `limit`, `sum`, `labels`
-- @tparam string method
-- @tparam function write takes each row that is to be shown
-- @treturn Pick
function M.new(args, method, write)
  local self = setmetatable({ plain = not M.needs_tables(args), where = args.where or {},
    limit = args.limit, method = method, labels = args.labels, write = write, shown = 0,
    sums = {}, kept = args.sort and {} }, Pick)
  if args.sort then self.by, self.descending = args.sort[1], args.sort[2] end
  for i, path in ipairs(args.sum or {}) do
    self.sums[i] = { path = path, total = decimal.parse "0", skipped = 0 }
  end
  return self
end

--- Tells whether rows have to be decoded for it; else their bytes are handed on.
-- @tparam table args
-- @treturn boolean
function M.needs_tables(args)
  return #(args.where or {}) > 0 or (args.sort or args.sum or args.labels) ~= nil
end

function Pick:wants(row)
  for _, one in ipairs(self.where) do
    local test, value = TESTS[one[2]], one[3]
    local function holds(found)
      if is_nothing(found) then return value == "" and one[2] == "=" end
      return test(found, value)
    end
    if not any(row, one[1], holds) then return false end
  end
  return true
end

function Pick:add(row)
  for _, sum in ipairs(self.sums) do
    any(row, sum.path, function(value)
      local number = not is_nothing(value) and decimal.parse(value)
      if number then decimal.add(sum.total, number) else sum.skipped = sum.skipped + 1 end
    end)
  end
end

-- Words in place of numbers, in the row itself.
local function label(row, fields)
  for _, field in ipairs(fields) do
    local value = row[field[1]]
    if field.fields and is_list(value) then
      for _, member in ipairs(value) do
        if type(member) == "table" then label(member, field.fields) end
      end
    elseif field.values and not is_nothing(value) then
      row[field[1]] = field.values[tostring(value)] or value
    elseif field.bits and tostring(value):find "^%d+$" and #tostring(value) < 16 then
      local words = {}
      for _, flag in ipairs(schema.flags_of(field, tonumber(value))) do
        words[#words + 1] = flag.label or ("%.0f"):format(flag.bit)
      end
      if #words > 0 then row[field[1]] = concat(words, "、") end
    end
  end
end

-- Hands a row on.
function Pick:show(row)
  self.shown = self.shown + 1
  self:add(row)
  if self.labels and schema.methods[self.method] then label(row, schema.methods[self.method]) end
  self.write(row)
end

--- Takes a row.
-- @tparam table|string row
-- @treturn boolean true once no more rows are wanted
function Pick:row(row)
  if self.plain then -- nearly always, and then nothing is to be looked at
    self.shown = self.shown + 1
    self.write(row)
    return self.limit ~= nil and self.shown >= self.limit
  end
  if #self.where > 0 and not self:wants(row) then return false end
  if self.kept then
    self.kept[#self.kept + 1] = row
    return false
  end
  self:show(row)
  return self.limit ~= nil and self.shown >= self.limit
end

local function first_of(row, path)
  local found
  any(row, path, function(value)
    found = value
    return true
  end)
  return is_nothing(found) and "" or found
end

--- All rows have come: hands on those that had to be sorted. Rows that are equal stay as they came.
function Pick:finish()
  if not self.kept then return end
  local list, sign = {}, self.descending and -1 or 1
  for i, row in ipairs(self.kept) do list[i] = { first_of(row, self.by), i, row } end
  sort(list, function(a, b)
    local order = compare(a[1], b[1]) * sign
    if order ~= 0 then return order < 0 end
    return a[2] < b[2]
  end)
  for i, one in ipairs(list) do
    if self.limit and i > self.limit then break end
    self:show(one[3])
  end
  self.kept = nil
end

--- Returns the sums over the rows that were shown.
-- @treturn {table} `{ path, sum = text, skipped = values that are no numbers }`
function Pick:totals()
  local list = {}
  for i, sum in ipairs(self.sums) do
    list[i] = { path = sum.path, sum = decimal.text(sum.total), skipped = sum.skipped }
  end
  return list
end

return M
