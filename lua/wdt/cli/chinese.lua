--- The library's sentences in Chinese. The library speaks English, as its strings are compared and
-- logged; the command translates what it shows to a person.
--
-- A sentence stands in `wdt.cli.sentences` as the sources have it. Values that are put into one can
-- be sentences themselves. Text that matches none, the gateway's own words above all, stays as it
-- is.
-- @module wdt.cli.chinese
local later = require "wdt.cli.later"
local sentences = later "wdt.cli.sentences"
local ipairs, pairs, sort = ipairs, pairs, table.sort

local M = {}

-- Depth of sentences within sentences.
local DEEP = 6

-- "%s is in use by %s" -> "^(.-) is in use by (.-)$"; and how many of its bytes are no values
local function pattern_of(english)
  local text, values = english:gsub("%%[%d.l]*[sdgfuq]", "\1")
  local literal = #text - values
  return "^" .. text:gsub("[%-.+%[%]()$^?*%%]", "%%%0"):gsub("\1", "(.-)") .. "$", literal
end

local function rules_of(list)
  local rules = {}
  for english, chinese in pairs(list) do
    local pattern, literal = pattern_of(english)
    rules[#rules + 1] = { pattern, chinese, literal, english }
  end
  -- first the sentence that accounts for most of a text
  sort(rules, function(a, b)
    if a[3] ~= b[3] then return a[3] > b[3] end
    return a[4] < b[4]
  end)
  return rules
end

local rules

local function translate(text, depth)
  if depth > DEEP then return text end
  for _, rule in ipairs(rules) do
    local values = { text:match(rule[1]) }
    if values[1] then
      return (rule[2]:gsub("%%(%d)", function(n) return translate(values[n + 0], depth + 1) end))
    end
  end
  return text
end

--- A text of the library in Chinese.
-- @tparam string text without its code
-- @treturn string as it was where it is no sentence of the library
function M.of(text)
  rules = rules or rules_of(sentences.LIST)
  return translate(text, 1)
end

--- A failure's text in Chinese. One of the system, of libcurl or of a database, which is in English
-- still, is told after words for its kind.
-- @tparam string code
-- @tparam string text
-- @treturn string
function M.failure(code, text)
  local chinese = M.of(text)
  local kind = sentences.KINDS[code]
  if not kind or chinese == "" or chinese:find "[\228-\233][\128-\191][\128-\191]" then
    return chinese
  end
  return kind .. chinese
end

return M
