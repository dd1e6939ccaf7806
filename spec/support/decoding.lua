-- Helpers of the decoder specs: feed a document cut in every way, and compare what comes out
-- exactly.
local core = require "wdt.core"

local concat, format, sort = table.concat, string.format, table.sort
local math_type = math.type -- luacheck: ignore (5.3 and later)

local M = {}

--- An array as the decoder makes them.
function M.array(t)
  return setmetatable(t, core.array_mt)
end

local function render_number(n)
  local digits = format("%.17g", n)
  -- Lua 5.4 tells 1 from 1.0; the others have only one kind.
  return math_type and math_type(n) == "float" and "float " .. digits or digits
end

--- A text that is equal only for values that are equal in every respect: types, integers, arrays,
-- null.
function M.render(value)
  if value == core.null then return "null" end
  if type(value) == "number" then return render_number(value) end
  if type(value) == "string" then return format("%q", value) end
  if type(value) ~= "table" then return tostring(value) end
  local out = {}
  if getmetatable(value) == core.array_mt then
    for i = 1, #value do out[i] = M.render(value[i]) end
    for k in pairs(value) do assert(type(k) == "number", "an array has a named member") end
    return "[" .. concat(out, ",") .. "]"
  end
  assert(getmetatable(value) == nil, "an object has a metatable")
  for k, v in pairs(value) do out[#out + 1] = format("%q", k) .. ":" .. M.render(v) end
  sort(out)
  return "{" .. concat(out, ",") .. "}"
end

-- Collects the results of next() until it has none, or fails.
local function take(decoder, out)
  local function collect(...)
    local n = select("#", ...)
    if n == 0 then return false end
    local row, err, code = ...
    if row == nil then
      out.err, out.code = err, code
      return false
    end
    local line = {}
    for i = 1, n do line[i] = M.render((select(i, ...))) end
    out[#out + 1] = concat(line, " ")
    return true
  end
  while collect(decoder:next()) do end
end

--- Feeds the pieces to a decoder, taking rows as they come.
-- @return a text that says everything that came out
-- @return the same as a table: rows (rendered, with their keys), envelope, list, err, code
function M.feed(decoder, pieces)
  local out = {}
  for _, piece in ipairs(pieces) do
    if out.err then break end
    decoder:feed(piece)
    take(decoder, out)
  end
  if not out.err then
    local ok, err, code = decoder:finish()
    if not ok then out.err, out.code = err, code end
  end
  out.list = decoder:list()
  out.envelope = decoder:envelope()
  local text = concat(out, "\n") .. "\nlist " .. tostring(out.list) .. "\nenvelope "
    .. M.render(out.envelope) ..
    "\n" .. tostring(out.err)
  return text, out
end

local function bytes_of(text)
  local pieces = {}
  for i = 1, #text do pieces[i] = text:sub(i, i) end
  return pieces
end

--- Decodes a document whole, byte by byte, and at every two-way cut, and insists on one result.
-- @return as feed
function M.decode(text, options)
  local decoder = core.decoder(options)
  local whole, out = M.feed(decoder, { text })
  local function same(pieces, how)
    local got = M.feed(decoder:reset(), pieces)
    if got ~= whole then
      error(format("the result depends on the cut (%s):\n%s\nwhole:\n%s", how, got, whole), 3)
    end
  end
  same({ text }, "again, after reset")
  same(bytes_of(text), "byte by byte")
  for i = 1, #text - 1 do
    same({ text:sub(1, i), text:sub(i + 1) }, "after " .. i)
  end
  decoder:close()
  return whole, out
end

--- The bytes of a file below spec/.
function M.fixture(name)
  local here = debug.getinfo(1, "S").source:match("^@(.*)support[/\\]decoding%.lua$") or "spec/"
  local file = assert(io.open(here .. "fixtures/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- The document without whitespace between its tokens.
function M.compact(text)
  local out, at = {}, 1
  while at <= #text do
    local quote = text:find('"', at, true) or #text + 1
    out[#out + 1] = text:sub(at, quote - 1):gsub("%s", "")
    local i = quote + 1
    while i <= #text and text:sub(i, i) ~= '"' do
      i = i + (text:sub(i, i) == "\\" and 2 or 1)
    end
    out[#out + 1] = text:sub(quote, i)
    at = i + 1
  end
  return concat(out)
end

return M
