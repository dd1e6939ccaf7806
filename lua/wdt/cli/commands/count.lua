--- `wdt count`: how many rows a range has, from totals alone.
-- @module wdt.cli.commands.count
local later = require "wdt.cli.later"
local blind = later "wdt.cli.blind"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local ipairs = ipairs

local M = { name = "count", place = 40,
  summary = { en = "Count rows without reading them", zh = "只统计条数，不读取明细" },
  examples = {
    { "wdt count --start 2026-11-01 --stop 2026-11-20 --status 95",
      en = "shipped stockouts of twenty days", zh = "二十天内已发货的出库单" },
    { "wdt count cancelled --day 2026-11-11", en = "cancelled ones of a day", zh = "某一天已取消的出库单" },
  } }

function M.options(parser, t)
  parser:argument("WHAT", t{ en = "stockouts (default), cancelled, or a method's name",
    zh = "stockouts（默认）、cancelled，或方法名" })
    :target "method":argname "WHAT":args "?"
  for _, list in ipairs{ query_of.TIMES, query_of.FILTERS, { query_of.RATE }, query_of.WORDS } do
    options.add(parser, t, list) end
end

-- Tells what the routes in use keep back from the count. A stream that is not read makes no call.
local function tell_blind(app, client, method, query)
  local stream = client:records(method, query)
  blind.say(app, stream:progress().blind)
  stream:close()
end

function M.run(args, app)
  local client, query = app:client(args), query_of.query(args, app)
  query_of.describe(args, query)
  local method = args.method or "stockouts"
  if method == "stockouts" then
    method = client.dialect.STOCKOUTS
  elseif method == "cancelled" then
    method = query_of.cancelled_method(client, args)
    local cancelled, problem = client.dialect.cancelled(query)
    if not cancelled then app:fail("usage", app:plainly(problem)) end
    query = cancelled
  end
  local n, err, code = app:attempt("usage", client.count, client, method, query)
  app:write(("%.0f\n"):format(app:expect(n, err, code)))
  app:flush()
  tell_blind(app, client, method, query)
  app:event{ event = "end", rows = n }
end

return M
