--- `wdt profiles`: the accounts of the configuration file, without what is secret.
-- @module wdt.cli.commands.profiles
local later = require "wdt.cli.later"
local account = later "wdt.cli.account"
local columns = later "wdt.format.columns"
local config = later "wdt.config"
local json = later "wdt.json"
local options = require "wdt.cli.options"
local ipairs, pairs, sort, getenv = ipairs, pairs, table.sort, os.getenv

local M = { name = "profiles", place = 4, account = false,
  summary = { en = "List the accounts of the configuration file, without secrets",
    zh = "列出配置文件中的账号，不显示密钥" },
  examples = {
    { "wdt profiles", en = "which accounts are there?", zh = "有哪些账号？" },
    { "wdt profiles --format json", en = "for a program", zh = "供程序读取" },
  } }

function M.options(parser, t)
  options.add(parser, t, { options.FORMAT })
end

local NONE = { en = "no profile yet; wdt init makes one, in %s", zh = "还没有账号；wdt init 可以创建，写入 %s" }

local function list_of(profiles)
  local list, chosen = {}, getenv "WDT_PROFILE" or "default"
  for name, one in pairs(profiles) do
    list[#list + 1] = { name = name, edition = one.edition, sid = one.sid,
      url = one.url and config.public_url(one.url), used = name == chosen }
  end
  sort(list, function(a, b) return a.name < b.name end)
  return list
end

function M.run(args, app)
  local profiles, err = account.profiles()
  if err then app:fail("config", err) end
  local list = list_of(profiles or {})
  if args.format == "json" then
    app:write(json.line(json.list(list)))
    return
  end
  if #list == 0 then return app:say(app:text(NONE):format(account.path() or "-")) end
  local titles = { "", app:text{ en = "profile", zh = "账号" },
    app:text{ en = "edition", zh = "版本" }, "sid", "url" }
  local rows = {}
  for i, one in ipairs(list) do
    rows[i] = { one.used and "*" or "", one.name, one.edition or "?", one.sid or "?",
      one.url or "" }
  end
  for _, line in ipairs(columns.format(titles, rows, 60)) do
    app:write((line:gsub("%s+$", "")), "\n")
  end
end

return M
