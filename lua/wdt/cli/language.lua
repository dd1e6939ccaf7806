--- The user's language, by the locale.
-- @module wdt.cli.language
local ipairs, getenv = ipairs, os.getenv

--- @treturn string `"zh"` or `"en"`
return function()
  for _, name in ipairs{ "LC_ALL", "LC_MESSAGES", "LANG" } do
    local locale = getenv(name)
    if locale and locale ~= "" then return locale:find "^zh" and "zh" or "en" end
  end
  return "en"
end
