--- Figures by name and labels, and their text as Prometheus reads it.
--
-- Where the figures are kept is a *store* of the four methods that a `lua_shared_dict` has: `incr`,
-- `set`, `get`, `get_keys`. So the workers of nginx count into one dict, and a plain process into a
-- table (`memory`).
-- @module wdt.metrics.registry
local misuse = require "wdt.error".misuse
local setmetatable, ipairs, pairs, tostring, tonumber, huge = setmetatable, ipairs, pairs, tostring,
  tonumber, math.huge
local sort, concat = table.sort, table.concat

local M = {}

-- Figures share a dict with what else stands there.
local PREFIX = "metric "

-- Whole numbers below this one are exact.
local EXACT = 2 ^ 53

-- ---- a store in memory ----

local Memory = {}
Memory.__index = Memory

function Memory:incr(key, n, first)
  self.values[key] = (self.values[key] or first) + n
end

function Memory:set(key, value)
  self.values[key] = value
end

function Memory:get(key)
  return self.values[key]
end

function Memory:get_keys()
  local keys = {}
  for key in pairs(self.values) do keys[#keys + 1] = key end
  return keys
end

--- @treturn table a store of this process
function M.memory()
  return setmetatable({ values = {} }, Memory)
end

-- ---- the registry ----

local Registry = {}
Registry.__index = Registry

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

local function number(value)
  if value == huge then return "+Inf" end
  if value == -huge then return "-Inf" end
  if value % 1 == 0 and value > -EXACT and value < EXACT then return ("%.0f"):format(value) end
  local text = ("%.14g"):format(value)
  return tonumber(text) == value and text or ("%.17g"):format(value)
end

-- '{account="a",job="b"}', in the family's order; "" where no label has a value.
local function labels_of(family, labels)
  local parts = {}
  for _, name in ipairs(family.labels or {}) do
    local value = labels and labels[name]
    if value ~= nil and value ~= "" then
      parts[#parts + 1] = name .. '="' .. tostring(value):gsub('[\\"\n]', ESCAPES) .. '"'
    end
  end
  return parts[1] and "{" .. concat(parts, ",") .. "}" or ""
end

-- Labels with one more, the last.
local function with(labels, name, value)
  local one = name .. '="' .. value .. '"}'
  return labels == "" and "{" .. one or labels:sub(1, -2) .. "," .. one
end

-- The family of a name, which has to be of such a kind.
local function family_of(self, name, kind)
  local family = self.by_name[name]
  if not family or family.kind ~= kind then misuse(3, "name", name, "a " .. kind) end
  return family
end

--- Adds to a counter.
-- @tparam string name
-- @tparam ?table labels by name; those that the family does not have are left out
-- @tparam ?number n what is added (1), not below 0
function Registry:add(name, labels, n)
  local key = PREFIX .. name .. labels_of(family_of(self, name, "counter"), labels)
  self.store:incr(key, n or 1, 0)
end

--- Sets a gauge.
-- @tparam string name
-- @tparam ?table labels by name
-- @tparam ?number value nil takes it away
function Registry:set(name, labels, value)
  self.store:set(PREFIX .. name .. labels_of(family_of(self, name, "gauge"), labels), value)
end

-- The bucket that a value falls into.
local function bucket_of(family, value)
  for _, bound in ipairs(family.bounds) do
    if value <= bound then return number(bound) end
  end
  return "+Inf"
end

--- Counts a value into a histogram. A bucket is kept without the ones below it, which the text
-- adds up: it is whole whatever other workers count while it is written.
-- @tparam string name
-- @tparam ?table labels by name
-- @tparam number value
function Registry:observe(name, labels, value)
  local family = family_of(self, name, "histogram")
  local of, store = labels_of(family, labels), self.store
  store:incr(PREFIX .. name .. "_bucket" .. with(of, "le", bucket_of(family, value)), 1, 0)
  store:incr(PREFIX .. name .. "_sum" .. of, value, 0)
end

-- The parts of a store's key: `name`, `labels`, and `account`, nil where no label names one; nil
-- where the key is no figure's.
local function part(key)
  local name, labels = key:match("^" .. PREFIX .. "([%w_]+)(.*)$")
  return name and { name = name, labels = labels, account = labels:match '^{account="(.-)"[,}]' }
end

local function by_labels(a, b) return a.labels < b.labels end

-- The series that the store holds, by name. Keys are taken apart once, as there are
-- many and always the same ones. `rest` is called between two.
local function series_of(self, rest)
  local series, parts = {}, self.parts
  for _, key in ipairs(self.store:get_keys(0)) do
    local one = parts[key] or part(key)
    if one then
      parts[key] = one
      local list = series[one.name]
      if list then list[#list + 1] = one else series[one.name] = { one } end
    end
    rest()
  end
  return series
end

local function everything() return true end
local function nothing() end

--- Adds a family's series up, by one of its labels.
-- @tparam string name of a counter or a gauge
-- @tparam ?string label nil: all of them together
-- @treturn table sums by the label's value, "" where a series has none
function Registry:sum(name, label)
  local sums = {}
  for _, one in ipairs(series_of(self, nothing)[name] or {}) do
    local value = label and one.labels:match("[{,]" .. label .. '="(.-)"[,}]') or ""
    sums[value] = (sums[value] or 0) + (self.store:get(PREFIX .. name .. one.labels) or 0)
  end
  return sums
end

-- Returns a function that adds a line of a family, with the family's head before its first one.
local function writer(lines)
  local begun
  return function(family, name, labels, value)
    if begun ~= family then
      begun = family
      lines[#lines + 1] = ("# HELP %s %s\n# TYPE %s %s"):format(family.name, family.help,
        family.name, family.kind)
    end
    lines[#lines + 1] = name .. labels .. " " .. number(value)
  end
end

local function write_histogram(self, family, of, write)
  local name, store, count = family.name, self.store, 0
  local function bucket(bound)
    local labels = with(of, "le", bound)
    count = count + (store:get(PREFIX .. name .. "_bucket" .. labels) or 0)
    write(family, name .. "_bucket", labels, count)
  end
  for _, bound in ipairs(family.bounds) do bucket(number(bound)) end
  bucket "+Inf"
  write(family, name .. "_sum", of, store:get(PREFIX .. name .. "_sum" .. of) or 0)
  write(family, name .. "_count", of, count)
end

local function write_family(self, family, list, write, rest)
  if family.constant then
    return write(family, family.name, labels_of(family, family.constant), 1)
  end
  for _, one in ipairs(list) do
    if family.kind == "histogram" then
      write_histogram(self, family, one.labels, write)
    else
      local value = self.store:get(PREFIX .. family.name .. one.labels)
      if value then write(family, family.name, one.labels, value) end
    end
    rest()
  end
end

--- All of it, in Prometheus' text format (version 0.0.4).
-- @tparam ?function sees `(account)` -> whether series of that account are shown; by default all
-- are, and those of no account always
-- @tparam ?function rest called between two series: where there are many, others may want their
-- turn
-- @treturn string
function Registry:text(sees, rest)
  sees, rest = sees or everything, rest or nothing
  local lines, series = {}, series_of(self, rest)
  local write = writer(lines)
  for _, family in ipairs(self.families) do
    local shown = {}
    local name = family.kind == "histogram" and family.name .. "_sum" or family.name
    for _, one in ipairs(series[name] or {}) do
      if not one.account or sees(one.account) then shown[#shown + 1] = one end
    end
    sort(shown, by_labels)
    rest()
    write_family(self, family, shown, write, rest)
  end
  if lines[1] then lines[#lines + 1] = "" end
  return concat(lines, "\n")
end

--- @tparam {table...} families in order: `{ name, kind = "counter"|"gauge"|"histogram", help,
-- labels = {names}, bounds = {upper ones, rising}, constant = {labels' values of a gauge that is
-- always 1} }`
-- @tparam ?table store by default one in memory
-- @treturn Registry
function M.new(families, store)
  local self = setmetatable({ families = families, store = store or M.memory(), by_name = {},
    parts = {} }, Registry)
  for _, family in ipairs(families) do self.by_name[family.name] = family end
  return self
end

return M
