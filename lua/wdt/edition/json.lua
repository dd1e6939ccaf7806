--- Requests as JSON: lua-cjson, and a refusal of what it would silently change.
--
-- It is no second `wdt.json`: that one writes every number that Lua holds, in as many digits as it
-- needs. A request is signed and acted on, so here a number that JSON would round is refused, with
-- the path to it.
-- @module wdt.edition.json
local cjson = require "cjson"
local core = require "wdt.native".load "wdt.core"
local type, pairs, next, getmetatable, tostring = type, pairs, next, getmetatable, tostring

local encoder = cjson.new()

-- lua-cjson writes 14 significant digits and rounds the rest without a word: ids and money must not
-- pass through that.
local function rounds(n)
  return n ~= tonumber(("%.14g"):format(n)) or n ~= n or n == math.huge or n == -math.huge
end

-- A decoded empty list carries the lists' metatable; lua-cjson would write it as {}.
local function is_empty_list(value)
  return next(value) == nil and getmetatable(value) == core.array_mt
end

-- Checks every number and returns `value`, or a copy in which `mark` stands for each empty list.
local function prepare(value, path, mark, depth)
  if type(value) == "number" and rounds(value) then
    return nil, ("%s is %s, which JSON would round; give it as text"):format(path, tostring(value))
  end
  if type(value) ~= "table" then return value end
  if depth > 32 then return nil, path .. " is nested deeper than 32 levels" end
  if is_empty_list(value) then return mark end
  local copy = {}
  for k, v in pairs(value) do
    local prepared, err = prepare(v, path .. "." .. tostring(k), mark, depth + 1)
    if err then return nil, err end
    copy[k] = prepared
  end
  return copy
end

local M = {}

local MARK = "\1wdt: an empty list\1"
local MARK_ENCODED = encoder.encode(MARK):gsub("%p", "%%%0")

--- Encodes a value.
-- @param value what JSON can hold; `wdt.null` is null, a decoded empty list stays `[]`
-- @tparam string name how an error calls the value
-- @treturn ?string JSON text
-- @treturn ?string what is wrong with the value
function M.encode(value, name)
  local prepared, err = prepare(value, name, MARK, 1)
  if err then return nil, err end
  local ok, text = pcall(encoder.encode, prepared)
  if not ok then return nil, ("%s can't be written as JSON: %s"):format(name, text) end
  return (text:gsub(MARK_ENCODED, "[]"))
end

return M
