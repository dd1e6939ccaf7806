--- `wdt records METHOD`: rows of any query method.
-- @module wdt.cli.commands.records
local export = require "wdt.cli.export"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"

local M = { name = "records", place = 30,
  summary = { en = "Read the rows of any query method, by its name", zh = "任一查询方法的数据，按方法名" },
  examples = {
    { "wdt records refund_query --last 7d", en = "enterprise: 退换 of the last week",
      zh = "企业版：最近一周的退换单" },
    { "wdt records trade_query --day 2026-11-11 -o trades.csv",
      en = "a day's orders, for a spreadsheet", zh = "一天的订单，可用电子表格打开" },
    { "wdt records refund_query --last 24h --cap 3600",
      en = "as the catalogue knows it, but in windows of an hour",
      zh = "其余按目录所载，但每次只查一小时" },
  } }

function M.options(parser, t)
  parser:argument("METHOD", t{ en = "e.g. refund_query, wms.stockout.Sales.searchCancel",
    zh = "如 refund_query、wms.stockout.Sales.searchCancel" }):target "method":argname "METHOD"
  export.options(parser, t)
  options.add(parser, t, query_of.WORDS)
end

function M.run(args, app)
  return export.run(args, app, function(client, query)
    query_of.describe(args, query)
    return client:records(args.method, query)
  end, function() return args.method end)
end

return M
