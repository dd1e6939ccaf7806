--- Escapes of JSON that databases can't hold.
-- @module wdt.sink.escapes
local utf8 = require "wdt.codepoint".utf8
local tonumber = tonumber

local M = {}

--- Replaces escapes; where they follow an even number of backslashes, they are none.
-- @tparam string document
-- @tparam string pattern of an escape, without its backslash
-- @tparam function replacement `(captures)` -> text
-- @treturn string
function M.replace(document, pattern, replacement)
  return (document:gsub("(\\+)" .. pattern, function(backslashes, ...)
    if #backslashes % 2 == 1 then return backslashes:sub(2) .. replacement(...) end
  end))
end

-- The character of two halves, `d83d` and `de00`.
local function joined(high, low)
  local point = 0x10000 + (tonumber(high, 16) - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
  return utf8(point)
end

--- A document without half a character, which stands where a text was cut in the middle of an
-- emoji: it becomes U+FFFD.
-- @tparam string document
-- @treturn string the same one where it holds no surrogates
function M.whole(document)
  if not document:find "\\u[dD][89a-fA-F]" then return document end
  document = M.replace(document, "u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)", joined)
  return M.replace(document, "u[dD][89a-fA-F]%x%x", function() return "\239\191\189" end)
end

return M
