--- Describes what a command line says of what is to be read, and the query that it makes.
-- @module wdt.cli.query
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local catalog = later "wdt.catalog"
local edition = require "wdt.edition"
local options = require "wdt.cli.options"
local pick = later "wdt.cli.pick"
local schema = later "wdt.schema"
local type, ipairs, pairs, time, insert = type, ipairs, pairs, os.time, table.insert

local M = {}

--- `--param`.
M.PARAM = { "-p --param", "NAME=VALUE", convert = options.parameter, many = true, target = "params",
  en = "another parameter of the API: name=text, or name:=JSON; several times",
  zh = "接口的其他参数：名=文本，或 名:=JSON；可重复" }

--- `--extra`.
M.EXTRA = { "--extra", "NAME=VALUE", convert = options.parameter, many = true, target = "extra",
  en = "a parameter that no document names, sent as it is; several times",
  zh = "文档中没有的参数，原样发送；可重复" }

--- `--allow-unknown`.
M.ALLOW_UNKNOWN = { "--allow-unknown", en = "take names of fields that no document tells",
  zh = "允许文档中没有的字段名" }

--- `--rate`.
M.RATE = { "--rate", "N", convert = options.positive, en = "calls a minute (60)",
  zh = "每分钟调用次数（默认 60）" }

local ROUTES = { "both" }
for i, name in ipairs(edition.ROUTES) do insert(ROUTES, i, name) end

--- The words of `--route`.
M.ROUTES = ROUTES

--- `--route`.
M.ROUTE = { "--route", "ROUTE", choices = ROUTES,
  en = "direct: the API's own gateway (default); qimen: by Taobao's platform, which shows "
    .. "Taobao-family orders; both: what both show comes once",
  zh = "direct 自有接口（默认）；qimen 经奇门，可见淘系订单；both 两者都读，重复的只输出一次" }

--- When.
M.TIMES = {
  { "--start", "TIME", convert = options.moment "00:00:00",
    en = "first second, Beijing time: YYYY-MM-DD [HH:MM:SS]; or with an offset of its own "
      .. "(…T08:00:00Z), today, yesterday, epoch seconds",
    zh = "起始（含），北京时间：YYYY-MM-DD [HH:MM:SS]；或带时区（…T08:00:00Z）、today、yesterday、Unix 秒数" },
  { "--stop", "TIME", convert = options.moment "23:59:59",
    en = "last second (default: now); a day means its end", zh = "截止（含），默认为现在；只写日期则到当天结束" },
  { "--day", "DATE", convert = options.day, en = "one day, or today, yesterday",
    zh = "某一天，或 today 今天、yesterday 昨天" },
  { "--month", "MONTH", convert = options.month, en = "one month: YYYY-MM", zh = "某一月：YYYY-MM" },
  { "--last", "LENGTH", convert = options.duration, en = "until now: 90m, 24h, 7d, 2w",
    zh = "截至现在的一段时间：90m、24h、7d、2w" },
}

--- Of what is to be read.
M.FILTERS = {
  { "--status", "LIST", convert = options.list, en = "one, or several: 95,110",
    zh = "状态，可多个：95,110" },
  { "--shop", "LIST", convert = options.list, en = "shop_no, one or several", zh = "店铺编号，可多个" },
  { "--warehouse", "LIST", convert = options.list, en = "warehouse_no, one or several",
    zh = "仓库编号，可多个" },
  M.PARAM,
  M.EXTRA,
  { "--history", en = "archived rows instead of the live ones", zh = "改为读取已归档的数据" },
  M.ROUTE,
  { "--with-history", en = "archived rows as well, without duplicates", zh = "同时读取已归档的数据并去重" },
}

--- How.
M.HOW = {
  M.RATE,
  { "--read", "HOW", choices = { "seek", "sweep" },
    en = "seek: complete whatever moves (default); sweep: fewer calls, complete while rows only "
      .. "leave",
    zh = "seek：数据移动也完整（默认）；sweep：调用更少，仅当数据只移出时完整" },
  { "--strict", en = "fail where a window can't be proved complete", zh = "某个窗口无法证明完整时报错" },
  { "--lanes", "N", convert = options.positive, en = "windows read side by side (1)",
    zh = "同时读取的窗口数（默认 1）" },
  { "--page-size", "N", convert = options.page_size,
    en = "rows a page (the most allowed); learn: more, where no document tells the most and the "
      .. "server serves them",
    zh = "每页条数（默认为允许的最大值）；learn：文档未写明上限时逐步试出服务器支持的更大页" },
}

--- Holds what a query may say of its method (`wdt.query.method`).
M.WORDS = {
  { "--list", "PATH", en = "where the rows stand in the answer, e.g. data.order",
    zh = "应答中数据所在路径，如 data.order" },
  { "--total", "PATH", en = "where their number stands", zh = "应答中总数所在路径" },
  { "--id", "NAMES", convert = options.list,
    en = "the field, or up to three, that is a row's identity",
    zh = "标识一条数据的字段，最多三个" },
  { "--modified", "NAME", en = "the field that tells a row's versions apart",
    zh = "区分同一条数据各版本的字段" },
  { "--clock", "NAME", en = "the field of a row that times are about", zh = "时间范围所指的字段" },
  { "--cap", "SECONDS", convert = options.positive,
    en = "the longest window that the method accepts", zh = "接口允许的最大时间跨度（秒）" },
  { "--ends", "HOW", en = "closed or unknown: whether a window includes its end",
    zh = "closed 或 unknown：时间范围是否含末尾" },
  { "--times", "NAMES", convert = options.list, en = "its two parameters of time",
    zh = "起止时间两个参数的名称" },
  { "--duplicates", "HOW", choices = { "keep", "drop" },
    en = "keep: rows equal in all fields are rows of their own (where no identity is known)",
    zh = "keep：各字段均相同的行各自计入（无唯一标识时默认）" },
}

--- Puts what the command line says of the method into a query.
-- @tparam table args
-- @tparam table query
function M.describe(args, query)
  for _, word in ipairs(M.WORDS) do
    local name = word[1]:sub(3)
    query[name] = args[name]
  end
end

--- The table that `--param` makes; a name that stands there twice becomes a list.
-- @tparam {table} params pairs
-- @treturn table
function M.params(params)
  local result = {}
  for _, pair in ipairs(params) do
    local name, value = pair[1], pair[2]
    local old = result[name]
    if old == nil then
      result[name] = value
    else
      if type(old) ~= "table" then old = { old } end
      old[#old + 1] = value
      result[name] = old
    end
  end
  return result
end

local ONE_TIME = { en = "the time is --start and --stop, or --day, or --month, or --last",
  zh = "时间用 --start 与 --stop、--day、--month 或 --last 之一指定" }

local function times_of(args, app)
  local given = 0
  for _, name in ipairs{ "start", "day", "month", "last" } do
    if args[name] then given = given + 1 end
  end
  if given > 1 or args.stop and not args.start then app:fail("usage", app:text(ONE_TIME)) end
  if args.day then return beijing.parse(args.day .. " 00:00:00"),
    beijing.parse(args.day .. " 23:59:59") end
  if args.month then return args.month[1], args.month[2] end
  if args.last then
    local now = time()
    return now - args.last + 1, now
  end
  return args.start, args.start and (args.stop or time())
end

-- Options that a query takes as they are -> its name for them.
local NAMES = { status = "status", shop = "shop_no", warehouse = "warehouse_no", fields = "fields",
  read = "read", route = "route",
  strict = "strict", lanes = "lanes", page_size = "page_size", mask = "mask", private = "private",
  allow_unknown = "allow_unknown" }

local MISFITS = {
  number = { en = "option --where: %s holds numbers, and '%s' is none; wdt values tells what "
    .. "numbers mean", zh = "选项 --where：%s 是数字字段，“%s”不是数字；wdt values 可查各数字的含义" },
  time = { en = "option --where: %s holds times, and '%s' is none: YYYY-MM-DD HH:MM:SS",
    zh = "选项 --where：%s 是时间字段，“%s”不是时间：YYYY-MM-DD HH:MM:SS" } }

-- Ends the command where a condition compares what can't be, of which no row would ever hold.
local function check_conditions(conditions, app, method)
  for _, one in ipairs(conditions) do
    local misfit = pick.misfit(one, schema.field(method, one[1]))
    if misfit then app:fail("usage", app:text(MISFITS[misfit]):format(one[1], one[3])) end
  end
end

--- Ends the command where a column, or a list that is to make lines, is known not to be one.
-- @tparam table args `fields`, `explode`, `where`, `sort`, `sum`, `allow_unknown`
-- @tparam table app
-- @tparam table client
-- @tparam string method
function M.check_columns(args, app, client, method)
  if args.allow_unknown then return end
  local entry = catalog[client.edition][method]
  local fine, err = schema.check("fields", method, args.fields or {})
  local picked = { where = {}, sort = { args.sort and args.sort[1] }, sum = args.sum or {} }
  for i, one in ipairs(args.where or {}) do picked.where[i] = one[1] end
  for name, paths in pairs(picked) do
    if fine then fine, err = schema.check(name, method, paths) end
  end
  if fine and args.explode then
    fine, err = schema.check_list("explode", method, args.explode, entry and entry.nested)
  end
  if not fine then app:fail("usage", app:plainly(err)) end
  check_conditions(args.where or {}, app, method)
end

--- The method that a command line's cancelled stockouts are read by.
-- @tparam table client
-- @tparam table args `route`
-- @treturn string
function M.cancelled_method(client, args)
  local _, _, method = client.dialect.cancelled{ route = args.route }
  return method or client.dialect.CANCELLED
end

--- A command line's query but for its times.
-- @tparam table args
-- @treturn table
function M.filters(args)
  local query = M.params(args.params)
  for option, name in pairs(NAMES) do
    if args[option] ~= nil then query[name] = args[option] end
  end
  query.history = args.with_history and "both" or args.history
  if #args.extra > 0 then query.params = M.params(args.extra) end
  return query
end

--- The query of a command line, as `wdt` takes it.
-- @tparam table args
-- @tparam table app
-- @treturn table
function M.query(args, app)
  local query = M.filters(args)
  query.start, query.stop = times_of(args, app)
  return query
end

return M
