-- Describes what a user gives and gets, as data: settings, queries, jobs, figures, codes. From it
-- spec/house/write.lua writes the editor types (lua/wdt/types.lua) and the tables of docs/, in both
-- languages. The objects and their methods: api_objects.lua.
--
-- A class is { name, en, zh, fields }; a field is { name, type, default, en, zh }, or with
-- `required = true`. A name may be several, "a, b". `default` is Markdown, "" where there is none.
local catalog = require "wdt.catalog"

local M = {}

local editions = catalog.NAMES

-- The editions, each with its Chinese name.
local function titled(pattern, between)
  local list = {}
  for i, name in ipairs(editions) do list[i] = pattern:format(name, catalog.TITLES[name]) end
  return table.concat(list, between)
end

local function class(name, en, zh, fields)
  return { name = name, en = en, zh = zh, fields = fields }
end

local function required(field)
  field.required = true
  return field
end

M.settings = class("wdt.Settings", "Settings of a client", "客户端的设置", {
  required{ "edition", '"' .. table.concat(editions, '"|"') .. '"', "",
    titled('`"%s"` (%s)', ", "), titled('`"%s"` %s', "，") },
  required{ "sid, appkey, appsecret", "string", "", 'ultimate: `appsecret = "secret:salt"`',
    '旗舰版 `appsecret = "secret:salt"`' },
  { "environment", '"production"|"sandbox"', '`"production"`',
    '`"sandbox"`: the vendor\'s test address',
    '`"sandbox"`：官方测试环境' },
  { "url", "string", "", "any other address", "其他地址" },
  { "rate", "integer|table<string, integer>", "60",
    'calls a minute, or `{ default = 60, ["a.method"] = 10 }`; '
    .. "shared by all clients of an account in this process",
      '每分钟调用次数，或 `{ default = 60, ["某方法"] = 10 }`；'
    .. "同一进程内同一账号的客户端共用" },
  { "budget", "string", "", "`redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or "
    .. "`redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER[/DATABASE]`: the "
    .. "rate budget is shared by all processes and hosts that name the same",
    "Redis 地址，或由哨兵监视的主库（`redis+sentinel://主机:端口,主机:端口/主库名/库`）："
    .. "写同一地址的所有进程和主机共用一份调用配额" },
  { "share", "number", "1", "of a shared budget: the part that this client may take, e.g. `0.8` "
    .. "for work in the background", "共享配额中本客户端可占用的比例，例如后台任务用 `0.8`" },
  { "lanes", "integer", "1", "windows read side by side, up to 64", "同时读取的窗口数，最多 64" },
  { "timeout", "wdt.Timeout", "`{ connect = 5, stall = 20, total = 120 }`",
    "seconds until a connection stands, without a byte, for the whole call", "连接、无数据、整次调用的超时（秒）" },
  { "retry", "wdt.Retry", "`{ attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 }`",
    "of one page: tries, the backoff's base and cap, quiet after a throttle, deadline; seconds",
    "每页的尝试次数、退避基数与上限、被限流后的静默时间、总时限（秒）" },
  { "sign_lengths", "string", '`"characters"`, huice `"bytes"`',
    'enterprise: or `"bytes"`, where the gateway counts the lengths it signs so; `wdt probe` tells',
    '企业版签名中的长度按字符计；若网关按字节计则为 `"bytes"`，`wdt probe` 可测得' },
  { "qimen", "wdt.Qimen", "", "the route to Taobao-family orders", "可见淘系订单的奇门通道" },
  { "mask_key", "string", "of the account's secret", "text of at least 16 bytes, the key of `mask`",
    "至少 16 字节的文本，`mask` 的密钥（默认由账号密钥导出）" },
  { "proxy", "string", "", "a proxy's address; `http_proxy` of the environment is not looked at",
    "代理地址；不读取环境变量 `http_proxy`" },
  { "ca_file", "string", "the system's", "certificates of authorities to trust, PEM",
    "受信任的证书颁发机构（PEM），默认用系统的" },
  { "user_agent", "string", "`wdt/` and the version", "", "默认为 `wdt/` 加版本号" },
  { "log", "fun(event: wdt.Event)", "", 'told `{ event = "call" \\| "failure" \\| "wait" \\| '
    .. '"window" \\| "commit", … }`; '
    .. "never a secret, a parameter or a row", "函数，收到上述各种 `event`；不含密钥、参数和单据内容" },
  { "host", "table", "libcurl", "where it runs; the sandbox's in tests", "运行环境；测试时为沙箱" },
})

M.timeout = class("wdt.Timeout", "Seconds", "秒", {
  { "connect", "number", "5", "until the connection stands, TLS included", "建立连接（含 TLS）" },
  { "stall", "number", "20", "without a byte", "没有数据" },
  { "total", "number", "120", "for the whole answer", "整个应答" },
})

M.retry = class("wdt.Retry", "Of one page", "每一页", {
  { "attempts", "integer", "8", "tries", "尝试次数" },
  { "base", "number", "1", "the backoff's base, seconds", "退避基数（秒）" },
  { "cap", "number", "60", "the backoff's cap, seconds", "退避上限（秒）" },
  { "cooldown", "number", "300", "quiet after a throttle, seconds", "被限流后的静默时间（秒）" },
  { "total", "number", "1800", "deadline of the page, seconds", "总时限（秒）" },
})

M.query = class("wdt.Query", "A query; the API's own parameters stand beside these options",
  "查询；接口自身的参数与这些选项并列", {
  { "start, stop", "string|number", "", '`"YYYY-MM-DD HH:MM:SS"` or epoch seconds, both ends '
    .. 'included, any length; '
    .. "also as `start_time`, `end_time`", '`"YYYY-MM-DD HH:MM:SS"` 或 Unix 秒数，含两端，长度不限；'
    .. "也可写作 `start_time`、`end_time`" },
  { "status, shop_no, warehouse_no", "string|integer|(string|integer)[]", "",
    "and all other parameters of the API, under its names; each may be a list",
      "以及接口的其他参数，名称照旧；均可为列表" },
  { "src_order_no, src_tid, stockout_no", "string|string[]", "",
    "look-ups, which need no times (enterprise)",
    "按单号查询，不需要时间（企业版）" },
  { "fields", "string[]", "all", '`{ "order_no", "details_list.spec_no" }`: only these are built',
    '`{ "order_no", "details_list.spec_no" }`：只生成这些字段（默认全部）' },
  { "as", '"table"|"json"', '`"table"`', '`"json"`: a row as its own bytes',
    '`"json"`：原始 JSON 文本' },
  { "null", "any", "absent", "what a null becomes, e.g. `wdt.null`",
    "null 变为何值，例如 `wdt.null`（默认不出现）" },
  { "typed", "boolean", "`false`", "values in their own types", "按字段类型取值" },
  { "decimal", '"text"|"number"|"scaled"', '`"text"`',
    'with `typed`: `"number"`, or `"scaled"`, whole units of 1/10000',
    '用于 `typed`：`"number"` 为数字，`"scaled"` 为万分之一的整数' },
  { "datetime", "fun(epoch: integer, text: string): any", "epoch seconds",
    "with `typed`: a function of these and of the text; a row holds what it returns",
    "用于 `typed`：函数，参数为秒数与原文，结果放入该条" },
  { "mask", "boolean", "`false`", "personal fields as keyed hashes", "个人信息替换为带密钥的散列" },
  { "private", "string[]", "", "with `mask`: further fields that it hides", "用于 `mask`：另外要隐去的字段" },
  { "route", '"direct"|"qimen"|"both"', '`"direct"`',
    '`"qimen"`: by Taobao\'s platform, which shows Taobao-family orders; `"both"`: what both show '
      .. "comes once", '`"qimen"`：经奇门，可见淘系订单；`"both"`：两条通道都读，重复的只交付一次' },
  { "history", 'boolean|"both"', "`false`", '`true`: archived rows; `"both"`: without duplicates',
    '`true`：只查历史；`"both"`：两者都查并去重' },
  { "read", '"seek"|"sweep"', '`"seek"`',
    '`"sweep"`: fewer calls, complete only while rows merely leave',
    '`"sweep"`：调用更少，仅当单据只移出、不移入时完整' },
  { "strict", "boolean", "`false`", "a window that can't be proved complete is an error, "
    .. "`uncertified`",
    "为真时，无法证明完整的窗口报错 `uncertified`" },
  { "allow_unknown", "boolean", "`false`", "takes names of fields that no document tells",
    "为真时，接受文档未列出的字段名" },
  { "params", "table", "", "parameters that no document names, sent as they are",
    "文档未列出的业务参数，原样发送" },
  { "duplicates", "string", "", '`"keep"`: rows equal in all fields are rows of their own, as in '
    .. "reports without a key",
    '`"keep"`：各字段全同的行各算一行，用于没有主键的报表' },
  { "deadline", "number", "", "seconds: where the rate lets a call go only after them, the reading "
    .. "fails at once with `rate`; then nothing more is sent (`timeout`). Not of a job",
    "秒数：限速使某次调用要在此之后才能发出时，立即返回 `rate`；到期后不再发出调用（`timeout`）。不用于同步任务" },
  { "lanes", "integer", "the client's", "windows read side by side", "同时读取的窗口数（默认同客户端）" },
  { "page_size", 'integer|"learn"', "the most allowed", 'rows a page; `"learn"`: more, where no '
    .. "document tells the most and the server serves them",
    '每页条数（默认为允许的最大值）；`"learn"`：文档未写明上限时逐步试出服务器支持的更大页' },
})

M.method = class("wdt.MethodWords", "Words of a query about its method, where the catalogue "
  .. "does not know",
  "目录不了解某方法时，查询中可以自行说明", {
  { "list", "string", "", 'path of the rows in the answer, `"data.order"`',
    '数据在应答中的路径，如 `"data.order"`' },
  { "total", "string", "", "path of their number", "总数的路径" },
  { "id", "string|string[]", "", "a row's identity: a field, or up to three", "记录的标识：一个字段，或至多三个" },
  { "modified", "string", "", "the field that tells versions apart", "区分版本的字段" },
  { "clock", "string", "", "the field that windows are about", "窗口所依据的时间字段" },
  { "cap", "integer", "", "the longest window, seconds", "最长窗口（秒）" },
  { "ends", '"closed"|"unknown"', "", "is a window's last second part of it", "窗口是否含最后一秒" },
  { "times", "string[]", "", "names of the two time parameters", "两个时间参数的名称" },
})

M.progress = class("wdt.Progress", "How far a stream is", "流的进度", {
  required{ "rows", "integer", "", "handed out", "已交付的条数" },
  required{ "calls", "integer", "", "made, repeated ones included", "调用次数，含重试" },
  required{ "retries", "integer", "", "calls that repeated a failed one", "重试次数" },
  required{ "bytes", "integer", "", "of answers' bodies", "响应字节数" },
  required{ "waited", "number", "", "seconds, for the rate", "因限流等待的秒数" },
  required{ "windows", "integer", "", "read", "已读的窗口数" },
  required{ "windows_planned", "integer", "", "read and expected", "已读与预计的窗口数" },
  { "done_until", "integer", "", "epoch seconds: everything before it has been handed out; "
    .. "absent for a look-up",
    "Unix 秒数：此前的单据均已交付；按单号查询时没有" },
  { "resume_at", "integer", "", "epoch seconds: where another reading goes on", "Unix 秒数：下次从何处继续" },
  { "certificate", "wdt.Certificate", "", "the weakest of all windows read so far",
    "已读各窗口中最弱的可靠程度" },
  required{ "uncertified", "integer", "", "windows that could not be proved complete",
    "无法证明完整的窗口数" },
  required{ "blind", "wdt.Blind[]", "", "what the routes in use can't show; empty where nothing "
    .. "is known to be missing", "所用通道看不到的单据；没有已知缺失时为空" },
  required{ "outside", "integer", "", "rows whose time was not in the window that was asked for",
    "时间不在所查窗口内的条数" },
  { "unknown_fields", "integer", "", "with `typed` or `mask`: fields of decoded rows that no "
    .. "document "
    .. "names", "用 `typed` 或 `mask` 时：文档没有的字段出现的次数" },
  { "missing_fields", "integer", "", "with them: documented fields that a row lacked",
    "同上：文档写明而缺少的字段" },
  { "retyped_fields", "integer", "", "with them: values of another type, delivered as they came",
    "同上：与类型不符、原样交付的值" },
  { "deviations", "string[]", "", 'up to 32 of their names, `"unknown details_list.colour"`, '
    .. 'never a value',
    '至多 32 个字段名，如 `"unknown details_list.colour"`，不含任何值' },
})

M.blind = class("wdt.Blind", "Orders that no route in use shows", "所用通道看不到的单据", {
  required{ "name", '"taobao"|"supply"|"pinduoduo"|"others"', "", "which", "类别" },
  required{ "en, zh", "string", "", "in words", "文字说明" },
  required{ "advice", "table", "", "what to do, `{ en, zh }`", "处理办法 `{ en, zh }`" },
})

M.qimen = class("wdt.Qimen", "The route by Qimen (奇门): your app on Taobao's open platform",
  "奇门通道：您在淘宝开放平台的应用", {
  required{ "app_key, app_secret", "string", "", "of your app", "您的应用" },
  required{ "target_app_key", "string", "", "of WDT's app, as the authorisation mail tells it",
    "旺店通应用的 key，见授权邮件" },
  { "url", "string", "of the edition", "the gateway's address", "网关地址（默认按版本）" },
  { "sign_method", '"md5"|"hmac"|"hmac-sha256"', '`"md5"`', "", "签名方法" },
  { "rate", "integer", "600", "calls a minute of the app, over all accounts that it reads",
    "该应用每分钟的调用次数（所有账号合计）" },
})

M.call_options = class("wdt.CallOptions", "How a single call is made", "单次调用的方式", {
  { "route", '"direct"|"qimen"', '`"direct"`', "by which gateway", "经由哪个网关" },
})

M.job = class("wdt.JobOptions", "Options of a sync job", "同步任务的选项", {
  { "what", '"stockouts"|"cancelled_stockouts"', "", "or `method`", "或用 `method`" },
  { "method", "string", "", "a query method of the catalogue", "目录中的查询方法" },
  { "query", "wdt.Query", "", "as for a stream, without times", "同流的查询，但不含时间" },
  { "route", '"direct"|"qimen"|"both"', '`"direct"`', "as for a stream", "同流的查询" },
  { "from", "string|number", "", "where to begin; may be left out once there is a state. "
    .. "An earlier one than before reads what is missing", "从何处开始；有进度后可省略。早于原来的则补读缺少的部分" },
  { "stop", "string|number", "", "where to end, included; without it, with what has settled or, "
    .. "with `follow`, never", "到何处结束（含）；省略时读到已稳定处，`follow` 时不结束" },
  { "into", "string|wdt.Sink", "", "a target, `\"mysql://user@host/erp\"`, or a sink: where "
    .. "`job:run()` copies to", "目的地，如 `\"mysql://user@host/erp\"`，或一个 sink；供 `job:run()` 使用" },
  { "state", "string|wdt.Store", "in the target", "a store, or its text, `\"file:PATH\"`; a "
    .. "database keeps the state itself", "存储，或其文本 `\"file:路径\"`；数据库自己保存进度" },
  { "adopt", "string", "", "the address of another gateway, through which the copy was begun that "
    .. "is to go on", "建立该副本时所用的另一网关地址；沿用其副本" },
  { "name", "string", "the method", "for logs", "用于日志（默认为方法名）" },
  { "lag", "string|number", "180 s", "how long a row may take to become visible; read is what "
    .. "is older than that",
    "单据延迟可见的最长时间；只读更早的部分" },
  { "follow", "boolean", "`false`", "go on for ever: poll, until a signal or `job:stop()`",
    "持续轮询，直到信号或 `job:stop()`" },
  { "poll", "wdt.Poll", "`{ least = 15, most = 120 }`",
    "seconds between polls; between the two, half a page's worth of traffic",
    "轮询间隔（秒）；两者之间取约半页数据的时间" },
  { "signals", "boolean", "as `follow`",
    "SIGINT, SIGTERM and SIGHUP end the loop cleanly; the second one ends the process",
    "SIGINT、SIGTERM、SIGHUP 使循环正常结束；第二次则结束进程（默认同 `follow`）" },
  { "lanes", "integer", "1", "windows that may be out at a time, each read ahead by its first page",
    "同时在外的窗口数，各预读首页" },
  { "rows", "integer", "15 pages", "of a window, about: what a kill repeats",
    "每个窗口的大致条数，即被杀死后重读的量（默认 15 页）" },
  { "revisit", "string[]", "", '`{ "1d", "7d", "30d" }`: every window is read again at these ages',
    '`{ "1d", "7d", "30d" }`：窗口到这些年龄时各重读一次' },
  { "audit", "boolean|string[]", "", '`true`, or ages like `{ "1h", "6h", "1d" }`: an hour '
    .. 'whose total has grown is read again',
    '`true` 或年龄列表：总数增加的小时重读' },
})

M.sink_job = class("wdt.SinkJob", "A job as its sink is told of it", "告知 sink 的任务信息", {
  required{ "name", "string", "", "the table, or what the files' names begin with",
    "表名，或文件名的开头" },
  required{ "method", "string", "", "the method that is read", "所读的方法" },
  required{ "entry", "table", "", "the catalogue's: `ids`, `modified`, `clock`", "目录中的条目" },
  { "fields", "table", "", "of its rows, where they are known", "已知的字段" },
  required{ "account", "string", "", "whose rows they are", "所属账号" },
  required{ "committed", "integer", "", "windows that the state says were committed",
    "状态中已提交的窗口数" },
  { "gateway", "string", "", "the address that the rows come from", "数据所来自的网关地址" },
  { "adopt", "string", "", "the address of the gateway that a copy was made through, to go on with "
    .. "it", "沿用副本时，建立它所经的网关地址" },
  { "emit", "fun(event: string, what: table)", "", "tells the client's log", "写入客户端日志" },
  { "host", "table", "", "what a sink that has to wait sleeps by", "sink 需要等待时所用的宿主" },
})

M.sink_options = class("wdt.SinkOptions", "Options of a target", "目的地的选项", {
  required{ "name", "string", "", "of the job: the table, or what the files' names begin with",
    "任务名：表名，或文件名的开头" },
  { "account", "string", "", "whose rows they are; several accounts may share tables",
    "所属账号；多个账号可共用数据表" },
  { "existing", "boolean", "`false`", "a database that is not there is a failure",
    "数据库不存在时失败" },
  { "layout", '"tables"|"documents"', "`\"tables\"`", "of a database: typed columns and a table "
    .. "for each list within, or the row's JSON; a table keeps the one that it has",
    "数据库的结构：各字段成列、各列表成表，或整条 JSON；已有的表保持原样" },
  { "document", "boolean", "`false`", "tables keep each row's JSON as well, in `_document`",
    "表中另存整条 JSON（`_document`）" },
  { "fields", "string[]", "", "of csv: its columns", "csv 的列" },
  { "explode", "string", "", "of csv: the list whose members are lines", "csv：逐项成行的列表" },
  { "header", '"name"|"label"', "`\"name\"`", "of csv", "csv 的表头" },
})

M.poll = class("wdt.Poll", "Seconds", "秒", {
  { "least", "number", "15", "between polls", "轮询间隔下限" },
  { "most", "number", "120", "between polls", "轮询间隔上限" },
})

M.job_progress = class("wdt.JobProgress", "How far a job is", "任务的进度", {
  required{ "watermark", "integer", "", "epoch seconds: everything before it is read and committed",
    "Unix 秒数：此前均已读取并提交" },
  { "behind", "number", "", "seconds between it and the server's time, once that is known",
    "与服务器时间相差的秒数" },
  required{ "interval", "number", "", "seconds between polls", "轮询间隔" },
  required{ "windows, rows, calls", "integer", "", "of committed windows", "已提交窗口的数量、条数、调用次数" },
  required{ "uncertified", "integer", "", "windows that could not be proved complete",
    "无法证明完整的窗口数" },
  required{ "blind", "wdt.Blind[]", "", "as of a stream", "同流的进度" },
  required{ "audited", "integer", "", "looks at hours", "复查的小时数" },
  required{ "grown", "integer", "", "hours that had grown", "其中增长的小时数" },
  required{ "to_fill", "integer", "", "seconds that were asked for again and are not read yet",
    "要求重读而尚未读取的秒数" },
})

M.ledger = class("wdt.LedgerLine", "One committed window", "一个已提交的窗口", {
  required{ "kind", '"new"|"revisit"|"audit"|"backfill"|"whole"|"repair"', "", "why it was read",
    "读取原因" },
  required{ "start, stop", "integer", "", "epoch seconds, both included", "Unix 秒数，含两端" },
  required{ "rows, calls", "integer", "", "", "条数、调用次数" },
  required{ "certificate", "wdt.Certificate", "", "", "可靠程度" },
  { "first, last", "integer", "", "the first and last second that a row was read of",
    "读到数据的第一秒与最后一秒" },
  { "at", "integer", "", "when it was committed", "提交时间" },
})

M.pager = class("wdt.Pager", "A page of a single call", "单次调用的页", {
  { "page_no", "integer", "0", "from 0", "从 0 起" },
  { "page_size", "integer", "40", "rows", "条数" },
})

M.event_names = { "call", "failure", "wait", "window", "commit", "outage", "table_added",
  "column_added", "column_retyped", "row_rejected", "page_size" }

M.event = class("wdt.Event",
  "An event that `log` is told; which fields there are depends on `event`",
  "`log` 收到的事件", {
  required{ "event", "wdt.EventName", "", "", "" },
  { "method", "string", "", "", "" },
  { "error", "string", "", "failure", "" },
  { "code", "wdt.Code", "", "failure", "" },
  { "retry_in", "number", "", "failure: seconds", "" },
  { "seconds", "number", "", "wait", "" },
  { "start, stop", "integer", "", "window, commit: epoch seconds", "" },
  { "certificate", "wdt.Certificate", "", "window, commit", "" },
  { "rows", "integer", "", "commit; page_size: of a page, from now on", "" },
  { "table, column", "string", "", "of a database's: what changed", "" },
  { "kind, from, to", "string", "", "column_added, column_retyped: the column's kind", "" },
  { "identity", "string", "", "row_rejected", "" },
})

-- { code, en, zh }; several codes in one line are alike.
M.codes = {
  { "config", "settings are incomplete or contradict each other", "设置不全或互相矛盾" },
  { "param", "the gateway refused a parameter", "网关拒绝某个参数" },
  { "auth", "the gateway refused sid, appkey or sign", "网关拒绝 sid、appkey 或签名" },
  { "permission", "the account may not call this method, or not from this address",
    "账号无权调用此方法，或 IP 不在白名单" },
  { "clock", "the gateway refused the timestamp", "网关拒绝时间戳" },
  { "rate", "the account's calls are used up, and stayed so", "调用次数用尽，等待后仍未恢复" },
  { "budget", "the rate budget that hosts share can't be asked, so nothing is sent",
    "无法访问主机间共享的配额，因此不发送任何请求" },
  { "server", "the gateway reports a failure of its own, or answers 5xx", "网关自报故障，或返回 5xx" },
  { "api", "any other refusal of the gateway", "网关的其他拒绝" },
  { "http", "an answer that is not the API's", "返回的不是接口应答" },
  { "connect, timeout, tls", "no connection, no bytes in time, no trust", "连不上、超时、证书不可信" },
  { "truncated", "the body ended before the document did", "响应提前中断" },
  { "syntax", "the body is not JSON, or not of the promised shape", "响应不是 JSON，或结构与约定不符" },
  { "unconfirmed", "a change was sent, and no answer tells whether it was made",
    "修改已发出，但没有应答说明是否已执行" },
  { "limit", "a named limit was reached", "超过某项上限" },
  { "closed", "the stream or client was closed", "流或客户端已关闭" },
  { "uncertified", "with `strict`: a window could not be proved complete",
    "`strict` 时：某个窗口无法证明完整" },
  { "state", "stored state is damaged, locked or can't be written", "保存的进度损坏、被占用或无法写入" },
}

-- From the strongest to the weakest.
M.certificates = {
  { "atomic", "was read in pieces of one page each: snapshots", "每一段都在一页之内：瞬间快照" },
  { "seek", "was followed along a documented time order, each page beginning where the last "
    .. "one ended",
    "沿文档写明的时间顺序逐页推进，每页从上一页结束处开始" },
  { "conserved", "was read along an observed order, or in pieces learnt from rows; received, "
    .. "distinct and total agreed every time",
    "沿观察到的顺序、或按从数据学到的值分段读取；每次收到的、去重后的与服务器给出的条数都一致" },
  { "swept", "was read from the last page to the first, and page 0 again: complete if rows "
    .. "only left meanwhile",
    "从末页读到首页，再读一次首页：期间单据只移出时完整" },
  { "none", "could not be proved: the rows are real, others may be missing",
    "无法证明：交付的单据都是真的，但可能有遗漏" },
}

-- Classes of tables, in the order of the types' file.
M.classes = { "settings", "qimen", "timeout", "retry", "query", "method", "progress", "blind",
  "pager", "call_options", "event",
  "job", "poll", "job_progress",
  "ledger", "sink_job", "sink_options" }

return M
