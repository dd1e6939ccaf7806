--- `wdt cancelled`: cancelled stockouts.
-- @module wdt.cli.commands.cancelled
local export = require "wdt.cli.export"
local query_of = require "wdt.cli.query"

local M = { name = "cancelled", place = 20,
  summary = { en = "Read cancelled stockouts, by the time of the last change",
    zh = "已取消的出库单，按最后修改时间" },
  options = export.options,
  examples = {
    { "wdt cancelled --day 2026-11-11", en = "a day's, as a table", zh = "某一天的，以表格显示" },
    { "wdt cancelled --last 7d -o cancelled.ndjson",
      en = "the last week's, into a file that is there only when it is whole",
      zh = "最近一周的，写入文件；文件完整后才会出现" },
  } }

function M.run(args, app)
  return export.run(args, app, function(client, query) return client:cancelled_stockouts(query) end,
    function(client) return query_of.cancelled_method(client, args) end, "modified")
end

return M
