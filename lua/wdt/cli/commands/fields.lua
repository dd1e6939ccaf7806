--- `wdt fields METHOD [WORD]`: the fields of a method's rows.
-- @module wdt.cli.commands.fields
local later = require "wdt.cli.later"
local columns = later "wdt.format.columns"
local json = later "wdt.json"
local known = later "wdt.cli.known"
local options = require "wdt.cli.options"
local ipairs = ipairs

local M = { name = "fields", place = 74,
  summary = { en = "Show the fields of a method's rows: label, type, whether private",
    zh = "查看某方法各字段的名称、类型、是否个人信息" },
  examples = {
    { "wdt fields stockouts amount", en = "those with the word in their name or label",
      zh = "名称或标签含该词的字段" },
    { "wdt fields stockouts 收件", en = "by the vendor's labels", zh = "按中文标签查找" },
  } }

function M.options(parser, t)
  parser:argument("METHOD", t{ en = "stockouts, cancelled, or a method's name (wdt methods)",
    zh = "stockouts、cancelled，或方法名（wdt methods）" }):target "method":argname "METHOD"
  parser:argument("WORD", t{ en = "default: all", zh = "默认列出全部" })
    :target "word":argname "WORD":args "?"
  options.add(parser, t, { options.EDITION, options.FORMAT })
end

local NONE = { en = "no field has '%s' in its name or label", zh = "没有名称或标签含“%s”的字段" }
local UNKNOWN = { en = "no document tells the fields of %s; wdt records %s --last 1h shows them",
  zh = "%s 的字段没有文档；可用 wdt records %s --last 1h 查看" }
local PRIVATE, VALUES = { en = "private", zh = "个人信息" }, { en = "values", zh = "枚举" }

function M.run(args, app)
  local method, name = known.method(args, app, args.method)
  local fields = known.fields(name)
  if not fields then
    app:say(app:text(UNKNOWN):format(method, method))
    return 1
  end
  local found, rows = {}, {}
  for _, one in ipairs(fields) do
    if known.holds(args.word, one.path, one.label) then
      found[#found + 1] = one
      rows[#rows + 1] = { one.path, one.label, one.type, one.private and app:text(PRIVATE) or "",
        one.values and app:text(VALUES) or "" }
    end
  end
  if args.format == "json" then
    app:write(json.line(json.list(found)))
  elseif #rows > 0 then
    local titles = { app:text{ en = "field", zh = "字段" }, app:text{ en = "label", zh = "标签" },
      app:text{ en = "type", zh = "类型" }, "", "" }
    for _, line in ipairs(columns.format(titles, rows, 60)) do
      app:write((line:gsub("%s+$", "")), "\n")
    end
  end
  if #rows > 0 then return 0 end
  app:say(app:text(NONE):format(args.word))
  return 1
end

return M
