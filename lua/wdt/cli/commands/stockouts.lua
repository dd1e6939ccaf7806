--- `wdt stockouts`: 销售出库单.
-- @module wdt.cli.commands.stockouts
local export = require "wdt.cli.export"

local M = { name = "stockouts", place = 10,
  summary = { en = "Read sales stockouts, by default what was shipped", zh = "销售出库单，默认为已发货的" },
  options = export.options,
  examples = {
    { "wdt stockouts --last 24h", en = "what was shipped in the last day, as a table",
      zh = "最近一天发货的出库单，以表格显示" },
    { "wdt stockouts --start 2026-11-01 --stop 2026-11-20 --status 95,110 --format ndjson | wc -l",
      en = "one JSON object a line, for other programs", zh = "每行一个 JSON 对象，供其他程序使用" },
    { "wdt stockouts --day 2026-11-11 --shop tm_flagship "
      .. "--fields order_no,consign_time,details_list.spec_no,details_list.goods_count -o day.csv",
      en = "a line for each line of goods, for a spreadsheet", zh = "每个货品一行，可用电子表格打开" },
  } }

function M.run(args, app)
  return export.run(args, app, function(client, query) return client:stockouts(query) end,
    function(client) return client.dialect.STOCKOUTS end)
end

return M
