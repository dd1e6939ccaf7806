--- `wdt audit NAME`: holds the copy that `wdt sync NAME` keeps against the gateway's own totals and
-- the ERP's statistic, and repairs it.
-- @module wdt.cli.commands.audit
local later = require "wdt.cli.later"
local audit = later "wdt.audit"
local beijing = later "wdt.beijing"
local columns = later "wdt.format.columns"
local json = later "wdt.json"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local sink = later "wdt.sink"
local state = later "wdt.state"
local concat, ipairs = table.concat, ipairs

local WHAT = { stockouts = "stockouts", cancelled = "cancelled_stockouts" }

local function target(text)
  local module, wrong = sink.find(text)
  if not module then return nil, wrong end
  return text
end

local M = { name = "audit", place = 71,
  summary = { en = "Hold a copy against the gateway's totals, and repair it",
    zh = "用接口总数与 ERP 销售汇总核对副本，并修复差异" },
  examples = {
    { "wdt audit shipped --to sqlite:shipped.db --start 2026-11-01",
      en = "what is missing since, by day, shop and SKU; it is read again",
      zh = "核对此日以来的数据，按日、店铺、单品列出差异并重新读取" },
    { "wdt audit stockouts --to mysql://erp@localhost/erp --thorough --dry",
      en = "every row against the gateway; nothing is changed", zh = "逐条核对，不修改副本" },
  } }

local OPTIONS = {
  { "--to", "TARGET", required = true, convert = target,
    en = "the database, as wdt sync was given it",
    zh = "数据库，与 wdt sync 的 --to 相同" },
  { "--what", "WHAT",
    en = "as wdt sync was given it: stockouts (default), cancelled, a query method",
    zh = "与 wdt sync 相同：stockouts（默认）、cancelled，或某个查询方法" },
  { "--state", "FILE", en = "the state file, where wdt sync was given one",
    zh = "进度文件（若 wdt sync 使用了它）" },
  { "--thorough", en = "read every row, where totals would do", zh = "逐条读取，不只比较总数" },
  { "--sample", "N", convert = options.count, en = "rows to look up at random (20; 0 none)",
    zh = "随机抽查的条数（默认 20，0 为不抽查）" },
  { "--dry", en = "only tell; repair nothing", zh = "只报告，不修复" },
}

function M.options(parser, t)
  parser:argument("NAME", t{ en = "of the job, as wdt sync was given it",
    zh = "任务名，与 wdt sync 相同" })
    :target "name":argname "NAME"
  for _, list in ipairs{ OPTIONS, query_of.FILTERS, query_of.HOW, options.RANGE,
    { options.FORMAT } } do
    options.add(parser, t, list)
  end
end

local NO_DATABASE = { en = "a copy in a database can be audited: files have no keys",
  zh = "只能核对数据库中的副本：文件没有主键" }

local KINDS = { missing = { en = "missing", zh = "缺失" }, older = { en = "older", zh = "版本较旧" },
  lines = { en = "lines missing", zh = "缺明细" }, differs = { en = "differs in %s", zh = "%s 不同" } }
local TITLES = { { en = "day", zh = "日期" }, { en = "shop", zh = "店铺" }, { en = "number",
  zh = "单号" },
  { en = "difference", zh = "差异" }, { en = "SKUs", zh = "商家编码" }, { en = "repaired", zh = "已修复" } }
local SUMS = { { en = "day", zh = "日期" }, { en = "shop", zh = "店铺" }, { en = "warehouse",
  zh = "仓库" },
  { en = "SKU", zh = "商家编码" }, { en = "statistic", zh = "ERP 汇总" }, { en = "copy", zh = "副本" } }

local RESULT = { en = "%d differences, %d repaired; %s to %s: %d rows read, %d totals compared, "
  .. "%d days of the statistic, %d rows looked up",
  zh = "%d 处差异，已修复 %d 处；%s 至 %s：读取 %d 条，比较总数 %d 个，销售汇总 %d 天，抽查 %d 条" }
local NO_STATISTIC = { en = "the statistic of sales can't be asked: %s", zh = "无法使用销售汇总：%s" }
local REST = { en = "the statistic still tells otherwise: rows that the gateway does not show any "
  .. "more, or that this job does not ask for",
  zh = "以下仍与 ERP 汇总不同：可能是接口已不再返回、或本任务未查询的单据" }
local GONE = { en = "%d rows looked up, not shown by the gateway any more: %s",
  zh = "抽查中有 %d 条接口已不再返回：%s" }
local UNPROVED = { en = "some windows could not be proved complete: run it again later",
  zh = "部分窗口无法证明完整：请稍后再次运行" }
-- Tells what is not seen, said each time: no one is to take silence for more than it is.
local UNSEEN = {
  en = "not seen: a row that was lost in an hour in which another one left the query, and lost "
    .. "lines, where totals alone were compared (--thorough reads all); by the statistic, anything "
    .. "but shipped quantities: amounts, addresses, states, and errors that cancel each other",
  zh = "无法发现：只比较总数时，同一小时内一条丢失、另一条恰好不再符合查询，以及丢失的明细（--thorough 逐条读取）；"
    .. "ERP 汇总只含发货数量，看不到金额、地址、状态，以及相互抵消的差异" }

local function table_of(app, titles, rows)
  local heads = {}
  for i, title in ipairs(titles) do heads[i] = app:text(title) end
  for _, line in ipairs(columns.format(heads, rows, 60)) do app:write(line, "\n") end
end

local function show_differences(app, found)
  local rows = {}
  for i, one in ipairs(found.differences) do
    rows[i] = { one.day, one.shop_no or "", one.number or "",
      app:text(KINDS[one.kind]):format(one.field), concat(one.skus, " "),
      one.repaired and app:text{ en = "yes", zh = "是" } or app:text{ en = "no", zh = "否" } }
  end
  if #rows > 0 then table_of(app, TITLES, rows) end
end

local function show_rest(app, found)
  local rows = {}
  for i, one in ipairs(found.unexplained) do
    rows[i] = { one.day, one.shop_no, one.warehouse_no, one.spec_no,
      ("%.4f"):format(one.expected), ("%.4f"):format(one.found) }
  end
  if #rows == 0 then return end
  app:say(app:text(REST))
  table_of(app, SUMS, rows)
end

local function tell(app, found)
  if found.no_statistic then app:say(app:text(NO_STATISTIC):format(found.no_statistic)) end
  if #found.gone > 0 then
    app:say(app:filled(GONE, #found.gone, concat(found.gone, ", ")))
  end
  if found.unproved then app:say(app:text(UNPROVED)) end
  app:say(app:filled(RESULT, #found.differences, #found.differences - found.left,
    beijing.format(found.start), beijing.format(found.stop), found.rows, found.totals,
    found.days_of_statistic, found.looked_up))
  app:say(app:text(UNSEEN))
end

-- As data, times as texts.
local function data_of(found)
  found.start, found.stop = beijing.format(found.start), beijing.format(found.stop)
  for _, one in ipairs(found.differences) do
    one.time = one.time and beijing.format(one.time)
    json.list(one.skus)
  end
  for _, one in ipairs(found.unexplained) do one.key = nil end
  for _, name in ipairs{ "differences", "unexplained", "gone" } do json.list(found[name]) end
  return json.line(found)
end

-- The job, as `wdt sync` makes it.
local function job_of(args)
  local query = query_of.filters(args)
  query.lanes, query.fields, query.route = nil, nil, nil
  local what = args.what or "stockouts"
  return { name = args.name, what = WHAT[what], method = not WHAT[what] and what or nil,
    route = args.route, query = query, into = args.to,
    state = args.state and state.file(args.state) }
end

function M.run(args, app)
  local module, address = sink.find(args.to)
  if module.keyless then app:fail("usage", app:text(NO_DATABASE)) end
  if module.shows_a_secret and module.shows_a_secret(address) then
    app:fail("usage", app:text(options.PASSWORD))
  end
  local client = app:client(args)
  local found, err, code, zh = app:attempt("usage", audit.run, client, job_of(args), {
    start = args.start, stop = args.stop, thorough = args.thorough, sample = args.sample,
    dry = args.dry, watch = function(event)
      if event.event == "day" then app.progress:update{ label = event.day } end
    end })
  if not found then app:fail(code, app:text{ en = err:gsub("^%l+: ", "", 1), zh = zh or err }) end
  if args.format == "json" then
    local left = found.left
    app:write(data_of(found))
    return left > 0 and 1 or 0
  end
  show_differences(app, found)
  show_rest(app, found)
  tell(app, found)
  return found.left > 0 and 1 or 0
end

return M
