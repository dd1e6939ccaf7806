--- How the sandbox reads a request: forms and query strings, and the JSON that an argument list
-- needs. Written apart from the client's own code on purpose: a client that is tested against
-- itself proves nothing.
-- @module wdt.sandbox.wire
local utf8 = require "wdt.codepoint".utf8
local tonumber, char = tonumber, string.char

local M = {}

local function unescape(hex)
  return char(tonumber(hex, 16))
end

local function decode(text)
  if text:find("[%%+]") then
    text = text:gsub("%+", " ")
    if text:gsub("%%%x%x", ""):find("%", 1, true) then return nil end
    text = text:gsub("%%(%x%x)", unescape)
  end
  return text
end

--- Reads `a=1&b=%20`.
-- @tparam string text
-- @treturn ?table name -> value; nil when it is malformed
-- @treturn ?string the first name that stands there twice
function M.form(text)
  local fields, twice = {}, nil
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]+)=(.*)$")
    if not name then return nil end
    name, value = decode(name), decode(value)
    if not (name and value) then return nil end
    if fields[name] ~= nil then twice = twice or name end
    fields[name] = value
  end
  return fields, twice
end

-- JSON --------------------------------------------------------------------------------------------

local NULL = {}
M.NULL = NULL

local ESCAPES = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r",
  t = "\t" }

local function fail(at)
  error({ at = at }, 0)
end

local function space(s, i)
  return s:find("[^ \t\r\n]", i) or #s + 1
end

local function text(s, i)
  local parts = {}
  i = i + 1
  while true do
    local j = s:find('["\\%c]', i) or fail(i)
    parts[#parts + 1] = s:sub(i, j - 1)
    local c = s:sub(j, j)
    if c == '"' then return table.concat(parts), j + 1 end
    if c ~= "\\" then fail(j) end
    local e = s:sub(j + 1, j + 1)
    if e == "u" then
      local code = tonumber(s:match("^%x%x%x%x", j + 2) or fail(j), 16)
      i = j + 6
      if code >= 56320 and code < 57344 then fail(j) end -- the second half of a pair, alone
      if code >= 55296 and code < 56320 then
        local low = tonumber(s:match("^\\u([dD][c-fC-F]%x%x)", i) or fail(j), 16)
        code = 65536 + (code - 55296) * 1024 + low - 56320
        i = i + 6
      end
      parts[#parts + 1] = utf8(code)
    else
      parts[#parts + 1] = ESCAPES[e] or fail(j)
      i = j + 2
    end
  end
end

local value, as_written

local function members(s, i, close, member)
  i = space(s, i + 1)
  if s:sub(i, i) == close then return i + 1 end
  while true do
    i = space(s, member(i))
    local c = s:sub(i, i)
    if c == close then return i + 1 end
    if c ~= "," then fail(i) end
    i = space(s, i + 1)
  end
end

function value(s, i, depth)
  if depth > 32 then fail(i) end
  local c = s:sub(i, i)
  if c == '"' then return text(s, i) end
  if c == "{" then
    local t = {}
    return t, members(s, i, "}", function(j)
      if s:sub(j, j) ~= '"' then fail(j) end
      local key
      key, j = text(s, j)
      j = space(s, j)
      if s:sub(j, j) ~= ":" then fail(j) end
      t[key], j = value(s, space(s, j + 1), depth + 1)
      return j
    end)
  elseif c == "[" then
    local t = {}
    return t, members(s, i, "]", function(j)
      t[#t + 1], j = value(s, j, depth + 1)
      return j
    end)
  end
  local literal = s:match("^%a+", i)
  if literal == "true" then return true, i + 4 end
  if literal == "false" then return false, i + 5 end
  if literal == "null" then return NULL, i + 4 end
  local number = s:match("^%-?%d+%.?%d*[eE]?[+-]?%d*", i) or fail(i)
  local n = tonumber(number) or fail(i)
  return as_written and number or n, i + #number
end

--- Reads JSON.
-- @tparam string s
-- @tparam ?boolean numbers_as_written numbers are the texts that stand there
-- @treturn ?any the value; `NULL` for null; nil when it is not JSON. Objects and arrays are plain
-- tables
function M.json(s, numbers_as_written)
  as_written = numbers_as_written
  local ok, v = pcall(function()
    local v, i = value(s, space(s, 1), 1)
    if space(s, i) <= #s then fail(i) end
    return v
  end)
  if ok then return v end
  return nil
end

return M
