--- `wdt methods [WORD]`: the methods of the API, by their names and the vendor's titles.
-- @module wdt.cli.commands.methods
local later = require "wdt.cli.later"
local columns = later "wdt.format.columns"
local json = later "wdt.json"
local known = later "wdt.cli.known"
local options = require "wdt.cli.options"
local ipairs = ipairs

local M = { name = "methods", place = 72,
  summary = { en = "Find a method by a word of its name or title", zh = "按名称或标题查找接口方法" },
  examples = {
    { "wdt methods refund", en = "all that have to do with refunds", zh = "与退款有关的方法" },
    { "wdt methods 库存 --format json", en = "by the vendor's Chinese titles, for a program",
      zh = "按中文标题查找，供程序读取" },
  } }

function M.options(parser, t)
  parser:argument("WORD", t{ en = "default: all", zh = "默认列出全部" })
    :target "word":argname "WORD":args "?"
  options.add(parser, t, { options.EDITION, options.FORMAT })
end

local KINDS = { query = { en = "reads", zh = "查询" }, push = { en = "creates", zh = "推送" },
  action = { en = "acts", zh = "操作" } }
local NONE = { en = "no method has '%s' in its name or title; wdt methods tells all",
  zh = "没有名称或标题含“%s”的方法；wdt methods 列出全部" }

function M.run(args, app)
  local found, rows = {}, {}
  for _, one in ipairs(known.methods(known.editions(args))) do
    if known.holds(args.word, one.method, one.title) then
      found[#found + 1] = one
      rows[#rows + 1] = { one.method, app:text(KINDS[one.kind]), one.edition, one.title }
    end
  end
  if args.format == "json" then
    app:write(json.line(json.list(found)))
  elseif #rows > 0 then
    local titles = { app:text{ en = "method", zh = "方法" }, app:text{ en = "kind", zh = "类别" },
      app:text{ en = "edition", zh = "版本" }, app:text{ en = "title", zh = "标题" } }
    for _, line in ipairs(columns.format(titles, rows, 60)) do app:write(line, "\n") end
  end
  if #rows > 0 then return 0 end
  app:say(app:text(NONE):format(args.word))
  return 1
end

return M
