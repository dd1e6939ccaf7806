-- The objects that a user holds and what they do, as data; see api_tables.lua. A function is {
-- name, params, returns, en, zh }, params and returns are lists of { name, type }; a name that ends
-- in "?" may be left out. A failure is `nil, "code: text", "code"` where `fails = true`.
local M = {}

local function fails(f)
  f.fails = true
  return f
end

local QUERY, METHOD = { "query", "wdt.Query" }, { "method", "string" }

local function reading(self)
  return {
    { self .. "stockouts", { QUERY }, { { "stream", "wdt.StockoutStream" } },
      "销售出库单: a stream (enterprise `stockout_order_query_trade`, ultimate "
        .. "`wms.stockout.Sales.queryWithDetail`)",
      "销售出库单，返回流（企业版 `stockout_order_query_trade`，旗舰版 `wms.stockout.Sales.queryWithDetail`）" },
    { self .. "cancelled_stockouts", { QUERY }, { { "stream", "wdt.StockoutStream" } },
      "cancelled ones: enterprise `status = 5`, ultimate `wms.stockout.Sales.searchCancel`",
      "已取消出库单：企业版即 `status = 5`，旗舰版 `wms.stockout.Sales.searchCancel`" },
    { self .. "records", { METHOD, QUERY }, { { "stream", "wdt.Stream" } },
      "rows of any query method of the catalogue, or of one that the query describes: a stream",
      "目录中任一查询方法（或在查询中自行描述的方法）的记录，返回流" },
    fails{ self .. "count", { METHOD, QUERY }, { { "rows", "integer" } },
      "number of rows in a range, from totals alone", "一段时间内的条数，只看总数，不取明细" },
    fails{ self .. "call", { METHOD, { "params?", "table" }, { "pager?", "wdt.Pager" },
      { "options?", "wdt.CallOptions" } },
      { { "data", "any" } },
      "one signed call of any method: its data", "调用任意方法一次，自动签名，返回数据" },
    fails{ self .. "sync", { { "job", "wdt.JobOptions" } }, { { "job", "wdt.Job" } },
      "incremental reading with checkpoints, see [sync](sync.md)", "带断点的增量读取，见 [sync](sync.md)" },
  }
end

local module = { name = "wdt.Module", self = "wdt.",
  en = "The module `wdt`, and `resty.wdt` inside nginx",
  zh = "模块 `wdt`，在 nginx 中为 `resty.wdt`",
  fields = {
    { "_VERSION", "string", "", 'the name and the version, e.g. `"wdt 0.2.0"`', "名称与版本" },
    { "null", "lightuserdata", "", "stands for JSON's null where nulls are kept, and in lists "
      .. "always; `cjson.null`",
      "保留 null 时及列表中的 null；即 `cjson.null`" },
    { "catalog", "table", "", "what is known of every method; `wdt.catalog.add` adds one",
      "各方法的资料；`wdt.catalog.add` 可添加" },
    { "state", "wdt.States", "", "where a sync job keeps its state", "同步进度的存储" },
  },
  functions = {
    { "wdt.new", { { "settings", "wdt.Settings" } }, { { "client", "wdt.Client" } }, "a client",
      "创建客户端" },
    { "wdt.loop", { { "leaves?", "fun(): boolean|fun(name: string): boolean" } },
      { { "loop", "wdt.Loop" } },
      "a loop of many accounts (not in nginx): the `host` of their clients",
      "多账号循环（nginx 中没有）：作为各客户端的 `host`" },
    { "wdt.setup", { { "settings", "wdt.Settings" } }, { { "client", "wdt.Client" } },
      "sets the client that `wdt.stockouts` and the others of that kind use; by default the "
        .. "one of the environment",
      "指定 `wdt.stockouts` 等函数所用的客户端；默认取自环境变量" },
    { "wdt.label", { METHOD, { "field", "string" }, { "value", "any" } }, { { "label",
      "string?" } },
      'what a value means: `wdt.label("stockout_order_query_trade", "status", 95)` is 已发货',
      '某个值的含义：`wdt.label("stockout_order_query_trade", "status", 95)` 即 已发货' },
    { "wdt.flags", { METHOD, { "field", "string" }, { "value", "string|integer" } }, { { "bits",
      "wdt.Flag[]" } },
      "the bits that are set in a field like `bad_reason`", "`bad_reason` 一类字段中置位的各项" },
  } }

local client = { name = "wdt.Client", self = "client:",
  en = "An account: its settings, its budget, its calls",
  zh = "一个账号：设置、调用限额与调用", functions = reading "client:" }
client.functions[#client.functions + 1] = { "client:close", {}, {}, "closes idle connections",
  "关闭空闲连接" }
-- The module-level twins are told in one row of the table.
module.twins = reading "wdt."

local stream = { name = "wdt.Stream", self = "stream:",
  en = "Rows, one by one; the iterator of a `for` loop",
  zh = "逐条交付；可直接用于 `for` 循环", overload = "fun(): any", functions = {
    { "stream:next", {}, { { "row", "any" }, { "err", "string?" }, { "code", "wdt.Code?" } },
      'a row; `nil` at the proven end; `nil, "code: text", "code"`',
      '下一条；确实读完时为 `nil`；失败时为 `nil, "代码: 说明", "代码"`' },
    { "stream:progress", {}, { { "progress", "wdt.Progress" } }, "how far it is, see below",
      "读到哪里，见下" },
    { "stream:start", {}, {}, "sends the first page's request, if the rate allows it now; "
      .. "never waits",
      "限额允许时发出第一页的请求；不等待" },
    { "stream:stop", {}, {}, "ends the reading after the window that is being read", "读完当前窗口后结束" },
    { "stream:close", {}, {}, "gives everything up; a `for` loop that is left early does so in "
      .. "Lua 5.4",
      "放弃读取；Lua 5.4 的 `for` 循环中途退出时自动执行" },
  } }

local job = { name = "wdt.Job", self = "job:", en = "A sync job", zh = "同步任务", functions = {
  { "job:windows", {}, { { "next", "fun(): wdt.Window?" } },
    "for a `for` loop, which raises a failure",
    "用于 `for` 循环，失败时抛出" },
  { "job:next", {}, { { "window", "wdt.Window?" }, { "err", "string?" }, { "code", "wdt.Code?" } },
    "the next window; `nil` when all that is settled has been read; or a failure",
      "下一个窗口；已稳定的读完时为 `nil`；或失败" },
  { "job:progress", {}, { { "progress", "wdt.JobProgress" } }, "how far it is", "进度" },
  { "job:ledger", {}, { { "lines", "wdt.LedgerLine[]" } },
    "the last 100 windows committed, oldest first",
    "最近提交的 100 个窗口，由旧到新" },
  { "job:step", { { "only?", '"present"|"past"' } }, { { "more", "boolean?" }, { "err", "string?" },
    { "code", "wdt.Code?" } },
    "copies the next window; `false` where nothing is to be read now; `past`: only of what "
      .. "`backfill` asked for, `present`: all else",
    "复制下一个窗口；暂无可读时为 `false`；`past` 只读 `backfill` 要求的，`present` 只读其余的" },
  fails{ "job:rewind", { { "at", "integer" } }, { { "ok", "boolean" } },
    "everything from that second on is read again", "该秒起的全部数据将重读" },
  fails{ "job:backfill", { { "start", "integer" }, { "stop", "integer" } }, { { "ok", "boolean" } },
    "has a range read again, or before `from`, when nothing newer is to be read",
    "在没有更新的数据要读时，重读（或补读 `from` 之前的）一段时间" },
  { "job:stop", {}, {}, "hands out no further window", "不再交出窗口" },
  { "job:close", {}, {}, "gives back windows that are out, and the lock on the state",
    "放弃在外的窗口，释放状态的锁" },
} }

local window = { name = "wdt.Window", self = "window:",
  en = "A window of a sync job: read it, make its rows safe, commit it",
  zh = "同步任务的一个窗口：读取、存妥、提交",
  fields = {
    { "kind", '"new"|"revisit"|"audit"|"backfill"|"repair"', "", "why it is read", "读取原因" },
    { "start, stop", "integer", "", "epoch seconds, both included", "Unix 秒数，含两端" },
    { "rows_read, calls", "integer", "", "once it has been read", "读完之后" },
    { "certificate", "wdt.Certificate?", "", "once it has been read", "读完之后" },
    { "first, last", "integer?", "", "the first and last second that a row was read of",
      "读到数据的第一秒与最后一秒" },
    { "time", "integer?", "", "of the row handed out last", "最近一条的时间" },
  },
  functions = {
    { "window:rows", {}, { { "next", "fun(): any" } }, "for a `for` loop, which raises a failure",
      "用于 `for` 循环，失败时抛出" },
    { "window:next", {}, { { "row", "any" }, { "err", "string?" }, { "code", "wdt.Code?" } },
      "the next row; `nil` when all have been read; or a failure, and the window comes again",
      "下一条；读完为 `nil`；失败时窗口会再来" },
    fails{ "window:commit", {}, { { "done", "true" } },
      "the rows are safe: the window is never read again",
      "数据已存妥：此窗口不再读取" },
    { "window:abandon", {}, {}, "gives the window back; it comes again", "退还窗口，之后会再来" },
  } }

local store = { name = "wdt.Store", self = "store:",
  en = "Where a job keeps its state: any table with these methods",
  zh = "任务进度的存储：具备以下方法的任何表", contract = true, functions = {
    fails{ "store:lock", {}, { { "held", "true" } },
      "a failure `state` while another job uses it; ends with its holder",
      "被别的任务占用时失败，代码 `state`；随持有者结束而释放" },
    { "store:unlock", {}, {}, "idempotent", "可重复执行" },
    fails{ "store:load", {}, { { "text", "string?" } },
      "the text saved last; `nil` when there never was one",
      "上次保存的文本；从未保存过时为 `nil`" },
    fails{ "store:save", { { "text", "string" } }, { { "done", "true" } },
      "`true` once it is safe; else what was saved before still stands", "存妥后返回 `true`；否则原来的内容仍在" },
  } }

local states = { name = "wdt.States", self = "wdt.state.", en = "Stores", zh = "存储", functions = {
  { "wdt.state.file", { { "path", "string" } }, { { "store", "wdt.Store" } },
    "a file; survives whatever a file survives",
    "文件" },
  { "wdt.state.open", { { "text", "string" } }, { { "store", "wdt.Store" } },
    'the store of a text, e.g. `"file:shipped.state"`', '由文本指定的存储，如 `"file:shipped.state"`' },
  { "wdt.state.memory", {}, { { "store", "wdt.Store" } }, "this process", "本进程内存" },
  { "wdt.state.shared", { { "dict", "string" }, { "name", "string" }, { "lease?", "number" } },
    { { "store", "wdt.Store" } },
    "inside nginx: a `lua_shared_dict`, one leader among all workers",
      "nginx 中的 `lua_shared_dict`，所有工作进程只有一个执行者" },
} }

local sink = { name = "wdt.Sink", self = "sink:",
  en = "Where a job's rows go: any table with these methods",
  zh = "任务数据的去处：具备以下方法的任何表", contract = true,
  fields = {
    { "as", '"json"|"table"|"either"', "", "how it takes rows: their own bytes, tables, or either",
      "接收方式：原始 JSON 文本、表，或两者皆可" },
    { "keyless", "boolean?", "", "true where a row that comes again can't replace itself",
      "为真时，重复的数据不能替换原有的" },
  },
  functions = {
    { "sink:prepare", { { "job", "wdt.SinkJob" } }, { { "identity", "string?" },
      { "count", "integer|string?" }, { "writer", "string?" } },
      "reads what the target is: its identity, how many windows it has taken, and whose they were; "
        .. "or a failure", "读取目的地的标识、已提交的窗口数及其写入者；或失败" },
    fails{ "sink:begin", { { "committed", "integer" }, { "writer?", "string" } },
      { { "done", "true" } }, "a window begins; what is left of one that was not committed goes",
      "开始一个窗口；此前未提交的内容作废" },
    fails{ "sink:row", { { "row", "any" }, { "time?", "integer" } }, { { "done", "true" } },
      "takes a row, and the second of its clock", "接收一条记录及其时间" },
    fails{ "sink:commit", { { "stop", "integer" }, { "line?", "wdt.LedgerLine" } },
      { { "done", "true" } }, "`true` once the rows up to that second are safe",
      "该秒及以前的数据存妥后返回 `true`" },
    { "sink:close", {}, {}, "idempotent", "可重复执行" },
  } }

local sinks = { name = "wdt.Sinks", self = "wdt.sink.", en = "Targets", zh = "目的地", functions = {
  { "wdt.sink.open", { { "target", "string" }, { "options", "wdt.SinkOptions" } },
    { { "sink", "wdt.Sink?" }, { "err", "string?" }, { "code", "wdt.Code?" } },
    'the sink of a target, e.g. `"sqlite:erp.db"`; or a failure, with the text in Chinese after it',
    '目的地（如 `"sqlite:erp.db"`）的 sink；失败时另附中文说明' },
  { "wdt.sink.find", { { "target", "string" } }, { { "module", "table?" },
    { "address", "string" } }, "takes a target apart; or nil and what is wrong",
    "拆开目的地；无效时返回 nil 与原因" },
} }

local loop = { name = "wdt.Loop", self = "loop:",
  en = "Many accounts in one process: the `host` of their clients",
  zh = "同一进程中的多个账号：作为各客户端的 `host`", functions = {
  { "loop:spawn", { { "name", "string" }, { "body", "fun(...)" }, { "...", "any" } }, {},
    "adds a task, a coroutine of its own; a wait of one lets the others go on",
    "添加一个任务（协程）；一个任务等待时其余继续" },
  { "loop:run", {}, { { "failures", "table<string, string>" } },
    "runs the tasks until all have ended; what they raised, by their names",
    "运行至全部任务结束；返回各任务抛出的错误" },
  { "loop:sleep", { { "seconds", "number" } }, { { "ok", "boolean?" }, { "err", "string?" },
    { "code", "string?" } }, "waits; `interrupted` where `leaves` says so",
    "等待；`leaves` 要求中断时为 `interrupted`" },
  { "loop:close", {}, {}, "shuts all connections", "关闭所有连接" },
} }

M.classes = { module, client, stream, job, window, store, states, sink, sinks, loop }
M.module, M.client, M.stream, M.job, M.window, M.store, M.states = module, client, stream, job,
  window, store, states
M.sink, M.sinks, M.loop = sink, sinks, loop

-- Rows of `stockouts` and `cancelled_stockouts`: one class of wdt.schema, by edition and by
-- `typed`.
M.stockout_rows = { "wdt.Stockout", "wdt.SalesStockout", "wdt.CancelledStockout",
  "wdt.TypedStockout",
  "wdt.TypedSalesStockout", "wdt.TypedCancelledStockout" }

return M
