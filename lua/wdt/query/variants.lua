--- The queries of one value each that a query with lists of values stands for, in the method's own
-- words.
-- @module wdt.query.variants
local edition_of = require "wdt.edition".of
local map = require "wdt.map"
local nearest = require "wdt.nearest"
local problem = require "wdt.error".problem
local type, pairs, ipairs, tostring = type, pairs, ipairs, tostring
local sort, concat, select = table.sort, table.concat, select

local M = {}

local function values_of(edition, value, small)
  local list = type(value) == "table" and value or { value }
  local sent, values = edition_of(edition).sent, {}
  for i, one in ipairs(list) do
    values[i] = sent(one, small)
    if values[i] == nil then return nil, one end
  end
  if #values == 0 then return nil, value end
  return values
end

local function known_names(entry, name, others)
  local names, known = {}, {}
  for other in pairs(others) do known[other] = true end
  for param in pairs(entry.params) do names[#names + 1], known[param] = param, true end
  sort(names)
  local hint = nearest.hint(name, known)
  if #names == 0 then return "no business parameter: this method takes none" .. hint end
  return "one of " .. concat(names, ", ") .. hint
end

-- The rule by which a status is said.
local function rule_of(words, status)
  return words[status == nil and "" or tostring(status)] or words.other
end

-- A row moves through its statuses in one direction; read in that direction, a row that moves
-- meanwhile is met again.
local function sort_by_life(values, entry)
  local rank, words = {}, entry.words
  for i, step in ipairs(entry.lifecycle or {}) do rank[step] = i end
  local function rank_of(status)
    return rank[tostring(words and rule_of(words, status).value or status)] or 0
  end
  sort(values, function(a, b) return rank_of(a) < rank_of(b) end)
end

-- Statuses that stand for others don't go together with these: their rows would come twice.
local function wrong_together(values, words)
  for _, status in ipairs(values) do
    local except = " " .. (rule_of(words, status).except or "") .. " "
    for _, other in ipairs(values) do
      if except:find(" " .. tostring(other) .. " ", 1, true) then
        return select(2, problem(words.param, other,
          ("no %s beside %s, which stands for it"):format(other, status)))
      end
    end
  end
end

local function combine(variants, name, values)
  local more = {}
  for _, params in ipairs(variants) do
    for _, value in ipairs(values) do
      local copy = { [name] = value }
      map.add(copy, params)
      more[#more + 1] = copy
    end
  end
  return more
end

-- Says the status in the method's words, unless the query has used them itself.
local function say(params, words)
  if params[words.sets] ~= nil then return end
  local rule = rule_of(words, params[words.param])
  params[words.sets] = rule.value
  if not rule.keep then params[words.param] = nil end
end

-- A name that the library sets for each page must not be overwritten.
local function check_reserved(edition, name, value)
  if not edition_of(edition).RESERVED[name] then return true end
  return problem(name, value, "nothing: it is set by the library")
end

local function checked_values(edition, entry, name, value, others)
  if entry.params and not entry.params[name] then
    return problem(name, value, known_names(entry, name, others))
  end
  local fine, err = check_reserved(edition, name, value)
  if not fine then return nil, err end
  local small = entry.numbers[name]
  local values, bad = values_of(edition, value, small)
  if not values then
    return problem(name, bad, small and ("a %s number, or a list of them"):format(name)
      or "text, or a list of texts")
  end
  if name == "status" then
    local wrong = entry.words and wrong_together(values, entry.words)
    if wrong then return nil, wrong end
    sort_by_life(values, entry)
  end
  return values
end

-- Returns what the query adds under `params`: names that no document tells, sent as they are.
local function add_params(edition, query, entry, skip, params)
  for name, value in pairs(query.params or {}) do
    local path = "params." .. tostring(name)
    if type(name) ~= "string" then return problem(path, value, "named parameters") end
    local taken = skip[name] or query[name] ~= nil or entry.fixed[name] ~= nil
    if taken or entry.params and entry.params[name] then
      return problem(path, value, ("nothing: '%s' is a parameter of the query itself"):format(name))
    end
    local fine, err = check_reserved(edition, name, value)
    if not fine then return nil, err end
    local sent
    if type(value) ~= "table" then sent = edition_of(edition).sent(value) end
    if sent == nil then return problem(path, value, "a text or a number") end
    params[name] = sent
  end
  return true
end

--- @tparam string edition
-- @tparam table query
-- @tparam table entry
-- @tparam table skip names that are no business parameters
-- @treturn ?table list of tables of parameters
-- @treturn ?string what is wrong
function M.of(edition, query, entry, skip)
  local variants, names = { {} }, {}
  for name in pairs(query) do
    if not skip[name] then names[#names + 1] = tostring(name) end
  end
  sort(names)
  for _, name in ipairs(names) do
    local values, err = checked_values(edition, entry, name, query[name], skip)
    if not values then return nil, err end
    variants = combine(variants, name, values)
  end
  for _, name in ipairs(entry.required) do
    if query[name] == nil then return problem(name, nil,
      "a value: this method can't do without it") end
  end
  for _, params in ipairs(variants) do
    map.add(params, entry.fixed)
    if entry.words then say(params, entry.words) end
    local fine, err = add_params(edition, query, entry, skip, params)
    if not fine then return nil, err end
  end
  return variants
end

return M
