--- Sentences of the library, and their Chinese: `%s`, `%d` and the like is a value in the English,
-- as in its source; in the Chinese `%1` is the first one. spec/cli/chinese_spec.lua reads the
-- sources and fails where a sentence is missing here.
-- @module wdt.cli.sentences

local M = {}

--- code -> what stands before a text that is in English.
M.KINDS = {
  config = "设置有误：", auth = "网关拒绝该账号：", permission = "网关拒绝访问：", clock = "网关拒绝该时间：",
  rate = "调用过于频繁：", budget = "共享配额无法访问：", server = "网关故障：", http = "应答不是接口数据：",
  connect = "无法连接：", timeout = "超时：", tls = "TLS 不可信：", truncated = "应答不完整：",
  syntax = "应答格式有误：", param = "网关拒绝该参数：", api = "网关拒绝该请求：", limit = "超过上限：",
  state = "进度有误：", output = "无法写入：", unconfirmed = "修改未得到确认：", internal = "程序缺陷：",
}

M.LIST = {
  -- frames
  ["parameter '%s' is nil, expected %s"] = "缺少参数 %1，应为 %2",
  ["parameter '%s' is %s, expected %s"] = "参数 %1 的值 %2 无法使用，应为 %3",
  ["setting '%s' is nil, expected %s"] = "缺少设置项 %1，应为 %2",
  ["setting '%s' is %s, expected %s"] = "设置项 %1 的值 %2 无法使用，应为 %3",
  ["setting '%s' can't be used, expected %s"] = "设置项 %1 的值无法使用，应为 %2",
  ["setting '%s' is not known%s"] = "没有设置项 %1%2",
  ["setting '%s' is for other editions: this one has no such route"] =
    "设置项 %1 用于其他版本：本版本没有这条通道",
  ["settings are %s, expected a table"] = "设置为 %1，应为一张表",
  ["the client was given no setting '%s'"] = "没有设置项 %1",
  ["%s, by wdt.setup or in the environment (WDT_EDITION, WDT_SID, WDT_APPKEY, WDT_APPSECRET)"] =
    "%1，由 wdt.setup 或环境变量（WDT_EDITION、WDT_SID、WDT_APPKEY、WDT_APPSECRET）给出",
  ["; the nearest known: %s"] = "；最接近的有：%1",
  ["%s; the nearest known: %s"] = "%1；最接近的有：%2",
  ["%s (a field that no document names: --allow-unknown)"] =
    "%1（文档中没有的字段须加 --allow-unknown）",
  ["%s (a list that no document names: --allow-unknown)"] =
    "%1（文档中没有的列表须加 --allow-unknown）",

  -- queries that a copy can't answer
  ["it has no range of times"] = "没有时间范围",
  ["its rows have no identity"] = "记录没有主键",
  ["it describes its method by itself"] = "查询自行描述了方法",
  ["rows that change leave its range"] = "有改动的记录会离开该范围",
  ["rows may come to have, or lose, this '%s'"] = "记录的 %1 日后可能改变",

  -- databases that are busy, and rows that wait for them
  ["database is locked"] = "数据库已被锁定",
  ["database table is locked"] = "数据表已被锁定",
  ["serialization failure"] = "并发冲突",
  ["could not serialize"] = "并发冲突",
  ["deadlock detected"] = "出现死锁",
  ["Deadlock found"] = "出现死锁",
  ["lock timeout"] = "等待锁超时",
  ["Lock wait timeout"] = "等待锁超时",
  ["it is cut short"] = "文件不完整",

  -- figures and alarms
  ["a port needs LuaSocket: apt-get install lua-socket"] =
    "端口需要 LuaSocket：apt-get install lua-socket",
  ["http: the answer is none of this kind of receiver"] = "http: 应答不是这类接收者的应答",
  ["the answer is none of this kind of receiver"] = "应答不是这类接收者的应答",

  -- values of settings
  ["the seller's account name (卖家账号)"] = "卖家账号",
  ["the application's key"] = "应用的 appkey",
  ["the application's secret"] = "应用的 appsecret",
  ["an http or https address without a query, of a port from 1 to 65535"] =
    "不带参数的 http 或 https 地址，端口 1 至 65535",
  ["an http or https address without a query"] = "不带参数的 http 或 https 地址",
  ["an http:// or https:// URL, of a port from 1 to 65535"] =
    "http:// 或 https:// 地址，端口 1 至 65535",
  ["an address of Redis, e.g. redis://127.0.0.1:6379/0 or redis+sentinel://HOST,HOST/MASTER"] =
    "Redis 地址，如 redis://127.0.0.1:6379/0 或 redis+sentinel://主机,主机/主库名",
  ["an address of Redis is expected, e.g. redis://127.0.0.1:6379/0"] =
    "应为 Redis 地址，如 redis://127.0.0.1:6379/0",
  ["a number above 0, at most 1"] = "大于 0、不超过 1 的数",
  ["a whole number from %d to %d"] = "%1 到 %2 的整数",
  ["a whole number from 1 to %d"] = "1 到 %1 的整数",
  ['a whole number from 1 to %d, or "learn"'] = '1 到 %1 的整数，或 "learn"',
  ["'%s' is neither a whole number above 0 nor learn"] = "'%1' 既不是正整数，也不是 learn",
  ["a whole number from 1 to 64"] = "1 到 64 的整数",
  ["a whole number from 1 to 1000000"] = "1 到 1000000 的整数",
  ["a whole number from 0"] = "从 0 起的整数",
  ["a whole number from 1"] = "从 1 起的整数",
  ['a whole number above 0, or "learn"'] = '大于 0 的整数，或 "learn"',
  ["a whole number above 0"] = "大于 0 的整数",
  ["a whole number"] = "整数",
  ["a number above 0"] = "大于 0 的数",
  ["a number from %g to %g"] = "%1 到 %2 的数",
  ["a number of seconds above 0"] = "大于 0 的秒数",
  ["a number from 0 to 1e9"] = "0 到 1e9 的数",
  ["seconds, above 0 and up to 1e6"] = "大于 0、不超过 1e6 的秒数",
  ["seconds, from 0.1 to 86400"] = "0.1 到 86400 的秒数",
  ["a proxy's address"] = "代理地址",
  ["the path of a file of certificates"] = "证书文件的路径",
  ["a text of at least 16 bytes that can't be guessed"] = "至少 16 字节、他人无法猜到的文本",
  ["a whole number of calls a minute"] = "每分钟调用次数（整数）",
  ["a whole number of calls a minute, of the app"] = "该应用每分钟的调用次数（整数）",
  ["a host, e.g. of wdt.sandbox"] = "一个 host",
  ["a function"] = "函数", ["a table"] = "一张表", ["text"] = "文本", ["a string"] = "文本",
  ["a list"] = "列表",
  ["true or false"] = "true 或 false",
  ["\"secret:salt\", two texts joined by a colon"] = "\"secret:salt\"，以冒号相连的两段文本",
  ["the key of your app on Taobao's open platform"] = "您在淘宝开放平台的应用的 AppKey",
  ["the secret of that app"] = "该应用的 AppSecret",
  ["the key of WDT's app, as the authorisation mail tells it"] = "授权邮件中给出的旺店通应用 AppKey",
  ["nothing: this edition signs no lengths"] = "不设：本版本的签名不含长度",
  ["\"%s\" or \"%s\""] = "\"%1\" 或 \"%2\"",
  ["\"%s\" or \"%s\" or \"%s\""] = "\"%1\" 或 \"%2\" 或 \"%3\"",
  ["no such parameter"] = "没有这个参数",

  -- values of queries
  ["a field of its rows"] = "其数据的字段",
  ["a field of its rows, e.g. \"status\" or \"details_list.gift_type\""] =
    "其数据的字段，如 \"status\" 或 \"details_list.gift_type\"",
  ["a list within its rows"] = "其数据中的列表",
  ["a method whose fields are known"] = "字段已知的方法",
  ["a field with bits, e.g. \"bad_reason\""] = "按位取值的字段，如 \"bad_reason\"",
  ["the name of a method"] = "方法名",
  ["the dotted path of the rows in the answer, as text"] = "应答中数据所在路径",
  ["the dotted path of the rows in the answer, e.g. \"data.order\""] =
    "应答中数据所在路径，如 \"data.order\"",
  ["the dotted path of the number of rows in the answer, e.g. \"data.total_count\""] =
    "应答中总数所在路径，如 \"data.total_count\"",
  ["the name of the field that is a row's identity, or a list of up to three that "
    .. "are it together"] =
    "标识一条数据的字段，最多三个",
  ["the field that is a row's identity, or a list of up to three that are it together"] =
    "标识一条数据的字段，最多三个",
  ["a list of up to three { param = …, field = … }, of different fields that "
    .. "tell neither identity nor version"] =
    "最多三个 { param = …, field = … } 的列表，字段各不相同，且既非标识也非版本",
  ["a list of paths, or one text"] = "路径的列表，或一段文本",
  ["the field that tells a row's versions apart"] = "区分同一条数据各版本的字段",
  ["the field of a row that windows are about"] = "时间范围所指的字段",
  ["the longest window that the method accepts, whole seconds"] = "接口允许的最大时间跨度（整秒）",
  ["a list of paths, e.g. { \"receiver_name\", \"details_list.remark\" }"] =
    "字段的列表，如 receiver_name,details_list.remark",
  ["two names of parameters, e.g. { \"start_time\", \"end_time\" }"] =
    "起止时间两个参数的名称，如 start_time,end_time",
  ["%s: no document tells it for this method, so the query has to tell"] =
    "%1：该方法没有文档，须由查询给出",
  ["%s, or leave out 'duplicates'"] = "%1，或不给 duplicates",
  ["a list of field names, e.g. {\"order_no\", \"details_list.spec_no\"}"] =
    "字段名的列表，如 order_no,details_list.spec_no",
  ["a table of parameters that no document names, by name"] = "文档中没有的参数",
  ["a function of a time: epoch seconds and its text"] = "以时间为参数的函数",
  ["nothing: this method has no history"] = "不设：该方法没有历史数据",
  ["false, true or \"both\""] = "false、true 或 \"both\"",
  ["nothing: a pager is { page_no = n, page_size = n }"] = "不设：分页只有页号与每页条数",
  ["false: the history of this method looks nothing up without times"] =
    "不读历史：该方法的历史数据须按时间查询",
  ["false: the history of this method has no '%s'"] = "不读历史：该方法的历史数据没有 %1",
  ["nothing: the history of this method does not take it"] = "不设：该方法的历史数据不支持",
  ["one route, as rows without an identity ('id', and not duplicates = \"keep\") "
    .. "can't be told apart over two"] =
    "只用一条通道：没有唯一标识的数据，两条通道读到的无法去重",
  ["a query method"] = "查询方法",
  ["a query method of the catalogue"] = "目录中的查询方法",
  ["a query method of the catalogue, or one that the query describes (--list and --id)"] =
    "目录中的查询方法（wdt methods），或用 --list 与 --id 描述的方法",
  ["a method that is read page by page; this one is called, by client:call"] =
    "逐页读取的方法；该方法请用 wdt call 调用",
  ["a time that exists, as \"YYYY-MM-DD HH:MM:SS\" (Beijing time) or whole epoch seconds"] =
    "存在的时间：\"YYYY-MM-DD HH:MM:SS\"（北京时间）或 Unix 整秒数",
  ["nothing beside '%s': a window has one pair of times"] = "不与 %1 同用：只能有一对时间",
  ["nothing: this method knows no times"] = "不设：该方法没有时间参数",
  ["a time not before '%s' (%s)"] = "不早于 %1 的时间（%2）",
  ["nothing without --mask"] = "与 --mask 同用",
  ["nothing without typed = true"] = "与 typed 同用",
  ["\"table\" beside %s: as JSON, a row is handed on as the bytes that came"] =
    "与 %1 同用时为 \"table\"：作为 JSON 时，数据按收到的字节原样交出",
  ["false: no document tells the types of this method's fields; known are those of %s"] =
    "不设：该方法字段的类型没有文档；已知的有 %1",
  ["false: no document tells which of this method's fields are personal; the query "
    .. "can, by private = { \"receiver_name\", … }; known are those of %s"] =
    "不设：没有文档说明该方法的哪些字段是个人信息，可用 --private receiver_name,… 给出；已知的有 %1",
  ["no business parameter: this method takes none"] = "不设：该方法没有业务参数",
  ["one of %s"] = "以下之一：%1",
  ["no %s beside %s, which stands for it"] = "不与 %2 同用的 %1，后者已代表它",
  ["nothing: it is set by the library"] = "不设：由程序自行设置",
  ["a %s number, or a list of them"] = "%1 的数字，可多个",
  ["text, or a list of texts"] = "文本，可多个",
  ["named parameters"] = "有名称的参数",
  ["nothing: '%s' is a parameter of the query itself"] = "不设：%1 是查询自身的参数",
  ["a text or a number"] = "文本或数字",
  ["a value: this method can't do without it"] = "一个值：该方法缺它不可",
  ["5 or nothing: these are the cancelled ones"] = "5 或不设：这些就是已取消的",
  ["one list's members: another one's are lines already"] = "同一列表的成员：已有另一列表逐行展开",
  ["parameter 'params' is %s, expected a table"] = "参数 params 为 %1，应为一张表",
  ["parameter 'options' is %s, expected a table"] = "参数 options 为 %1，应为一张表",
  ["parameter 'options.%s' is %s, expected nothing: a call takes a route%s"] =
    "参数 options.%1 为 %2，不应有：调用只接受 route%3",
  ["this edition has no such route"] = "本版本没有这条通道",

  -- jobs
  ["the name of a job"] = "任务名",
  ["%s' not found"] = "%1 不存在",
  ["'%s' is a time: the end of a range is --stop"] = "'%1' 是时间：时段的终点用 --stop 给出",
  ["'%s' is none of %s"] = "'%1' 不是 %2 之一",
  ["parameter 'into' is %s, expected one of %s"] = "目的地 %1 无法使用，应为以下之一：%2",
  ["parameter 'into' is nil, expected a target: this job has none to copy into"] =
    "缺少目的地 --to：该任务没有可写入的地方",
  ["nothing: %s takes no such option"] = "不设：%1 没有这个选项",
  ["an identity: rows are kept under it"] = "唯一标识：数据按它保存",
  ["a list of rising ages from an hour on, e.g. {\"1d\", \"7d\", \"30d\"}"] =
    "从 1 小时起递增的时长，如 1d,7d,30d",
  ["a table of business parameters"] = "业务参数表",
  ["a target, e.g. \"sqlite:erp.db\", or a sink"] = "目的地，如 sqlite:erp.db",
  ["seconds, or a duration like \"3m\""] = "秒数，或 3m 这样的时长",
  ["seconds, at least 1"] = "至少 1 秒",
  ["least or most"] = "least 或 most",
  ["no less than poll.least"] = "不小于 poll.least",
  ["nothing: a synchronisation takes no such parameter"] = "不设：同步任务没有这个参数",
  ["nothing: it looks single orders up, a synchronisation reads by time"] =
    "不设：它按单号查询，而同步按时间读取",
  ["one with keys: with revisit, audit or lanes rows come again"] =
    "有主键的目的地：使用 --revisit、--audit、--lanes 时数据会重来",
  ["nothing: the target takes rows as they come, with types of its own"] =
    "不设：目的地按原样接收数据，自有列类型",
  ["%q, as the target takes rows"] = "%1，目的地如此接收数据",
  ["nothing: 'from' says where to begin, and 'stop' where to end"] =
    "不设：起点用 --from，终点用 --stop",
  ["a method that is read by time"] = "按时间读取的方法",
  ["\"drop\", with an identity (--id): a row that is read again has to be known again"] =
    "\"drop\" 并给出唯一标识（--id）：重读的数据须能认出",
  ["nothing: it is the job's 'route'"] = "不设：由任务的 --route 给出",
  ["nothing beside 'what': they name the same thing"] = "不与 --what 同用：两者说的是同一件事",
  ["the gateway's answers carry no Date, so what is settled can't be told"] =
    "网关的应答没有 Date，无法判断哪些数据已经稳定",
  ["the job was closed"] = "任务已关闭",
  ["the job was stopped, after %s"] = "任务已停止，在 %1 之后",
  ["the window was abandoned"] = "该窗口已放弃",
  ["%d of %d windows are out; commit or abandon one, or give more lanes"] =
    "%2 个窗口中已有 %1 个在读；请先提交或放弃一个，或增大 lanes",
  ["a window can be committed once it has been read to its end"] = "窗口读完后才能提交",
  ["%s: the state says that %.0f windows have been copied, and %s holds none of "
    .. "them: it is another target, or was deleted or emptied. Give the target that the "
    .. "state was made with, or remove the state to copy all again"] =
    "%1：进度记载已同步 %2 个窗口，而 %3 中一个也没有：目的地不同，或已被删除、清空。请给出原来的目的地，或删除进度以全部重新同步",
  ["%s: the state was made with another target than %s; give that one, or a state of its own"] =
    "%1：该进度属于另一个目的地，不是 %2；请给出原来的目的地，或另用一个进度文件",
  ["%s: the state is ahead of %s, which is older than it (restored from a backup?): "
    .. "rows would be missing there. Remove the state to copy all again"] =
    "%1：进度比 %2 新（目的地由备份恢复？），继续会缺数据。请删除进度以全部重新同步",
  ["there is no state yet, so 'from' has to say where to begin"] = "还没有进度，须用 --from 指定从何时开始",
  ["%s: the stored state is of another query (%s), this one is (%s); give it a state of its own"] =
    "%1：保存的进度属于另一查询（%2），本次为（%3）；请另用一个进度文件",
  ["%s was copied through the gateway %s, this account's is %s: give another database or name; or, "
    .. "where both lead to the same business, adopt = %s (--adopt)"] =
    "%1 的数据来自网关 %2，而当前账号的网关是 %3：请换一个数据库或名称；若两者确为同一套业务数据，请用 adopt = %4（--adopt）",
  ["the copy begins at %s: what lies before that is read by 'backfill', or by a 'from' that is "
    .. "earlier"] = "副本始于 %1：更早的数据请用 backfill 补读，或把 from 改早",
  ["nothing has been copied from %s on: the last second that was read is %s"] =
    "%1 起尚未同步任何数据：已读到 %2",
  ["nothing from %s on is settled yet: it is %s by the gateway's clock, and rows may take %d s to "
    .. "appear"] = "%1 起的数据尚未稳定：网关时间为 %2，单据最多可能延迟 %3 秒可见",
  ["the address of the gateway that the copy was made through"] = "建立该副本时所用网关的地址",
  ["the target"] = "目的地",

  -- streams of a configuration file
  ["%s line %s: %s"] = "%1 第 %2 行：%3",
  ["%s: stream [%s]: %s"] = "%1：任务 [%2]：%3",
  ["setting '%s' is none of a stream's%s"] = "任务没有设置项 %1%2",
  ['a length of time, e.g. "3m" or "1d"'] = '时长，如 "3m"、"1d"',
  ['a time, "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS" (Beijing time)'] =
    '时间，"YYYY-MM-DD" 或 "YYYY-MM-DD HH:MM:SS"（北京时间）',
  ["a list, parted by commas"] = "以逗号分隔的列表",
  ["stockouts, cancelled, or a query method"] = "stockouts、cancelled，或某个查询方法",
  ["direct, qimen or both"] = "direct、qimen 或 both",
  ["seek or sweep"] = "seek 或 sweep",
  ["a target, e.g. sqlite:erp.db"] = "目的地，如 sqlite:erp.db",
  ["a store, e.g. file:shipped.state"] = "进度存储，如 file:shipped.state",
  ["a list of ages, e.g. 1d, 7d, 30d"] = "时长列表，如 1d, 7d, 30d",
  ["true, or a list of ages, e.g. 1h, 6h, 1d"] = "true，或时长列表，如 1h, 6h, 1d",
  ["it says no target: to = sqlite:erp.db"] = "没有目的地：to = sqlite:erp.db",
  ["it says no state: state = file:%s"] = "没有进度存储：state = file:%1",
  ["by_day goes with every: it is of what is read whole"] = "by_day 须与 every 同用：只有整体读取的数据才能按天保存",
  ["whole goes with every: it says which of the readings are of all rows"] =
    "whole 须与 every 同用：它规定多久读取一次全部数据",
  ["%s: [%s] is no [ACCOUNT/STREAM]"] = "%1：[%2] 不是 [账号/任务]",
  ["%s: [%s] is of no account of this file%s"] = "%1：[%2] 的账号不在本文件中%3",
  ["%s: there is no account [%s]%s"] = "%1：没有账号 [%2]%3",
  ["%s: account [%s] has no stream: add a section [%s/stockouts]"] =
    "%1：账号 [%2] 没有任务：请加一节 [%3/stockouts]",
  ["%s: no account has a stream: add a section [ACCOUNT/stockouts]"] =
    "%1：没有任何任务：请加一节 [账号/stockouts]",
  ["setting 'store' of [fleet] can't be used, expected redis://HOST[:PORT][/DATABASE], "
    .. "redis+sentinel://HOST[:PORT],…/MASTER[/DATABASE] or postgres://…"] =
    "[fleet] 的设置项 store 无法使用，应为 redis://主机[:端口][/库]、"
    .. "redis+sentinel://主机[:端口],…/主库名[/库] 或 postgres://…",
  ["setting 'lease' of [fleet] can't be used, expected a length of time from 1s to 1d"] =
    "[fleet] 的设置项 lease 无法使用，应为 1s 到 1d 的时长",
  ["parameter 'every': what has times is read whole by one query, not by several values or "
    .. "methods"] = "every：有时间的数据须用一个查询整体读取，不能有多个取值或方法",
  ["parameter 'every': no one tells which field the times of this method are about"] =
    "every：文档未说明该方法的时间对应哪个字段",
  ["parameter 'every': a query names no times of its own, 'from' says where they begin"] =
    "every：查询中不能有时间，起点用 from 给出",
  ["parameter 'every': rows without an identity can't be compared"] = "every：没有主键的数据无法比对",
  ["parameter 'whole': what has no times is read whole every time"] =
    "whole：没有时间的数据每次都是整体读取",
  ["parameter 'from' is nil, expected a time: what has times is read whole from it on"] =
    "缺少 from：有时间的数据从该时间起整体读取",
  ["a list is read whole into a database only, not into %s"] = "整体读取的数据只能存入数据库，不能存入 %1",
  ["what is read whole is kept in tables of a database: sqlite:, postgres:, mysql:, without "
    .. "layout=documents"] =
    "整体读取的数据只能存入数据库表（sqlite:、postgres:、mysql:，且不用 layout=documents）",
  ["%s is a folder"] = "%1 是文件夹",
  ["it shows nothing of %s"] = "其中没有 %1 的数据",
  ["%s takes no row twice: it has no keys, so nothing can be read again into it"] =
    "%1 没有主键，同一条数据不能写两次，因此不能重读",
  ["a window is out: commit or abandon it first"] = "有窗口还在读：请先提交或放弃",
  ["whole epoch seconds, not before start"] = "不早于起始的 Unix 整秒数",
  ["only what has been copied can be read again"] = "只有已同步的数据才能重读",
  ["nothing of that range has been copied"] = "该时间段的数据都没有同步",
  ["its fields are not those that are known"] = "其字段与已知的不符",
  ["%s is in use by process %s"] = "%1 正被进程 %2 使用",
  ["%s is in use by %s"] = "%1 正被 %2 使用",
  ["%s: can't be locked: %s"] = "%1：无法加锁：%2", ["%s: can't be read: %s"] = "%1：无法读取：%2",
  ["%s: can't be written: %s"] = "%1：无法写入：%2", ["%s: can't be replaced: %s"] = "%1：无法替换：%2",
  ["%s: may not be on the disk: %s"] = "%1：可能没有写到磁盘：%2",
  ["the path of a file"] = "文件路径",
  ["%s is not this job's any more: its lease ran out"] = "%1 已不属于该任务：租约到期",
  ["%s can't be locked: %s"] = "%1 无法加锁：%2", ["%s can't be renewed: %s"] = "%1 无法续租：%2",
  ["%s can't be saved: %s"] = "%1 无法保存：%2", ["%s can't be unlocked: %s"] = "%1 无法解锁：%2",
  ["%s can't be read: %s"] = "%1 无法读取：%2",
  ["the state '%s' in Redis at %s"] = "Redis %2 中的进度“%1”",
  ["the text of a store, e.g. \"file:shipped.state\""] = "进度的保存处，如 file:shipped.state",
  ["the state of %s is in use by another job"] = "%1 的进度正被另一任务使用",
  ["the state is in use by another job of this process"] = "该进度正被本进程的另一任务使用",
  ["%s: the stored state is damaged (%s); restore it from a backup, or remove it to "
    .. "read all again from 'from'"] =
    "%1：保存的进度已损坏（%2）；请从备份恢复，或删除后从 --from 全部重读",
  ["no header"] = "没有文件头", ["wrong checksum"] = "校验和不符", ["no JSON"] = "不是 JSON",
  ["%s: the stored state is of version %s, this library reads version %d"] =
    "%1：保存的进度为版本 %2，本程序只认版本 %3",

  -- calls
  ["the state '%s' in PostgreSQL"] = "PostgreSQL 中的进度“%1”",
  ["it needs LuaSQL: apt-get install lua-sql-postgres, or luarocks install luasql-postgres"] =
    "需要 LuaSQL：apt-get install lua-sql-postgres，或 luarocks install luasql-postgres",
  ["an address of PostgreSQL, e.g. postgres://wdt@db/erp"] =
    "PostgreSQL 地址，如 postgres://wdt@db/erp",
  ["Redis at %s: %s"] = "Redis %1：%2",
  ["another host leads this account, or no one knows which one does"] =
    "该账号已由其他主机运行，或无法确认由谁运行",
  ["nothing: a job waits for its rate"] = "不应给出：同步任务会等待限速",
  ["the account's rate lets this call go in %.1f s, and its deadline is in %.1f s"] =
    "限速使该调用 %1 秒后才能发出，而期限在 %2 秒后",
  ["its deadline has come, and the call was not sent"] = "期限已到，调用未发出",
  ["expected nothing: a call takes a route and a deadline%s"] = "不应给出：调用只接受 route 与 deadline%1",
  ["the rate budget can't be asked, so nothing is sent (%s)"] = "无法查询共享配额，因此不发送（%1）",
  ["no sentinel tells the master %s (%s)"] = "没有哨兵告知主库 %1（%2）",
  ["unknown to them"] = "它们不认识该主库",
  ["%s:%s is no master: it takes over, or was one"] = "%1:%2 不是主库：正在接替，或曾是主库",
  ["%s of the sentinels %s"] = "哨兵 %2 的 %1",
  ["the client library of Redis is missing (Debian: apt-get install lua-redis lua-socket): %s"] =
    "缺少 Redis 客户端库（Debian：apt-get install lua-redis lua-socket）：%1",
  ["%s does not load in %s; build it again with this interpreter's headers (LUA_INCDIR): %s"] =
    "%1 无法在 %2 中加载；请用该解释器的头文件（LUA_INCDIR）重新编译：%3",
  ["the client was closed"] = "客户端已关闭",
  ["the host was closed"] = "host 已关闭", ["the exchange was closed"] = "该次调用已关闭",
  ["the decoder was closed"] = "解码器已关闭",
  ["the decoder refused the answer and was reset since"] = "解码器已拒绝该应答",
  ["the stream was closed"] = "读取已关闭",
  ["HTTP %d, %s"] = "HTTP %1，%2", ["no content type"] = "没有内容类型",
  ["the request was sent, and may have been acted on (%s)"] = "请求已发出，可能已经执行（%1）",
  ["%s could not be proved complete"] = "%1 无法证明完整", ["the look-up"] = "该次查询",
  ["page 0 of %s carries no total"] = "%1 的第 0 页没有总数",
  ["the answers of %s announce rows and hold no list at %s"] = "%1 的应答称有数据，但 %2 处没有列表",
  ["a row of %s has no %s"] = "%1 的一条数据没有 %2",
  ["the answer carries no %s"] = "应答中没有 %1",
  ["the answer carries no response"] = "应答中没有 response",
  ["the answer carries no status"] = "应答中没有 status", ["the answer carries no code"] = "应答中没有 code",
  ["%s (this method can be called only by the Qimen gateway)"] = "%1（该方法只能经奇门网关调用）",
  ["params.%s"] = "参数 %1",
  ["%s is a number that JSON would round; give it as text"] = "%1 是会被 JSON 舍入的数，请以文本给出",
  ["%s is %s, which JSON would round; give it as text"] = "%1 为 %2，会被 JSON 舍入，请以文本给出",
  ["%s is nested deeper than %d levels"] = "%1 的嵌套超过 %2 层",
  ["%s is nested deeper than 30 levels"] = "%1 的嵌套超过 30 层",
  ["%s is nested deeper than 32 levels"] = "%1 的嵌套超过 32 层",
  ["%s can't be written as JSON: %s"] = "%1 无法写成 JSON：%2",
  ["%s is %s, expected text, a number or a table"] = "%1 为 %2，应为文本、数字或表",
  ["params has a list part; the enterprise edition takes named parameters only"] =
    "参数中有列表；企业版只接受有名称的参数",
  ["params.%s is set by the library"] = "参数 %1 由程序自行设置",
  ["the parameter '%s' is set by the library on this route"] = "在这条通道上，参数 %1 由程序自行设置",
  ["params is a list; this route names arguments, and the catalogue does not know "
    .. "those of this method: give a table with names"] =
    "参数是列表；这条通道的参数有名称，而目录中没有该方法的参数名：请以名称给出",
  ["params is no table"] = "参数不是一张表",
  ["params is a list of several arguments; a query takes one table on this route"] =
    "参数是多个参数的列表；在这条通道上查询只接受一张表",

  -- bytes that came
  ["no connection to %s within %g s (connect; %s)"] = "%2 秒内无法连接 %1（connect；%3）",
  ["no trusted connection to %s (%s)"] = "与 %1 的连接不可信（%2）",
  ["no connection to %s (%s)"] = "无法连接 %1（%2）",
  ["no connection to %s (%s; %s)"] = "无法连接 %1（%2；%3）",
  ["%s sent more than %d bytes of response headers (HEADERS_MAX)"] =
    "%1 的应答头超过 %2 字节（HEADERS_MAX）",
  ["memory ran out for the response headers of %s"] = "内存不足，无法保存 %1 的应答头",
  ["%s ended the connection without an answer (%s)"] = "%1 没有应答就断开了连接（%2）",
  ["it had been kept from an earlier one"] = "沿用的旧连接",
  ["the answer of %s is not HTTP as it should be (%s)"] = "%1 的应答不是合乎规范的 HTTP（%2）",
  ["the answer is not HTTP as it should be (%s)"] = "应答不是合乎规范的 HTTP（%1）",
  ["the answer of %s is not compressed as it says (%s)"] = "%1 的应答并非如其所称的压缩格式（%2）",
  ["the answer of %s is not HTTP as it should be (another protocol)"] =
    "%1 的应答不是合乎规范的 HTTP（其他协议）",
  ["%s ended the connection without an answer (in its headers)"] =
    "%1 没有答完就断开了连接（在应答头中）",
  ["the answer is not compressed as it says (%s)"] = "应答并非如其所称的压缩格式（%1）",
  ["more bytes after its end"] = "结尾之后还有字节",
  ["the answer of %s broke off after %llu bytes of its body (%s)"] = "%1 的应答在 %2 字节后中断（%3）",
  ["the answer broke off after %d bytes of its body (as it inflates)"] = "应答在 %1 字节后中断（解压后）",
  ["a chunk's line has more than %d bytes (LINE)"] = "分块行超过 %1 字节（LINE）",
  ["the answer has more than %d bytes of response headers (HEADERS_MAX)"] =
    "应答头超过 %1 字节（HEADERS_MAX）",
  ["its length is not one number"] = "长度不是一个数",
  ["it is encoded, which was not asked for"] = "未要求却做了编码",
  ["an unknown transfer encoding"] = "未知的传输编码", ["no status line"] = "没有状态行",
  ["a broken header line"] = "应答头损坏", ["another protocol"] = "其他协议", ["a broken chunk"] = "分块损坏",
  ["%s did not finish within %g s of waiting (total); %llu bytes came"] =
    "%1 在 %2 秒内没有答完（total），已收到 %3 字节",
  ["%s sent nothing for %g s (stall) after %llu bytes"] = "%1 在收到 %3 字节后 %2 秒没有数据（stall）",
  ["libcurl gives up on %s (%s)"] = "libcurl 放弃了与 %1 的连接（%2）",
  ["libcurl refuses the request to %s (%s)"] = "libcurl 拒绝发往 %1 的请求（%2）",
  ["Could not resolve host: %s"] = "无法解析主机名 %1",
  ["Failed to connect to %s port %d after %d ms: %s"] = "连接 %1 端口 %2 失败（%3 毫秒）：%4",
  ["Couldn't connect to server"] = "连不上服务器", ["Could not connect to server"] = "连不上服务器",
  ["Empty reply from server"] = "服务器没有应答", ["Connection refused"] = "连接被拒绝",
  ["Connection timed out"] = "连接超时", ["Network is unreachable"] = "网络不可达",
  ["Connection reset by peer"] = "连接被对方重置", ["No route to host"] = "没有到主机的路由",
  ["Recv failure: %s"] = "接收失败：%1", ["Send failure: %s"] = "发送失败：%1",

  -- JSON
  ["limits.%s = %llu is exceeded at offset %llu"] = "在第 %3 字节处超过上限 %1 = %2",
  ["%s at offset %llu"] = "%1，在第 %2 字节", ["memory ran out"] = "内存不足", ["not enough memory"] =
    "内存不足",
  ["a value was expected"] = "此处应有一个值", ["a key was expected"] = "此处应有一个名称",
  ["a comma or a brace was expected"] = "此处应有逗号或花括号",
  ["a comma or a bracket was expected"] = "此处应有逗号或方括号",
  ["a comma or a closing bracket was expected"] = "此处应有逗号或右方括号",
  ["a comma was expected"] = "此处应有逗号", ["a value is nested too deep"] = "嵌套过深",
  ["a name with escapes is longer than 1024 bytes"] = "带转义的名称超过 1024 字节",
  ["a list or an object is not JSON, as far as that is looked at"] = "列表或对象不是有效的 JSON",
  ["a colon was expected"] = "此处应有冒号", ["something follows the document"] = "文档之后还有内容",
  ["the document is not complete"] = "文档不完整", ["the document is not a JSON object"] =
    "文档不是 JSON 对象",
  ["a bracket closes what another kind of bracket opened"] = "括号不匹配",
  ["a name on the list's path stands twice"] = "列表路径上有重复的名称",
  ["a row has two tokens with nothing but whitespace between them"] = "一条数据中两个值之间缺少分隔",
  ["a control character stands unescaped in a row"] = "一条数据中有未转义的控制字符",
  ["a row is not UTF-8"] = "一条数据不是 UTF-8",
  ["a control character stands unescaped in a string"] = "文本中有未转义的控制字符",
  ["a string is not UTF-8"] = "文本不是 UTF-8", ["a number is malformed"] = "数字格式有误",
  ["\\u is not followed by four hex digits"] = "\\u 后面不是四位十六进制数",
  ["a surrogate stands alone in a string"] = "文本中有单独的代理码位",
  ["a backslash escapes nothing that JSON knows"] = "JSON 没有这种转义",
  ["the Lua stack has no room for so deep a value"] = "值的嵌套过深",
  ["OpenSSL refuses to hash a value that is to be masked"] = "OpenSSL 拒绝计算散列",
  ["OpenSSL refuses SHA-256, which masks are made with"] = "OpenSSL 拒绝 SHA-256，无法替换个人信息",
  ["OpenSSL refuses MD5, which the gateways sign with: is only a FIPS provider loaded?"] =
    "OpenSSL 拒绝签名所用的 MD5：是否只加载了 FIPS？",

  -- the system
  ["No such file or directory"] = "没有那个文件或目录", ["Permission denied"] = "权限不够",
  ["No space left on device"] = "设备上没有空间", ["Is a directory"] = "是一个目录",
  ["Not a directory"] = "不是目录", ["Read-only file system"] = "只读文件系统",
  ["Bad file descriptor"] = "文件描述符不可用", ["File exists"] = "文件已存在",
  ["Too many open files"] = "打开的文件过多", ["Input/output error"] = "输入/输出错误",
  ["Disk quota exceeded"] = "超出磁盘限额", ["File too large"] = "文件过大",
  ["Operation not permitted"] = "不允许的操作",

  -- the command's own
  ["%s: %s"] = "%1: %2",
  ["line %d stands before the first [profile]"] = "第 %1 行在第一个 [配置名] 之前",
  ["lines %d and %d both say %s"] = "第 %1 行与第 %2 行都写了 %3",
  ["line %d is neither [profile] nor name = value"] = "第 %1 行既不是 [配置名]，也不是 名 = 值",
  ["%s holds secrets and can be read by others than its owner; do: chmod 600 %s"] =
    "%1 含有密钥，却能被他人读取；请执行 chmod 600 %2",
  ["profile '%s' is not in %s"] = "配置“%1”不在 %2 中",
  ["any file: HOME is not set"] = "任何文件中（未设置 HOME）",
  ["%s does not tell how far it is complete; begin again, without --continue"] =
    "%1 没有记载写到何处；请去掉 --continue 重新开始",
  ["%s: gzip takes lua-zlib; do: apt-get install lua-zlib, or luarocks install lua-zlib"] =
    "%1：写 gzip 需要 lua-zlib；请执行 apt-get install lua-zlib，或 luarocks install lua-zlib",
  ["%s is no regular file"] = "%1 不是普通文件",
  ["%s was begun by other words; only times, pace and FILE may change"] =
    "%1 是用其他参数开始写的；继续时只能改变时间、速度与文件名",
  ["%s is not there and %s is whole: nothing can be continued"] = "%1 不存在而 %2 已完整，无可继续",
  ["%s is being written by another process"] = "%1 正被另一进程写入",
  ["--config: %s is %s, expected a %s"] = "--config：%1 的值 %2 无法使用，类型应为 %3",
  ["--catalog: a catalog is an object with 'streams'"] = "--catalog：应为含 streams 的 JSON 对象",
  ["%s: not a JSON object"] = "%1：不是 JSON 对象",
  ["option %s: %s"] = "选项 %1：%2",
  ["'%s' is no time: YYYY-MM-DD, or 'YYYY-MM-DD HH:MM:SS' (Beijing time), today, yesterday, "
    .. "or epoch seconds"] =
    "'%1' 不是时间：请用 YYYY-MM-DD 或 'YYYY-MM-DD HH:MM:SS'（北京时间）、today、yesterday，或 Unix 秒数",
  ["'%s' is no length of time: %s"] = "'%1' 不是时间长度：请用 %2",
  ["'%s' is no month: %s"] = "'%1' 不是月份：请用 %2", ["'%s' is no day: %s"] = "'%1' 不是日期：请用 %2",
  ["an empty list"] = "列表为空", ["'%s' is no whole number"] = "'%1' 不是整数",
  ["'%s' is no whole number above 0"] = "'%1' 不是大于 0 的整数", ["not JSON: %s"] = "不是 JSON：%1",
  ["'%s' is neither name=text nor name:=JSON"] = "'%1' 既不是 名=文本，也不是 名:=JSON",
  ["'%s' is not NAME=VALUE"] = "'%1' 不是 名=值",
  ["'%s' is no share from 0 to 1"] = "'%1' 不是 0 到 1 的比例",
  ["'%s' is no number of seconds from 0 to 3600"] = "'%1' 不是 0 到 3600 的秒数",
  ["nginx does not start: %s"] = "nginx 无法启动：%1", ["port %d is in use"] = "端口 %1 已被占用",
  ["no folder for nginx: %s"] = "没有可供 nginx 使用的目录：%1",
  ["a sandbox already runs in %s"] = "%1 中已有沙箱在运行", ["nginx says nothing"] = "nginx 没有说明",
  ["it needs nginx and its Lua module (Debian: nginx, libnginx-mod-http-lua): %s"] =
    "需要 nginx 及其 Lua 模块（Debian：nginx、libnginx-mod-http-lua）：%1",
}

return M
