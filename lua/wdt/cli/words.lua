--- The user's language, and words that depend on a number.
-- @module wdt.cli.words
local ipairs, getenv = ipairs, os.getenv

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

--- Puts English words of a number right: after a lone 1, "rows" is "row". Chinese has no plural.
-- @tparam string text e.g. `"1 rows, 12 calls"`
-- @treturn string `"1 row, 12 calls"`
function M.singular(text)
  return ((" " .. text):gsub("([^%d,.:/-]1 )(%l+)s%f[%A]", "%1%2"):sub(2))
end

return M
