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

-- Misuse as the library tells it, in words for a person. `%1` is a name, `%2` a value.
local PLAIN = {
  { "^setting '([%w_.]+)' is nil, expected (.*)$", en = "the setting '%1' is missing; expected %2",
    zh = "缺少设置项 %1，应为 %2" },
  { "^setting '([%w_.]+)' is (.-), expected (.*)$",
    en = "the setting '%1' is %2; expected %3", zh = "设置项 %1 的值 %2 无法使用，应为 %3" },
  { "^setting '([%w_.]+)' can't be used, expected (.*)$",
    en = "the setting '%1' can't be used; expected %2", zh = "设置项 %1 的值无法使用，应为 %2" },
  { "^setting '([%w_.]+)' is not known", en = "the setting '%1' is not known",
    zh = "没有设置项 %1" },
  { "^parameter '([%w_.]+)' is table: 0x%x+, expected (.*)$",
    en = "parameter '%1' is a list, expected %2", zh = "参数 %1 是列表，应为 %2" },
  { "^parameter '([%w_.]+)' is nil, expected (.*)$", en = "parameter '%1' is missing; expected %2",
    zh = "缺少参数 %1，应为 %2" },
  { "^parameter '([%w_.]+)' is (.-), expected (.*)$", en = "parameter '%1' is %2, expected %3",
    zh = "参数 %1 的值 %2 无法使用，应为 %3" },
  { "a field that no document names: allow_unknown",
    en = "a field that no document names: --allow-unknown",
    zh = "文档中没有的字段须加 --allow-unknown" },
  { "a list that no document names: allow_unknown",
    en = "a list that no document names: --allow-unknown",
    zh = "文档中没有的列表须加 --allow-unknown" },
  { "; the nearest known: ", en = "; the nearest known: ", zh = "；最接近的有：" },
}

-- Expected values, in Chinese.
local EXPECTED = {
  { '" or "', '" 或 "' }, { "the seller's account name %(卖家账号%)", "卖家账号" },
  { "the application's key", "应用的 appkey" }, { "the application's secret", "应用的 appsecret" },
  { "an http or https address without a query, of a port from 1 to 65535",
    "不带参数的 http 或 https 地址，端口 1 至 65535" },
  { "a whole number of calls a minute, or a table .*$", "每分钟调用次数（整数）" },
  { "a whole number of calls a minute", "每分钟调用次数（整数）" },
  { "a number of seconds above 0", "大于 0 的秒数" }, { "a whole number above 0", "大于 0 的整数" },
  { "a whole number from (%d+) to (%d+)", "%1 到 %2 的整数" }, { "a proxy's address", "代理地址" },
  { "the path of a file of certificates", "证书文件的路径" },
  { "a text of at least 16 bytes that can't be guessed", "至少 16 字节、他人无法猜到的文本" },
  { "a field of its rows", "其数据的字段" }, { "a list within its rows", "其数据中的列表" },
}

--- A misuse in words for a person who writes no Lua.
-- @tparam string text
-- @tparam string language
-- @treturn string
function M.plain(text, language)
  text = text:gsub(" or a table { default = n, %[method%] = n }", "")
    :gsub("calls a minute,$", "calls a minute")
  for _, one in ipairs(PLAIN) do text = text:gsub(one[1], one[language]) end
  for _, one in ipairs(language == "zh" and EXPECTED or {}) do text = text:gsub(one[1], one[2]) end
  return text
end

return M
