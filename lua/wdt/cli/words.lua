--- The user's language, and words that depend on a number.
-- @module wdt.cli.words
local chinese = require "wdt.cli.later" "wdt.cli.chinese"
local ipairs, tostring, getenv = ipairs, tostring, os.getenv

local M = {}

--- The language of the locale.
-- @treturn string `"zh"` or `"en"`
function M.language()
  for _, name in ipairs{ "LC_ALL", "LC_MESSAGES", "LANG" } do
    local locale = getenv(name)
    if locale and locale ~= "" then return locale:find "^zh" and "zh" or "en" end
  end
  return "en"
end

-- Words that end in "s" and are counted by no number, whose "1" is a name.
local VERBS = { [" was"] = true, [" is"] = true, [" has"] = true, [" goes"] = true,
  [" does"] = true, [" stands"] = true, [" holds"] = true }

--- `string.format` in which an English word that a number counts is put right: after a lone 1,
-- "rows" is "row". Only the template's own words are; Chinese has no plural.
-- @tparam string template e.g. `"%d rows, %d calls"`
-- @param ... what it takes, 1 and 12
-- @treturn string `"1 row, 12 calls"`
function M.format(template, ...)
  local values, n = { ... }, 0
  local text = template:gsub("(%%[%d.]*%a)( ?%l*)", function(directive, word)
    n = n + 1
    if tostring(values[n]) ~= "1" or VERBS[word] then return nil end
    return directive .. word:gsub("^( %l+)s$", "%1")
  end)
  return text:format(...)
end

-- Misuse as the library tells it, in plain words. `%1` is a name, `%2` a value.
local PLAIN = {
  { "^setting '([%w_.]+)' is nil, expected (.*)$", "the setting '%1' is missing; expected %2" },
  { "^setting '([%w_.]+)' is (.-), expected (.*)$", "the setting '%1' is %2; expected %3" },
  { "^setting '([%w_.]+)' can't be used, expected (.*)$",
    "the setting '%1' can't be used; expected %2" },
  { "^setting '", "the setting '" },
  { "^parameter '([%w_.]+)' is nil, expected (.*)$", "parameter '%1' is missing; expected %2" },
}

-- Lua's and the library's own words -> those of a command line.
local LUA = {
  { " or a table { default = n, %[method%] = n }", "" }, { "calls a minute,$", "calls a minute" },
  { "table: 0x%x+", "a list" }, { "names: allow_unknown%)", "names: --allow-unknown)" },
  { "%('list' and 'id'%)", "(--list and --id)" },
  { "mask = true", "--mask" }, { "%('id'%)", "(--id)" },
}

--- A misuse in words for a person who writes no Lua.
-- @tparam string text
-- @tparam string language
-- @treturn string
function M.plain(text, language)
  for _, one in ipairs(LUA) do text = text:gsub(one[1], one[2]) end
  if language == "zh" then return chinese.of(text) end
  for _, one in ipairs(PLAIN) do text = text:gsub(one[1], one[2]) end
  return text
end

return M
