--- `wdt records METHOD`: rows of any query method.
-- @module wdt.cli.commands.records
local export = require "wdt.cli.export"
local options = require "wdt.cli.options"
local ipairs = ipairs

local M = { name = "records",
  summary = { en = "Read the rows of any query method, by its name", zh = "任一查询方法的数据，按方法名" },
  examples = {
    { "wdt records refund_query --last 7d", en = "enterprise: 退换 of the last week", zh = "企业版：最近一周的退换单" },
    { "wdt records trade_query --day 2026-11-11 -o trades.csv", en = "a day's orders, for a spreadsheet", zh = "一天的订单，可用电子表格打开" },
    { "wdt records refund_query --last 24h --cap 3600", en = "as the catalogue knows it, but in windows of an hour",
      zh = "其余按目录所载，但每次只查一小时" },
  } }

-- What a query may say of its method (`wdt.query.method`).
local WORDS = {
  { "--list", "PATH", en = "where the rows stand in the answer, e.g. data.order", zh = "应答中数据所在路径，如 data.order" },
  { "--total", "PATH", en = "where their number stands", zh = "应答中总数所在路径" },
  { "--id", "NAMES", convert = options.list, en = "the field, or up to three, that is a row's identity",
    zh = "标识一条数据的字段，最多三个" },
  { "--modified", "NAME", en = "the field that tells a row's versions apart", zh = "区分同一条数据各版本的字段" },
  { "--clock", "NAME", en = "the field of a row that times are about", zh = "时间范围所指的字段" },
  { "--cap", "SECONDS", convert = options.positive, en = "the longest window that the method accepts", zh = "接口允许的最大时间跨度（秒）" },
  { "--ends", "HOW", en = "closed or unknown: whether a window includes its end", zh = "closed 或 unknown：时间范围是否含末尾" },
  { "--times", "NAMES", convert = options.list, en = "its two parameters of time", zh = "起止时间两个参数的名称" },
}

function M.options(parser, t)
  parser:argument("method", t{ en = "e.g. refund_query, wms.stockout.Sales.searchCancel",
    zh = "如 refund_query、wms.stockout.Sales.searchCancel" }):argname "METHOD"
  export.options(parser, t)
  options.add(parser, t, WORDS)
end

function M.run(args, app)
  return export.run(args, app, function(client, query)
    for _, word in ipairs(WORDS) do
      local name = word[1]:sub(3)
      query[name] = args[name]
    end
    return client:records(args.method, query)
  end, function() return args.method end)
end

return M
