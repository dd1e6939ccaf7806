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

--- Counts a value into a histogram.
-- @tparam string name
-- @tparam ?table labels by name
-- @tparam number value
function Registry:observe(name, labels, value)
  local family = family_of(self, name, "histogram")
  local of, store = labels_of(family, labels), self.store
  for _, bound in ipairs(family.bounds) do
    if value <= bound then
      store:incr(PREFIX .. name .. "_bucket" .. with(of, "le", number(bound)), 1, 0)
    end
  end
  store:incr(PREFIX .. name .. "_sum" .. of, value, 0)
  store:incr(PREFIX .. name .. "_count" .. of, 1, 0)
end

-- Series by name: lists of labels, in order.
local function series_of(store)
  local series = {}
  for _, key in ipairs(store:get_keys(0)) do
    local name, labels = key:match("^" .. PREFIX .. "([%w_]+)(.*)$")
    if name then
      series[name] = series[name] or {}
      series[name][#series[name] + 1] = labels
    end
  end
  for _, list in pairs(series) do sort(list) end
  return series
end

--- Adds a family's series up, by one of its labels.
-- @tparam string name of a counter or a gauge
-- @tparam ?string label nil: all of them together
-- @treturn table sums by the label's value, "" where a series has none
function Registry:sum(name, label)
  local sums = {}
  for _, labels in ipairs(series_of(self.store)[name] or {}) do
    local value = label and labels:match("[{,]" .. label .. '="(.-)"[,}]') or ""
    sums[value] = (sums[value] or 0) + (self.store:get(PREFIX .. name .. labels) or 0)
  end
  return sums
end

local function write_histogram(self, family, lines, sees)
  local function line(part, labels, key)
    lines[#lines + 1] = ("%s%s %s"):format(part, labels, number(self.store:get(PREFIX .. key) or 0))
  end
  local name = family.name
  for _, of in ipairs(self.series[name .. "_count"] or {}) do
    if sees(of) then
      for _, bound in ipairs(family.bounds) do
        local labels = with(of, "le", number(bound))
        line(name .. "_bucket", labels, name .. "_bucket" .. labels)
      end
      line(name .. "_bucket", with(of, "le", "+Inf"), name .. "_count" .. of)
      line(name .. "_sum", of, name .. "_sum" .. of)
      line(name .. "_count", of, name .. "_count" .. of)
    end
  end
end

local function write_family(self, family, sees)
  local lines = {}
  if family.kind == "histogram" then
    write_histogram(self, family, lines, sees)
  else
    for _, labels in ipairs(self.series[family.name] or {}) do
      local value = self.store:get(PREFIX .. family.name .. labels)
      if value and sees(labels) then
        lines[#lines + 1] = ("%s%s %s"):format(family.name, labels, number(value))
      end
    end
  end
  if not lines[1] then return "" end
  return ("# HELP %s %s\n# TYPE %s %s\n%s\n"):format(family.name, family.help, family.name,
    family.kind, concat(lines, "\n"))
end

local function everything() return true end

--- All of it, in Prometheus' text format (version 0.0.4).
-- @tparam ?function sees `(account)` -> whether series of that account are shown; by default all
-- are, and those of no account always
-- @treturn string
function Registry:text(sees)
  local function shown(labels)
    local account = labels:match '^{account="(.-)"[,}]'
    return not account or (sees or everything)(account)
  end
  local parts = {}
  self.series = series_of(self.store)
  for i, family in ipairs(self.families) do parts[i] = write_family(self, family, shown) end
  self.series = nil
  return concat(parts)
end

--- @tparam {table...} families in order: `{ name, kind = "counter"|"gauge"|"histogram", help,
-- labels = {names}, bounds = {upper ones, rising} }`
-- @tparam ?table store by default one in memory
-- @treturn Registry
function M.new(families, store)
  local self = setmetatable({ families = families, store = store or M.memory(), by_name = {} },
    Registry)
  for _, family in ipairs(families) do self.by_name[family.name] = family end
  return self
end

return M
