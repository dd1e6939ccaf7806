--- `wdt report NAME`: what a copy in a database tells of the business: its views are made there,
-- and shown or saved.
-- @module wdt.cli.commands.report
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local columns = later "wdt.format.columns"
local export = later "wdt.cli.export"
local options = require "wdt.cli.options"
local report = later "wdt.report"
local sink = later "wdt.sink"
local summary = later "wdt.cli.summary"
local ipairs, next, pairs, sort, concat = ipairs, next, pairs, table.sort, table.concat

-- "sqlite:FILE" -> the same; a place without tables is refused when it is opened.
local function target(text)
  local module, wrong = sink.find(text)
  if not module then return nil, wrong end
  return text
end

-- "refunds=returns" -> { "refunds", "returns" }
local function choice(text)
  local role, name = text:match "^(%l+)=(.+)$"
  if role and report.ROLES[role] then return { role, name } end
  return nil, ("'%s' is none of stockouts=TABLE, refunds=TABLE, stock=TABLE"):format(text)
end

local M = { name = "report", place = 102, account = false,
  summary = { en = "Show or save what a copy tells: sales, margin, freight, stock",
    zh = "查看或导出报表：销售、毛利、运费、库存天数（基于副本）" },
  examples = {
    { "wdt report daily_sales --to mysql://erp@localhost/erp --month 2026-11",
      en = "by day, shop and SKU, net of returns", zh = "按日、店铺、单品，扣除退货" },
    { "wdt report margin --to sqlite:erp.db --month 2026-11 --header label -o margin.xlsx",
      en = "as a workbook with Chinese headings", zh = "导出为带中文表头的工作簿" },
  } }

local OPTIONS = {
  { "--to", "TARGET", convert = target,
    en = "the copy: sqlite:FILE, mysql://USER@HOST/DATABASE, postgres:ADDRESS",
    zh = "副本：sqlite:文件、mysql://用户@主机/库、postgres:地址" },
  { "--month", "MONTH", convert = options.month, en = "of a month, e.g. 2026-11",
    zh = "某月，如 2026-11" },
  { "--table", "ROLE=NAME", convert = choice, many = true,
    en = "the tables to read, where several may be meant: stockouts=shipped, refunds=…, stock=…",
    zh = "有多个候选表时指定：stockouts=shipped、refunds=…、stock=…" },
  { "--sql", en = "print the SQL of the view, and make nothing", zh = "只输出视图的 SQL，不建立视图" },
  { "--format", "FORMAT", choices = { "table", "ndjson", "csv", "json", "xlsx" },
    en = "table on a terminal, ndjson elsewhere, or by the ending of FILE",
    zh = "默认：终端上为 table，否则为 ndjson，或按文件扩展名" },
  { "--header", "KIND", choices = { "name", "label" },
    en = "csv, table, xlsx: names (default) or Chinese labels",
    zh = "csv、table、xlsx：表头用英文名（默认）或中文名称" },
  { "--bom", en = "csv: begin with a byte order mark, for Excel", zh = "csv：文件开头写 BOM，供 Excel 识别" },
  { "-o --output", "FILE", en = "write into FILE", zh = "写入文件" },
}

function M.options(parser, t)
  parser:argument("NAME", t{ en = "default: list the reports", zh = "默认列出全部报表" })
    :target "report":argname "NAME":args "?"
  options.add(parser, t, OPTIONS)
  options.add(parser, t, options.RANGE)
end

local UNKNOWN = { en = "'%s' is no report; there are: %s", zh = "没有报表“%s”；现有：%s" }
local NO_TARGET = { en = "say where the copy is, by --to", zh = "请用 --to 指定副本所在的数据库" }
local NO_DAYS = { en = "%s tells of now: --month, --start and --stop don't go with it",
  zh = "%s 反映当前状况，不能与 --month、--start、--stop 同用" }
local TWICE = { en = "--month says when: --start and --stop don't go with it",
  zh = "--month 已指定时间，不能再用 --start、--stop" }
local NO_REFUNDS = { en = "no copy of refunds stands there: returns are not taken off",
  zh = "其中没有退换单的副本：未扣除退货" }
local TEXTS = { en = "the column %s holds texts: values that are no numbers count as 0",
  zh = "列 %s 为文本：非数字的值按 0 计" }
local ABSENT = { en = "no field %s stands there: what it would tell is left empty",
  zh = "没有字段 %s：与其有关的列为空" }
local MADE = { en = "%s rows; the view is %s", zh = "%s 行；视图名为 %s" }

local function list_all(app)
  local rows = {}
  for i, one in ipairs(report.NAMES) do rows[i] = { one.name, app:text(one) } end
  for _, line in ipairs(columns.format(nil, rows, 90)) do app:write(line, "\n") end
end

-- Ends the command with what the library returned.
local function failed(app, err, code, zh)
  app:fail(code, app:text{ en = err:gsub("^%l+: ", "", 1), zh = zh })
end

-- The report, checked against the options.
local function chosen(args, app)
  local one = report.find(args.report)
  if not one then
    local names = {}
    for i, other in ipairs(report.NAMES) do names[i] = other.name end
    app:fail("usage", app:text(UNKNOWN):format(args.report, concat(names, ", ")))
  end
  if not args.to then app:fail("usage", app:text(NO_TARGET)) end
  local module, address = sink.find(args.to)
  if module.shows_a_secret and module.shows_a_secret(address) then
    app:fail("usage", app:text(options.PASSWORD))
  end
  if (args.month or args.start or args.stop) and not one.daily then
    app:fail("usage", app:text(NO_DAYS):format(one.name))
  end
  if args.month and (args.start or args.stop) then app:fail("usage", app:text(TWICE)) end
  return one
end

-- First and last day, as the database has them.
local function range_of(args)
  local function day(second) return second and beijing.format(second):sub(1, 10) end
  return { from = day(args.month and args.month[1] or args.start),
    to = day(args.month and args.month[2] or args.stop) }
end

-- Says what a reader of the figures has to know.
local function tell(app, one, found)
  if one.uses and not found.refunds then app:say(app:text(NO_REFUNDS)) end
  for words, set in pairs{ [TEXTS] = found.texts, [ABSENT] = found.absent } do
    local names = {}
    for name in next, set do names[#names + 1] = name end
    sort(names)
    for _, name in ipairs(names) do app:say(app:text(words):format(name)) end
  end
end

local function writer_of(args, app, one, format, out)
  local names, by_name = {}, {}
  for i, column in ipairs(one.columns) do names[i], by_name[column[1]] = column[1], column end
  return format.new{ write = function(...) app:put(...) end, path = out.part, fields = names,
    known = function(path) return by_name[path] end, header = args.header, bom = args.bom,
    width = out.width,
    fail = function(words) app:fail("output", app:text(words)) end,
    say = function(words, ...) app:say(app:text(words):format(...)) end }
end

local function wanted_of(args)
  local wanted = {}
  for _, pair in pairs(args.table or {}) do wanted[pair[1]] = pair[2] end
  return wanted
end

function M.run(args, app)
  if not args.report then return list_all(app) end
  local one = chosen(args, app)
  local reports, err, code, zh = report.open(args.to, wanted_of(args))
  if not reports then failed(app, err, code, zh) end
  app:finally(function() reports:close() end)
  if args.sql then
    local list
    list, err, code, zh = reports:statements(one.name)
    if not list then failed(app, err, code, zh) end
    return app:write(concat(list, ";\n"), ";\n")
  end
  local format = export.format_of(args, app)
  local found
  found, err, code, zh = reports:make(one.name)
  if not found then failed(app, err, code, zh) end
  tell(app, one, found)
  local rows
  rows, err, code, zh = reports:rows(one.name, range_of(args))
  if not rows then failed(app, err, code, zh) end
  local out, n = app:output(args.output), 0
  local into = writer_of(args, app, one, format, out)
  for row in rows do
    n = n + 1
    into:row(row)
  end
  into:finish()
  app:written(out:finish())
  app:say(app:filled(MADE, summary.grouped(n), report.view(one.name)))
end

return M
