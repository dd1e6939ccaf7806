--- `wdt values METHOD FIELD`: what the values of a field mean.
-- @module wdt.cli.commands.values
local later = require "wdt.cli.later"
local columns = later "wdt.format.columns"
local json = later "wdt.json"
local known = later "wdt.cli.known"
local options = require "wdt.cli.options"
local ipairs, tostring = ipairs, tostring

local M = { name = "values", place = 76,
  summary = { en = "Show what the values of a field mean, e.g. of a status",
    zh = "查看某字段各取值的含义，如状态" },
  examples = {
    { "wdt values stockouts status", en = "the numbers of --status", zh = "供 --status 使用的数字" },
    { "wdt values stockouts bad_reason --format json", en = "for a program", zh = "供程序读取" },
  } }

function M.options(parser, t)
  parser:argument("METHOD", t{ en = "stockouts, cancelled, or a method's name (wdt methods)",
    zh = "stockouts、cancelled，或方法名（wdt methods）" }):target "method":argname "METHOD"
  parser:argument("FIELD", t{ en = "a field of its rows (wdt fields)",
    zh = "其数据的字段（wdt fields）" }):target "field":argname "FIELD"
  options.add(parser, t, { options.EDITION, options.FORMAT })
end

local UNKNOWN = { en = "no document tells the fields of %s", zh = "%s 的字段没有文档" }
local NONE = { en = "no document names the values of %s", zh = "%s 的取值没有文档" }
local BITS = { en = "a value is the sum of those that apply", zh = "取值为各适用项之和" }

function M.run(args, app)
  local method, name = known.method(args, app, args.method)
  if not known.fields(name) then
    app:say(app:text(UNKNOWN):format(method))
    return 1
  end
  local list, bits = known.values(app, name, args.field)
  if args.format == "json" then
    app:write(json.line(json.list(list)))
  elseif #list > 0 then
    local rows = {}
    for i, one in ipairs(list) do rows[i] = { tostring(one.value), one.label } end
    for _, line in ipairs(columns.format(nil, rows, 80)) do app:write(line, "\n") end
    if bits then app:say(app:text(BITS)) end
  end
  if #list > 0 then return 0 end
  app:say(app:text(NONE):format(args.field))
  return 1
end

return M
