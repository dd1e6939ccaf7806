---@meta wdt
-- Written by spec/house/write.lua from spec/house/api_tables.lua, api_objects.lua and
-- lua/wdt/schema: change those, and write it again.
-- luacheck: ignore 211 212 241

--- Stable words for what went wrong.
---@alias wdt.Code
---| "config"
---| "param"
---| "auth"
---| "permission"
---| "clock"
---| "rate"
---| "budget"
---| "server"
---| "api"
---| "http"
---| "connect"
---| "timeout"
---| "tls"
---| "truncated"
---| "syntax"
---| "unconfirmed"
---| "limit"
---| "closed"
---| "uncertified"
---| "state"

--- How a window was proved complete, from the strongest to the weakest.
---@alias wdt.Certificate
---| "atomic"
---| "seek"
---| "conserved"
---| "swept"
---| "none"

--- Kinds of events.
---@alias wdt.EventName
---| "call"
---| "failure"
---| "wait"
---| "window"
---| "commit"
---| "outage"
---| "table_added"
---| "column_added"
---| "column_retyped"
---| "row_rejected"
---| "page_size"

--- Settings of a client
---@class wdt.Settings
--- `"enterprise"` (企业版), `"ultimate"` (旗舰版), `"huice"` (慧策网页版)
---@field edition "enterprise"|"ultimate"|"huice"
---@field sid string ultimate: `appsecret = "secret:salt"`
---@field appkey string ultimate: `appsecret = "secret:salt"`
---@field appsecret string ultimate: `appsecret = "secret:salt"`
--- `"sandbox"`: the vendor's test address; default: `"production"`
---@field environment? "production"|"sandbox"
---@field url? string any other address
--- calls a minute, or `{ default = 60, ["a.method"] = 10 }`; shared by all clients of an account in
--- this process; default: 60
---@field rate? integer|table<string, integer>
--- `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or
--- `redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER[/DATABASE]`: the rate
--- budget is shared by all processes and hosts that name the same
---@field budget? string
--- of a shared budget: the part that this client may take, e.g. `0.8` for work in the background;
--- default: 1
---@field share? number
---@field lanes? integer windows read side by side, up to 64; default: 1
--- seconds until a connection stands, without a byte, for the whole call; default: `{ connect = 5,
--- stall = 20, total = 120 }`
---@field timeout? wdt.Timeout
--- of one page: tries, the backoff's base and cap, quiet after a throttle, deadline; seconds;
--- default: `{ attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 }`
---@field retry? wdt.Retry
--- enterprise: or `"bytes"`, where the gateway counts the lengths it signs so; `wdt probe` tells;
--- default: `"characters"`, huice `"bytes"`
---@field sign_lengths? string
---@field qimen? wdt.Qimen the route to Taobao-family orders
--- text of at least 16 bytes, the key of `mask`; default: of the account's secret
---@field mask_key? string
---@field proxy? string a proxy's address; `http_proxy` of the environment is not looked at
---@field ca_file? string certificates of authorities to trust, PEM; default: the system's
---@field user_agent? string default: `wdt/` and the version
--- told `{ event = "call" | "failure" | "wait" | "window" | "commit", … }`; never a secret, a
--- parameter or a row
---@field log? fun(event: wdt.Event)
---@field host? table where it runs; the sandbox's in tests; default: libcurl

--- The route by Qimen (奇门): your app on Taobao's open platform
---@class wdt.Qimen
---@field app_key string of your app
---@field app_secret string of your app
---@field target_app_key string of WDT's app, as the authorisation mail tells it
---@field url? string the gateway's address; default: of the edition
---@field sign_method? "md5"|"hmac"|"hmac-sha256" default: `"md5"`
---@field rate? integer calls a minute of the app, over all accounts that it reads; default: 600

--- Seconds
---@class wdt.Timeout
---@field connect? number until the connection stands, TLS included; default: 5
---@field stall? number without a byte; default: 20
---@field total? number for the whole answer; default: 120

--- Of one page
---@class wdt.Retry
---@field attempts? integer tries; default: 8
---@field base? number the backoff's base, seconds; default: 1
---@field cap? number the backoff's cap, seconds; default: 60
---@field cooldown? number quiet after a throttle, seconds; default: 300
---@field total? number deadline of the page, seconds; default: 1800

--- A query; the API's own parameters stand beside these options
---@class wdt.Query : wdt.MethodWords
--- `"YYYY-MM-DD HH:MM:SS"` or epoch seconds, both ends included, any length; also as `start_time`,
--- `end_time`
---@field start? string|number
--- `"YYYY-MM-DD HH:MM:SS"` or epoch seconds, both ends included, any length; also as `start_time`,
--- `end_time`
---@field stop? string|number
--- and all other parameters of the API, under its names; each may be a list
---@field status? string|integer|(string|integer)[]
--- and all other parameters of the API, under its names; each may be a list
---@field shop_no? string|integer|(string|integer)[]
--- and all other parameters of the API, under its names; each may be a list
---@field warehouse_no? string|integer|(string|integer)[]
---@field src_order_no? string|string[] look-ups, which need no times (enterprise)
---@field src_tid? string|string[] look-ups, which need no times (enterprise)
---@field stockout_no? string|string[] look-ups, which need no times (enterprise)
--- `{ "order_no", "details_list.spec_no" }`: only these are built; default: all
---@field fields? string[]
---@field as? "table"|"json" `"json"`: a row as its own bytes; default: `"table"`
---@field null? any what a null becomes, e.g. `wdt.null`; default: absent
---@field typed? boolean values in their own types; default: `false`
--- with `typed`: `"number"`, or `"scaled"`, whole units of 1/10000; default: `"text"`
---@field decimal? "text"|"number"|"scaled"
--- with `typed`: a function of these and of the text; a row holds what it returns; default: epoch
--- seconds
---@field datetime? fun(epoch: integer, text: string): any
---@field mask? boolean personal fields as keyed hashes; default: `false`
---@field private? string[] with `mask`: further fields that it hides
--- `"qimen"`: by Taobao's platform, which shows Taobao-family orders; `"both"`: what both show
--- comes once; default: `"direct"`
---@field route? "direct"|"qimen"|"both"
--- `true`: archived rows; `"both"`: without duplicates; default: `false`
---@field history? boolean|"both"
--- `"sweep"`: fewer calls, complete only while rows merely leave; default: `"seek"`
---@field read? "seek"|"sweep"
--- a window that can't be proved complete is an error, `uncertified`; default: `false`
---@field strict? boolean
---@field allow_unknown? boolean takes names of fields that no document tells; default: `false`
---@field params? table parameters that no document names, sent as they are
--- `"keep"`: rows equal in all fields are rows of their own, as in reports without a key
---@field duplicates? string
--- seconds: where the rate lets a call go only after them, the reading fails at once with `rate`;
--- then nothing more is sent (`timeout`). Not of a job
---@field deadline? number
---@field lanes? integer windows read side by side; default: the client's
--- rows a page; `"learn"`: more, where no document tells the most and the server serves them;
--- default: the most allowed
---@field page_size? integer|"learn"
---@field [string] any the API's own parameters

--- Words of a query about its method, where the catalogue does not know
---@class wdt.MethodWords
---@field list? string path of the rows in the answer, `"data.order"`
---@field total? string path of their number
---@field id? string|string[] a row's identity: a field, or up to three
---@field modified? string the field that tells versions apart
---@field clock? string the field that windows are about
---@field cap? integer the longest window, seconds
---@field ends? "closed"|"unknown" is a window's last second part of it
---@field times? string[] names of the two time parameters

--- How far a stream is
---@class wdt.Progress
---@field rows integer handed out
---@field calls integer made, repeated ones included
---@field retries integer calls that repeated a failed one
---@field bytes integer of answers' bodies
---@field waited number seconds, for the rate
---@field windows integer read
---@field windows_planned integer read and expected
--- epoch seconds: everything before it has been handed out; absent for a look-up
---@field done_until? integer
---@field resume_at? integer epoch seconds: where another reading goes on
---@field certificate? wdt.Certificate the weakest of all windows read so far
---@field uncertified integer windows that could not be proved complete
--- what the routes in use can't show; empty where nothing is known to be missing
---@field blind wdt.Blind[]
---@field outside integer rows whose time was not in the window that was asked for
--- with `typed` or `mask`: fields of decoded rows that no document names
---@field unknown_fields? integer
---@field missing_fields? integer with them: documented fields that a row lacked
---@field retyped_fields? integer with them: values of another type, delivered as they came
--- up to 32 of their names, `"unknown details_list.colour"`, never a value
---@field deviations? string[]

--- Orders that no route in use shows
---@class wdt.Blind
---@field name "taobao"|"supply"|"pinduoduo"|"others" which
---@field en string in words
---@field zh string in words
---@field advice table what to do, `{ en, zh }`

--- A page of a single call
---@class wdt.Pager
---@field page_no? integer from 0; default: 0
---@field page_size? integer rows; default: 40

--- How a single call is made
---@class wdt.CallOptions
---@field route? "direct"|"qimen" by which gateway; default: `"direct"`

--- An event that `log` is told; which fields there are depends on `event`
---@class wdt.Event
---@field event wdt.EventName
---@field method? string
---@field error? string failure
---@field code? wdt.Code failure
---@field retry_in? number failure: seconds
---@field seconds? number wait
---@field start? integer window, commit: epoch seconds
---@field stop? integer window, commit: epoch seconds
---@field certificate? wdt.Certificate window, commit
---@field rows? integer commit; page_size: of a page, from now on
---@field table? string of a database's: what changed
---@field column? string of a database's: what changed
---@field kind? string column_added, column_retyped: the column's kind
---@field from? string column_added, column_retyped: the column's kind
---@field to? string column_added, column_retyped: the column's kind
---@field identity? string row_rejected

--- Options of a sync job
---@class wdt.JobOptions
---@field what? "stockouts"|"cancelled_stockouts" or `method`
---@field method? string a query method of the catalogue
---@field query? wdt.Query as for a stream, without times
---@field route? "direct"|"qimen"|"both" as for a stream; default: `"direct"`
--- where to begin; may be left out once there is a state. An earlier one than before reads what is
--- missing
---@field from? string|number
--- where to end, included; without it, with what has settled or, with `follow`, never
---@field stop? string|number
--- a target, `"mysql://user@host/erp"`, or a sink: where `job:run()` copies to
---@field into? string|wdt.Sink
--- a store, or its text, `"file:PATH"`; a database keeps the state itself; default: in the target
---@field state? string|wdt.Store
--- the address of another gateway, through which the copy was begun that is to go on
---@field adopt? string
---@field name? string for logs; default: the method
--- how long a row may take to become visible; read is what is older than that; default: 180 s
---@field lag? string|number
---@field follow? boolean go on for ever: poll, until a signal or `job:stop()`; default: `false`
--- seconds between polls; between the two, half a page's worth of traffic; default: `{ least = 15,
--- most = 120 }`
---@field poll? wdt.Poll
--- SIGINT, SIGTERM and SIGHUP end the loop cleanly; the second one ends the process; default: as
--- `follow`
---@field signals? boolean
--- windows that may be out at a time, each read ahead by its first page; default: 1
---@field lanes? integer
---@field rows? integer of a window, about: what a kill repeats; default: 15 pages
---@field revisit? string[] `{ "1d", "7d", "30d" }`: every window is read again at these ages
--- `true`, or ages like `{ "1h", "6h", "1d" }`: an hour whose total has grown is read again
---@field audit? boolean|string[]

--- Seconds
---@class wdt.Poll
---@field least? number between polls; default: 15
---@field most? number between polls; default: 120

--- How far a job is
---@class wdt.JobProgress
---@field watermark integer epoch seconds: everything before it is read and committed
---@field behind? number seconds between it and the server's time, once that is known
---@field interval number seconds between polls
---@field windows integer of committed windows
---@field rows integer of committed windows
---@field calls integer of committed windows
---@field uncertified integer windows that could not be proved complete
---@field blind wdt.Blind[] as of a stream
---@field audited integer looks at hours
---@field grown integer hours that had grown
---@field to_fill integer seconds that were asked for again and are not read yet

--- One committed window
---@class wdt.LedgerLine
---@field kind "new"|"revisit"|"audit"|"backfill"|"whole"|"repair" why it was read
---@field start integer epoch seconds, both included
---@field stop integer epoch seconds, both included
---@field rows integer
---@field calls integer
---@field certificate wdt.Certificate
---@field first? integer the first and last second that a row was read of
---@field last? integer the first and last second that a row was read of
---@field at? integer when it was committed

--- A job as its sink is told of it
---@class wdt.SinkJob
---@field name string the table, or what the files' names begin with
---@field method string the method that is read
---@field entry table the catalogue's: `ids`, `modified`, `clock`
---@field fields? table of its rows, where they are known
---@field account string whose rows they are
---@field committed integer windows that the state says were committed
---@field gateway? string the address that the rows come from
---@field adopt? string the address of the gateway that a copy was made through, to go on with it
---@field emit? fun(event: string, what: table) tells the client's log
---@field host? table what a sink that has to wait sleeps by

--- Options of a target
---@class wdt.SinkOptions
---@field name string of the job: the table, or what the files' names begin with
---@field account? string whose rows they are; several accounts may share tables
---@field existing? boolean a database that is not there is a failure; default: `false`
--- of a database: typed columns and a table for each list within, or the row's JSON; a table keeps
--- the one that it has; default: `"tables"`
---@field layout? "tables"|"documents"
---@field document? boolean tables keep each row's JSON as well, in `_document`; default: `false`
---@field fields? string[] of csv: its columns
---@field explode? string of csv: the list whose members are lines
---@field header? "name"|"label" of csv; default: `"name"`

--- The module `wdt`, and `resty.wdt` inside nginx
---@class wdt.Module
---@field _VERSION? string the name and the version, e.g. `"wdt 0.2.0"`
--- stands for JSON's null where nulls are kept, and in lists always; `cjson.null`
---@field null? lightuserdata
---@field catalog? table what is known of every method; `wdt.catalog.add` adds one
---@field state? wdt.States where a sync job keeps its state
local wdt = {}

--- a client
---@param settings wdt.Settings
---@return wdt.Client client
function wdt.new(settings) end

--- a loop of many accounts (not in nginx): the `host` of their clients
---@param leaves? fun(): boolean|fun(name: string): boolean
---@return wdt.Loop loop
function wdt.loop(leaves) end

--- sets the client that `wdt.stockouts` and the others of that kind use; by default the one of the
--- environment
---@param settings wdt.Settings
---@return wdt.Client client
function wdt.setup(settings) end

--- what a value means: `wdt.label("stockout_order_query_trade", "status", 95)` is 已发货
---@param method string
---@param field string
---@param value any
---@return string? label
function wdt.label(method, field, value) end

--- the bits that are set in a field like `bad_reason`
---@param method string
---@param field string
---@param value string|integer
---@return wdt.Flag[] bits
function wdt.flags(method, field, value) end

--- 销售出库单: a stream (enterprise `stockout_order_query_trade`, ultimate
--- `wms.stockout.Sales.queryWithDetail`)
---@param query wdt.Query
---@return wdt.StockoutStream stream
function wdt.stockouts(query) end

--- cancelled ones: enterprise `status = 5`, ultimate `wms.stockout.Sales.searchCancel`
---@param query wdt.Query
---@return wdt.StockoutStream stream
function wdt.cancelled_stockouts(query) end

--- rows of any query method of the catalogue, or of one that the query describes: a stream
---@param method string
---@param query wdt.Query
---@return wdt.Stream stream
function wdt.records(method, query) end

--- number of rows in a range, from totals alone
---@param method string
---@param query wdt.Query
---@return integer? rows
---@return string? err "code: text"
---@return wdt.Code? code
function wdt.count(method, query) end

--- one signed call of any method: its data
---@param method string
---@param params? table
---@param pager? wdt.Pager
---@param options? wdt.CallOptions
---@return any data
---@return string? err "code: text"
---@return wdt.Code? code
function wdt.call(method, params, pager, options) end

--- incremental reading with checkpoints, see [sync](sync.md)
---@param job wdt.JobOptions
---@return wdt.Job? job
---@return string? err "code: text"
---@return wdt.Code? code
function wdt.sync(job) end

--- An account: its settings, its budget, its calls
---@class wdt.Client
local Client = {}

--- 销售出库单: a stream (enterprise `stockout_order_query_trade`, ultimate
--- `wms.stockout.Sales.queryWithDetail`)
---@param query wdt.Query
---@return wdt.StockoutStream stream
function Client:stockouts(query) end

--- cancelled ones: enterprise `status = 5`, ultimate `wms.stockout.Sales.searchCancel`
---@param query wdt.Query
---@return wdt.StockoutStream stream
function Client:cancelled_stockouts(query) end

--- rows of any query method of the catalogue, or of one that the query describes: a stream
---@param method string
---@param query wdt.Query
---@return wdt.Stream stream
function Client:records(method, query) end

--- number of rows in a range, from totals alone
---@param method string
---@param query wdt.Query
---@return integer? rows
---@return string? err "code: text"
---@return wdt.Code? code
function Client:count(method, query) end

--- one signed call of any method: its data
---@param method string
---@param params? table
---@param pager? wdt.Pager
---@param options? wdt.CallOptions
---@return any data
---@return string? err "code: text"
---@return wdt.Code? code
function Client:call(method, params, pager, options) end

--- incremental reading with checkpoints, see [sync](sync.md)
---@param job wdt.JobOptions
---@return wdt.Job? job
---@return string? err "code: text"
---@return wdt.Code? code
function Client:sync(job) end

--- closes idle connections
function Client:close() end

--- Rows, one by one; the iterator of a `for` loop
---@class wdt.Stream
---@overload fun(): any
local Stream = {}

--- a row; `nil` at the proven end; `nil, "code: text", "code"`
---@return any row
---@return string? err
---@return wdt.Code? code
function Stream:next() end

--- how far it is, see below
---@return wdt.Progress progress
function Stream:progress() end

--- sends the first page's request, if the rate allows it now; never waits
function Stream:start() end

--- ends the reading after the window that is being read
function Stream:stop() end

--- gives everything up; a `for` loop that is left early does so in Lua 5.4
function Stream:close() end

--- A sync job
---@class wdt.Job
local Job = {}

--- for a `for` loop, which raises a failure
---@return fun(): wdt.Window? next
function Job:windows() end

--- the next window; `nil` when all that is settled has been read; or a failure
---@return wdt.Window? window
---@return string? err
---@return wdt.Code? code
function Job:next() end

--- how far it is
---@return wdt.JobProgress progress
function Job:progress() end

--- the last 100 windows committed, oldest first
---@return wdt.LedgerLine[] lines
function Job:ledger() end

--- copies the next window; `false` where nothing is to be read now; `past`: only of what `backfill`
--- asked for, `present`: all else
---@param only? "present"|"past"
---@return boolean? more
---@return string? err
---@return wdt.Code? code
function Job:step(only) end

--- everything from that second on is read again
---@param at integer
---@return boolean? ok
---@return string? err "code: text"
---@return wdt.Code? code
function Job:rewind(at) end

--- has a range read again, or before `from`, when nothing newer is to be read
---@param start integer
---@param stop integer
---@return boolean? ok
---@return string? err "code: text"
---@return wdt.Code? code
function Job:backfill(start, stop) end

--- hands out no further window
function Job:stop() end

--- gives back windows that are out, and the lock on the state
function Job:close() end

--- A window of a sync job: read it, make its rows safe, commit it
---@class wdt.Window
---@field kind? "new"|"revisit"|"audit"|"backfill"|"repair" why it is read
---@field start? integer epoch seconds, both included
---@field stop? integer epoch seconds, both included
---@field rows_read? integer once it has been read
---@field calls? integer once it has been read
---@field certificate wdt.Certificate? once it has been read
---@field first integer? the first and last second that a row was read of
---@field last integer? the first and last second that a row was read of
---@field time integer? of the row handed out last
local Window = {}

--- for a `for` loop, which raises a failure
---@return fun(): any next
function Window:rows() end

--- the next row; `nil` when all have been read; or a failure, and the window comes again
---@return any row
---@return string? err
---@return wdt.Code? code
function Window:next() end

--- the rows are safe: the window is never read again
---@return true? done
---@return string? err "code: text"
---@return wdt.Code? code
function Window:commit() end

--- gives the window back; it comes again
function Window:abandon() end

--- Where a job keeps its state: any table with these methods
---@class wdt.Store
local Store = {}

--- a failure `state` while another job uses it; ends with its holder
---@return true? held
---@return string? err "code: text"
---@return wdt.Code? code
function Store:lock() end

--- idempotent
function Store:unlock() end

--- the text saved last; `nil` when there never was one
---@return string? text
---@return string? err "code: text"
---@return wdt.Code? code
function Store:load() end

--- `true` once it is safe; else what was saved before still stands
---@param text string
---@return true? done
---@return string? err "code: text"
---@return wdt.Code? code
function Store:save(text) end

--- Stores
---@class wdt.States
local States = {}

--- a file; survives whatever a file survives
---@param path string
---@return wdt.Store store
function States.file(path) end

--- the store of a text, e.g. `"file:shipped.state"`
---@param text string
---@return wdt.Store store
function States.open(text) end

--- this process
---@return wdt.Store store
function States.memory() end

--- inside nginx: a `lua_shared_dict`, one leader among all workers
---@param dict string
---@param name string
---@param lease? number
---@return wdt.Store store
function States.shared(dict, name, lease) end

--- Where a job's rows go: any table with these methods
---@class wdt.Sink
---@field as? "json"|"table"|"either" how it takes rows: their own bytes, tables, or either
---@field keyless boolean? true where a row that comes again can't replace itself
local Sink = {}

--- reads what the target is: its identity, how many windows it has taken, and whose they were; or a
--- failure
---@param job wdt.SinkJob
---@return string? identity
---@return integer|string? count
---@return string? writer
function Sink:prepare(job) end

--- a window begins; what is left of one that was not committed goes
---@param committed integer
---@param writer? string
---@return true? done
---@return string? err "code: text"
---@return wdt.Code? code
function Sink:begin(committed, writer) end

--- takes a row, and the second of its clock
---@param row any
---@param time? integer
---@return true? done
---@return string? err "code: text"
---@return wdt.Code? code
function Sink:row(row, time) end

--- `true` once the rows up to that second are safe
---@param stop integer
---@param line? wdt.LedgerLine
---@return true? done
---@return string? err "code: text"
---@return wdt.Code? code
function Sink:commit(stop, line) end

--- idempotent
function Sink:close() end

--- Targets
---@class wdt.Sinks
local Sinks = {}

--- the sink of a target, e.g. `"sqlite:erp.db"`; or a failure, with the text in Chinese after it
---@param target string
---@param options wdt.SinkOptions
---@return wdt.Sink? sink
---@return string? err
---@return wdt.Code? code
function Sinks.open(target, options) end

--- takes a target apart; or nil and what is wrong
---@param target string
---@return table? module
---@return string address
function Sinks.find(target) end

--- Many accounts in one process: the `host` of their clients
---@class wdt.Loop
local Loop = {}

--- adds a task, a coroutine of its own; a wait of one lets the others go on
---@param name string
---@param body fun(...)
---@param ... any
function Loop:spawn(name, body, ...) end

--- runs the tasks until all have ended; what they raised, by their names
---@return table<string, string> failures
function Loop:run() end

--- waits; `interrupted` where `leaves` says so
---@param seconds number
---@return boolean? ok
---@return string? err
---@return string? code
function Loop:sleep(seconds) end

--- shuts all connections
function Loop:close() end

--- A row of stockouts: of either edition, sold or cancelled, `typed` or not.
---@alias wdt.AnyStockout
---| wdt.Stockout
---| wdt.SalesStockout
---| wdt.CancelledStockout
---| wdt.TypedStockout
---| wdt.TypedSalesStockout
---| wdt.TypedCancelledStockout

--- A stream of stockouts.
---@class wdt.StockoutStream : wdt.Stream
---@overload fun(): wdt.AnyStockout

--- A bit that is set.
---@class wdt.Flag
---@field bit integer
---@field label? string the vendor's word, where a document names it

--- 销售出库单, enterprise edition (`stockout_order_query_trade`)
---@class wdt.Stockout
---@field stockout_id? string 出库单主键id
---@field order_no? string 出库单号
---@field src_order_no? string 源单号
---@field warehouse_no? string 仓库编号
---@field consign_time? string 发货时间
---@field order_type? string 出库单类型
--- 订单状态: 5 已取消, 10 待付款, 12 待尾款, 13 待选仓, 15 等未付, 16 延时审核, 19 预订单前处理, 20 前处理(赠品,合并,拆分), 21 委外前处理, 22
--- 抢单前处理, 25 预订单, 27 待抢单, 30 待客审, 35 待财审, 40 待递交仓库, 45 递交仓库中, 50 已递交仓库, 53 未确认, 55 已确认, 95 已发货, 105
--- 部分打款, 110 已完成
---@field trade_status? string
---@field order_type_name? string 出库单类型名称
--- 订单类型: 1 网店销售, 2 线下零售, 3 售后换货, 4 批发业务, 5 保修换新, 6 保修完成, 7 订单补发, 101 自定义类型1, 102 自定义类型2, 103
--- 自定义类型3, 104 自定义类型4, 105 自定义类型5, 106 自定义类型6
---@field trade_type? string
---@field subtype? string 出库子类型
---@field goods_count? string 数量
---@field goods_total_amount? string 货品总售价
---@field goods_total_cost? string 货品总成本
---@field post_fee? string 邮资成本
---@field logistics_no? string 物流单号
---@field package_fee? string 包装费
---@field receiver_name? string 收件人
---@field receiver_country? string 国家
---@field receiver_province? string 省份
---@field receiver_city? string 城市
---@field receiver_district? string 地区
---@field receiver_address? string 详细地址
---@field receiver_mobile? string 收件人移动电话
---@field receiver_telno? string 收件人固定电话
---@field receiver_zip? string 邮编
---@field receiver_dtb? string 大头笔
---@field weight? string 实际重量
---@field logistics_type? string 物流公司类型
---@field logistics_code? string 物流公司编号
---@field logistics_name? string 物流公司名称
---@field print_remark? string 打印备注
---@field paid? string 已付金额
---@field refund_status? string 退款状态: 0 无退款, 1 申请退款, 2 部分退款, 3 全部退款
---@field salesman_no? string 业务员编号
---@field salesman_name? string 业务员名称
---@field fullname? string 业务员名称
---@field warehouse_name? string 仓库
---@field created? string 创建时间
---@field remark? string 备注
---@field stockout_reason? string 出库原因
---@field outer_no? string 外部单号
---@field trade_no? string 订单编号
---@field src_trade_no? string 原始单号
---@field nick_name? string 网名
---@field customer_name? string 客户名称
---@field customer_no? string 客户编号
---@field trade_time? string 交易时间
---@field pay_time? string 付款时间
---@field status? string 出库单状态: 5 已取消, 55 已审核, 95 已发货, 105 部分打款, 110 已完成, 113 异常发货
---@field shop_name? string 店铺名称
---@field shop_no? string 店铺编号
---@field buyer_message? string 买家留言
---@field cs_remark? string 客服备注
---@field flag_name? string 订单标记
---@field post_amount? string 邮费
--- 截停原因; bits: 1 申请退款, 2 已退款, 4 地址被修改, 8 发票被修改, 16 物流被修改, 32 仓库变化, 64 备注修改, 128 更换货品, 256 取消退款
---@field block_reason? string
---@field invoice_type? string 发票类别: 0 不需要, 1 普通发票, 2 普通增值税发票, 3 专用增值税发票
---@field invoice_title? string 发票抬头
---@field invoice_content? string 发票内容
---@field invoice_id? string 发票ID
---@field delivery_term? string 发货条件: 1 款到发货, 2 货到付款(包含部分货到付款), 3 分期付款, 4 挂账单
---@field fenxiao_type? string 分销类别: 0 非分销订单, 1 转供销, 2 代销, 3 经销
---@field fenxiao_nick? string 分销商ID
---@field cod_amount? string 货到付款金额
---@field id_card_type? string 证件类别: 1 身份证
---@field receiver_area? string 收件人地址
---@field shop_remark? string 店铺备注
---@field modified? string 最后修改时间
---@field platform_id? string 平台id
---@field trade_id? string 订单表主键
---@field checker_name? string 审单员编号
---@field employee_no? string 审单员编号
---@field operator_name? string 审核员
---@field packager_no? string 打包员编号
---@field packager_name? string 打包员
---@field picker_no? string 拣货员编号
---@field picker_name? string 拣货员
---@field printer_no? string 打单员编号
---@field printer_name? string 打单员
---@field examiner_no? string 验货员编号
---@field examiner_name? string 验货员
---@field discount? string 优惠金额
---@field src_tids? string 原始单号
---@field tax? string 税额
---@field tax_rate? string 税率
---@field currency? string 币种
---@field id_card? string 证件号码
---@field stock_check_time? string 出库单审核时间
--- 异常状态; bits: 1 无库存记录, 2 地址发生变化, 4 发票变化, 8 仓库变化, 16 备注变化, 32 平台更换货品, 64 退款, 512 抢单异常
---@field bad_reason? string
---@field print_batch_no? string 打印批次
---@field details_list? wdt.Stockout.Details[] 货品列表节点
---@field receiver_province_code? string
---@field receiver_city_code? string
---@field receiver_district_code? string

--- 货品列表节点
---@class wdt.Stockout.Details
---@field rec_id? string 出库明细主键
---@field stockout_id? string 出库单主键id
---@field spec_no? string 商家编码
---@field goods_count? string 货品数量
---@field sell_price? string 销售价
---@field brand_no? string 品牌编号
---@field brand_name? string 品牌名称
---@field goods_type? string 货品类型: 0 其它, 1 销售商品, 2 原材料, 3 包装, 4 周转材料, 5 虚拟商品, 6 固定资产
---@field gift_type? string 是否是赠品: 0 非赠品, 1 自动赠送, 2 手工赠送
---@field goods_name? string 货品名称
---@field goods_no? string 货品编号
---@field spec_name? string 规格名称
---@field spec_code? string 规格码
---@field suite_no? string 来源组合装编码
---@field cost_price? string 成本价
---@field total_amount? string 总货款
---@field goods_id? string 货品id
---@field spec_id? string 商品主键
---@field weight? string 估重
---@field remark? string 备注
---@field paid? string 已支付金额
---@field refund_status? string 退款状态
---@field market_price? string 零售价
---@field discount? string 总折扣金额
---@field share_amount? string 分摊后合计应收
---@field tax_rate? string 税率
---@field barcode? string 条码
---@field unit_name? string 基本单位
---@field sale_order_id? string 订单详情表主键
---@field share_post? string 邮费分摊
---@field src_oid? string 原始子订单号
---@field src_tid? string 原始订单号
--- 单据内部来源; bits: 1 手机订单, 2 聚划算, 4 服务子订单, 8 家装, 16 二次付款, 32 开具电子发票, 1024 库存不足, 2048 当日达, 4096 次日达,
--- 8192 预约时效
---@field from_mask? string
---@field good_prop1? string 货品档案自定义属性1
---@field good_prop2? string 货品档案自定义属性2
---@field good_prop3? string 货品档案自定义属性3
---@field good_prop4? string 货品档案自定义属性4
---@field good_prop5? string 货品档案自定义属性5
---@field good_prop6? string 货品档案自定义属性6
---@field prop1? string 单品列表自定义属性1
---@field prop2? string 单品列表自定义属性2
---@field prop3? string 单品列表自定义属性3
---@field prop4? string 单品列表自定义属性4
---@field prop5? string 单品列表自定义属性5
---@field prop6? string 单品列表自定义属性6
---@field batch_no? string 批次号
---@field platform_id? string

--- 销售出库单, enterprise edition (`stockout_order_query_trade`); with `typed = true`
---@class wdt.TypedStockout : wdt.Stockout
---@field stockout_id? integer 出库单主键id
---@field consign_time? integer 发货时间
---@field order_type? integer 出库单类型
---@field trade_status? integer 订单状态
---@field trade_type? integer 订单类型
---@field goods_count? string|number 数量
---@field goods_total_amount? string|number 货品总售价
---@field goods_total_cost? string|number 货品总成本
---@field post_fee? string|number 邮资成本
---@field package_fee? string|number 包装费
---@field receiver_country? integer 国家
---@field weight? string|number 实际重量
---@field logistics_type? integer 物流公司类型
---@field paid? string|number 已付金额
---@field refund_status? integer 退款状态
---@field created? integer 创建时间
---@field trade_time? integer 交易时间
---@field pay_time? integer 付款时间
---@field status? integer 出库单状态
---@field post_amount? string|number 邮费
---@field block_reason? integer 截停原因
---@field invoice_type? integer 发票类别
---@field invoice_id? integer 发票ID
---@field delivery_term? integer 发货条件
---@field fenxiao_type? integer 分销类别
---@field cod_amount? string|number 货到付款金额
---@field id_card_type? integer 证件类别
---@field modified? integer 最后修改时间
---@field platform_id? integer 平台id
---@field trade_id? integer 订单表主键
---@field discount? string|number 优惠金额
---@field tax? string|number 税额
---@field tax_rate? string|number 税率
---@field stock_check_time? integer 出库单审核时间
---@field bad_reason? integer 异常状态
---@field details_list? wdt.TypedStockout.Details[] 货品列表节点

--- 货品列表节点; with `typed = true`
---@class wdt.TypedStockout.Details : wdt.Stockout.Details
---@field rec_id? integer 出库明细主键
---@field stockout_id? integer 出库单主键id
---@field goods_count? string|number 货品数量
---@field sell_price? string|number 销售价
---@field goods_type? integer 货品类型
---@field gift_type? integer 是否是赠品
---@field cost_price? string|number 成本价
---@field total_amount? string|number 总货款
---@field goods_id? integer 货品id
---@field spec_id? integer 商品主键
---@field weight? string|number 估重
---@field paid? string|number 已支付金额
---@field refund_status? integer 退款状态
---@field market_price? string|number 零售价
---@field discount? string|number 总折扣金额
---@field share_amount? string|number 分摊后合计应收
---@field tax_rate? string|number 税率
---@field sale_order_id? integer 订单详情表主键
---@field share_post? string|number 邮费分摊
---@field from_mask? integer 单据内部来源

--- 销售出库单, ultimate edition (`wms.stockout.Sales.queryWithDetail`)
---@class wdt.SalesStockout
---@field stockout_id? integer 出库单ID
---@field order_no? string 出库单号
---@field virtual_warehouse_no? string 虚拟仓编号
---@field virtual_warehouse_name? string 虚拟仓名称
---@field src_order_no? string 系统订单编号
---@field warehouse_no? string 仓库编号
---@field warehouse_name? string 仓库名称
---@field consign_time? string 发货时间
---@field order_type? integer 源单据类别: 1 销售订单
---@field goods_count? number 货品数量
---@field logistics_no? string 物流单号
---@field receiver_name? string 收件人姓名
---@field receiver_country? integer 国家
---@field receiver_province? integer 省份ID
---@field receiver_city? integer 城市ID
---@field receiver_district? integer 地区ID
---@field receiver_address? string 地址
---@field receiver_mobile? string 收件人手机
---@field receiver_telno? string 收件人固话
---@field receiver_zip? string 收件人邮编
---@field receiver_area? string 省市区
---@field remark? string 出库单备注
---@field weight? number 重量
--- 截停原因; bits: 1 申请退款, 2 已退款, 4 地址被修改, 8 发票被修改, 16 物流被修改, 32 仓库变化, 64 备注修改, 128 更换货品, 256 取消退款,
--- 1024 其它原因, 2048 拦截赠品, 8192 修改买家留言, 16384 平台已发货, 32768 配送时间变更, 65536 撤销出库, 16777216
--- 阶梯满赠赠品重算,发现赠送错误, 33554432 分销取消, 1073741824 驳回审核
---@field block_reason? integer
---@field logistics_type? integer 物流方式
---@field logistics_code? string 物流编号
---@field logistics_name? string 物流公司名称
---@field shop_id? integer 店铺id
---@field warehouse_id? integer 仓库id
---@field logistics_id? integer 物流id
--- 异常原因; bits: 1 无库存记录, 2 地址发生变化, 4 发票变化, 8 仓库变化, 16 备注变化, 32 平台更换货品, 64 退款
---@field bad_reason? integer
---@field receiver_dtb? string 大头笔
---@field refund_status? integer 退款状态: 0 无退款, 1 申请退款, 2 部分退款, 3 全部退款
--- 销售类型: 1 网店销售, 2 线下订单, 3 售后换货, 4 批发业务, 7 现款销售, 8 分销订单, 101 订单自定义属性, 102 订单自定义属性, 103 订单自定义属性, 104
--- 订单自定义属性, 105 订单自定义属性, 106 订单自定义属性, 107 订单自定义属性, 108 订单自定义属性, 109 订单自定义属性, 110 订单自定义属性
---@field trade_type? integer
---@field salesman_no? string 业务员编号
---@field fullname? string 业务员姓名
---@field picker_name? string 拣货员
---@field examiner_name? string 验货员
---@field consigner_name? string 发货员
---@field printer_name? string 打单员
---@field packager_name? string 打包员
--- 订单状态: 4 线下退款, 5 已取消, 6 待转预订单(待审核), 7 待转已完成, 10 未付款, 12 待尾款, 15 等未付, 16 延时审核, 19 预订单前处理, 20
--- 审核前处理, 21 自流转待发货, 23 异常预订单, 24 换货预订单, 25 待处理预订单, 27 待分配预订单, 30 待客审, 35 待财审, 55 已审核, 95 已发货, 96
--- 成本确认（待录入计划成本，订单结算时有货品无计划成本）, 101 已过账, 110 已完成
---@field trade_status? integer
---@field trade_no? string 订单编号
---@field src_trade_no? string 原始单号
---@field nick_name? string 客户网名
---@field customer_no? string 客户编码
---@field customer_name? string 客户姓名
---@field trade_time? integer 下单时间
---@field pay_time? integer 支付时间
---@field flag_name? string 标记名称
---@field post_amount? string 邮费
---@field id_card_type? integer 证件类别
---@field id_card? string 证件号码
---@field shop_name? string 店铺名称
---@field shop_no? string 店铺编号
---@field shop_remark? string 店铺备注
--- 出库单状态: -1 未发货, 5 已取消, 10 待放回, 50 待审核, 51 缺货, 52 缺货待入库, 53 WMS已接单, 54 获取电子面单, 58 档口锁定, 60 待分配, 61
--- 排队中, 63 待补货, 65 待处理, 70 待发货, 73 爆款锁定, 74 预打包, 75 待拣货, 77 拣货中,PDA拣货后, 79 已拣货, 90 延时发货, 110 已完成
---@field status? integer
---@field invoice_type? integer 发票类型: 0 不需要, 1 电子普通发票, 2 增值税普通发票, 3 电子增值税专用发票, 4 纸质普通发票, 5 纸质增值税专用发票
---@field invoice_id? integer 发票ID: 1 已开发票
---@field cod_amount? string 货到付款金额
---@field delivery_term? integer 发货条件: 1 款到发货, 2 货到付款(包含部分货到付款), 3 分期付款, 4 挂账
---@field platform_id? integer 平台ID
---@field trade_id? integer 订单ID
---@field employee_no? string 审核员编号
---@field discount? string 优惠金额
---@field tax? string 税额
---@field tax_rate? string 税率
---@field currency? string 币种
---@field created? integer 系统订单建单时间
---@field stock_check_time? integer 出库单建单时间
---@field print_remark? string 打印备注
---@field buyer_message? string 买家留言
---@field cs_remark? string 客服备注
---@field invoice_title? string 发票抬头
---@field invoice_content? string 发票内容
---@field post_fee? string 称重预估邮资
---@field package_fee? string 包装成本
---@field receivable? number 已付金额
---@field goods_total_cost? string 总成本价
---@field goods_total_amount? string 总货款
---@field modified? string 最后修改时间
---@field fenxiao_nick? string 分销商昵称
---@field trade_label? string 订单标签
--- 订单来源: 1 接口抓取, 2 手工创建, 3 Excel导入, 4 复制订单, 5 接口推送, 6 补发订单, 7 PDA选货开单, 8 分销补发订单
---@field trade_from? integer
---@field picklist_no? string 分拣波次
---@field picklist_seq? integer 分拣序号
---@field logistics_print_status? integer 物流单打印状态: 0 未打印, 1 打印中, 2 已打印, 3 无需打印
---@field paid? string 已付
---@field shop_platform_id? integer 店铺平台id
---@field sub_platform_id? integer 子平台id
---@field error_info? string 接口处理错误信息
---@field custom_type? integer 其他出库自定义子类别
---@field sendbill_template_id? integer 发货单模板id
---@field customer_id? integer 客户id
---@field warehouse_type? integer 仓库类别: 1 普通（内部）, 2 自流转, 3 平台, 4 京东沧海, 6 抖音云仓, 125 代发仓, 126 分销委外
---@field operator_id? integer 制单人id（操作员）
---@field outer_no? string 外部单号
--- 出库状态; bits: 1 已验货, 2 已称重, 16 已拣货, 32 电子面单回传, 64 已分拣, 128 配送清单打印状态, 4096
--- 订单回告（订单生成出库单中间量，暂时只有订单合并回告使用）
---@field consign_status? integer
---@field goods_type_count? integer 货品种类
---@field calc_post_cost? string 预估邮资成本
---@field batch_no? string 打印批次
---@field created_date? string 销售出库单创建时间
---@field fenxiao_tid? string 分销原始单号
---@field fenxiao_nick_no? string 分销商编号
---@field logistics_list? wdt.SalesStockout.Logistics[] 物流单列表
---@field details_list? wdt.SalesStockout.Details[] 销售出库单详情
---@field anchor_name? string 主播
---@field assist_achor_name? string 助播
---@field control_achor_name? string 场控
---@field operation_anchor_name? string 运营
---@field pick_group_name? string 拣货分组名称
---@field fenxiao_shop_name? string 分销店铺名称
---@field wms_code? string wms业务单号
---@field stockout_flag_name? string 销售出库单标记名称
---@field gov_subsidy_info? wdt.SalesStockout.GovSubsidyInfo[] 国补信息
---@field is_card_type? integer 证件类别
---@field warehouse_mapping_code? string
---@field pick_group? integer
---@field seq_no? integer
---@field src_order_id? integer
---@field new_trade_label? string

--- 物流单列表
---@class wdt.SalesStockout.Logistics
---@field rec_id? integer 物流单id
---@field stockout_id? integer 出库单id
---@field logistics_no? string 物流单号
---@field calc_weight? number 估算重量
---@field weight? number 称重重量
---@field package_name? string 包装
---@field logistics_name? string 物流名称
---@field logistics_id? integer 物流ID
---@field postage? string 估算邮资
---@field remark? string 备注
---@field length? number 长
---@field width? number 宽
---@field height? number 高
---@field volume? string 体积

--- 销售出库单详情
---@class wdt.SalesStockout.Details
---@field rec_id? integer 销售出库单详情的id
---@field stockout_id? integer 出库单id
---@field src_order_detail_id? integer 订单明细id
---@field spec_id? integer 单品id
---@field spec_no? string 商家编码
---@field goods_count? number 货品数量
---@field total_amount? number 总成本
---@field sell_price? number 成交价
---@field remark? string 出库单明细备注
---@field goods_name? string 货品名称
---@field goods_no? string 货品编号
---@field spec_name? string 规格名称
---@field spec_code? string 规格码
---@field cost_price? number 货品成本
---@field weight? number 总重量
---@field goods_id? integer 货品id
---@field prop1? string 规格自定义属性1
---@field prop2? string 规格自定义属性2
---@field prop3? string 规格自定义属性3
---@field prop4? string 规格自定义属性4
---@field prop5? string 规格自定义属性5
---@field prop6? string 规格自定义属性6
---@field platform_id? integer 平台id
---@field refund_status? integer 退款状态: 0 无退款, 1 取消退款, 2 已申请退款, 3 等待退货, 4 等待收货, 5 退款成功
---@field market_price? number 单价/货品原单价
---@field discount? number 货品总优惠
---@field share_price? number 货品成交价
---@field share_amount? number 总货款/货品成交总价
---@field tax_rate? number 税率
---@field barcode? string 主条码
---@field unit_name? string 基本单位名称
---@field sale_order_id? integer 订单货品(子订单)id
--- 是否是赠品: 0 非赠品, 1 自动赠送, 2 手工赠送, 4 周期购赠送, 8 平台赠送, 32 阶梯满赠, 64 CRM追加赠送, 65 主品（1.5.7.0版本以上返回）
---@field gift_type? integer
---@field src_oid? string 原始子订单号
---@field src_tid? string 子单原始订单号
--- 订单内部来源; bits: 1 手机, 2 聚划算, 32 开具电子发票, 64 按需配送, 256 承诺结构化/QIC, 2048 当日达, 4096 次日达, 8192 承诺时效,
--- 16384 商仓鸟配, 524288 天猫物流升级, 1048576 预售单, 2097152 区域零售, 4194304 拼多多厂家代打, 8388608 周期购, 33554432
--- 前N有礼
---@field from_mask? integer
---@field goods_type? integer 货品类型: 0 其它, 1 销售货品, 2 原材料, 3 包装物, 4 周转材料, 5 虚拟商品, 6 固定资产, 8 分装箱
---@field good_prop1? string 货品自定义属性1
---@field good_prop2? string 货品自定义属性2
---@field good_prop3? string 货品自定义属性3
---@field good_prop4? string 货品自定义属性4
---@field good_prop5? string 货品自定义属性5
---@field good_prop6? string 货品自定义属性6
---@field sn_list? string
---@field suite_no? string 组合装编码
---@field suite_num? number 组合装数量
---@field share_post_amount? number 分摊邮费
---@field paid? number 已付
---@field is_package? boolean 是否包装: false 否, true 是
---@field brand_no? string 品牌编号
---@field brand_name? string 品牌名称
---@field src_order_type? integer 源单据类别: 1 销售订单
---@field base_unit_id? integer 基本单位id
---@field unit_id? integer 辅助单位
---@field unit_ratio? number 单位换算
---@field num2? number 辅助数量
---@field num? number 货品数量
---@field position_id? integer 出库货位id
---@field batch_id? integer 指定出库批次
---@field is_examined? integer 是否验货
---@field expire_date? string 有效期
---@field scan_type? integer 扫描方式: 0 未验货, 1 扫描验货, 2 手工验货, 3 快速验货, 4 无需验货
---@field modified_date? string 最后修改时间
---@field created_date? string 创建时间
---@field class_name? string 分类
---@field api_goods_id? string 平台货品id
---@field api_spec_id? string 平台规格id
---@field pack_score? number 打包积分
---@field pick_score? number 拣货积分
---@field scan_score? number 验货积分
---@field api_goods_name? string 平台货品名称
---@field batch_no? string 批次号
---@field position_details_list? wdt.SalesStockout.Details.PositionDetails[] 出库货位明细
---@field pick_position_details_list? table[] 拣货位明细
---@field goods_amount? number
---@field class_id? integer

--- 出库货位明细
---@class wdt.SalesStockout.Details.PositionDetails
---@field rec_id? integer 货位明细id
---@field stockout_detail_id? integer 销售出库单详情id
---@field position_id? integer 货位id
---@field position_no? string 货位号
---@field expire_date? string 有效期
---@field production_date? string 生产日期
---@field batch_no? string 批次号
---@field position_goods_count? number 当前货位出库总货品数量

--- 国补信息
---@class wdt.SalesStockout.GovSubsidyInfo
---@field tid? string 原始单号
---@field oid? string 原始子单号
---@field corp_entity_name? string 公司主体名称

--- 销售出库单, ultimate edition (`wms.stockout.Sales.queryWithDetail`); with `typed = true`
---@class wdt.TypedSalesStockout : wdt.SalesStockout
---@field consign_time? integer 发货时间
---@field goods_count? string|number 货品数量
---@field weight? string|number 重量
---@field post_amount? string|number 邮费
---@field cod_amount? string|number 货到付款金额
---@field discount? string|number 优惠金额
---@field tax? string|number 税额
---@field tax_rate? string|number 税率
---@field post_fee? string|number 称重预估邮资
---@field package_fee? string|number 包装成本
---@field receivable? string|number 已付金额
---@field goods_total_cost? string|number 总成本价
---@field goods_total_amount? string|number 总货款
---@field modified? integer 最后修改时间
---@field paid? string|number 已付
---@field calc_post_cost? string|number 预估邮资成本
---@field created_date? integer 销售出库单创建时间
---@field logistics_list? wdt.TypedSalesStockout.Logistics[] 物流单列表
---@field details_list? wdt.TypedSalesStockout.Details[] 销售出库单详情
---@field gov_subsidy_info? wdt.TypedSalesStockout.GovSubsidyInfo[] 国补信息

--- 物流单列表; with `typed = true`
---@class wdt.TypedSalesStockout.Logistics : wdt.SalesStockout.Logistics
---@field calc_weight? string|number 估算重量
---@field weight? string|number 称重重量
---@field postage? string|number 估算邮资
---@field length? string|number 长
---@field width? string|number 宽
---@field height? string|number 高
---@field volume? string|number 体积

--- 销售出库单详情; with `typed = true`
---@class wdt.TypedSalesStockout.Details : wdt.SalesStockout.Details
---@field goods_count? string|number 货品数量
---@field total_amount? string|number 总成本
---@field sell_price? string|number 成交价
---@field cost_price? string|number 货品成本
---@field weight? string|number 总重量
---@field market_price? string|number 单价/货品原单价
---@field discount? string|number 货品总优惠
---@field share_price? string|number 货品成交价
---@field share_amount? string|number 总货款/货品成交总价
---@field tax_rate? string|number 税率
---@field suite_num? string|number 组合装数量
---@field share_post_amount? string|number 分摊邮费
---@field paid? string|number 已付
---@field unit_ratio? string|number 单位换算
---@field num2? string|number 辅助数量
---@field num? string|number 货品数量
---@field expire_date? integer 有效期
---@field modified_date? integer 最后修改时间
---@field created_date? integer 创建时间
---@field pack_score? string|number 打包积分
---@field pick_score? string|number 拣货积分
---@field scan_score? string|number 验货积分
---@field position_details_list? wdt.TypedSalesStockout.Details.PositionDetails[] 出库货位明细
---@field goods_amount? string|number

--- 出库货位明细; with `typed = true`
---@class wdt.TypedSalesStockout.Details.PositionDetails : wdt.SalesStockout.Details.PositionDetails
---@field expire_date? integer 有效期
---@field position_goods_count? string|number 当前货位出库总货品数量

--- 国补信息; with `typed = true`
---@class wdt.TypedSalesStockout.GovSubsidyInfo : wdt.SalesStockout.GovSubsidyInfo

--- 已取消出库单, ultimate edition (`wms.stockout.Sales.searchCancel`)
---@class wdt.CancelledStockout
---@field stockout_id? integer 出库单id
---@field stockout_no? string 出库单编号
--- 出库单状态: 5 已取消, 10 待放回, 51 缺货, 53 wms已接单, 54 获取电子面单, 60 待分配, 61 排队中, 63 待补货, 65 待处理, 70 待发货, 73
--- 爆款锁定, 75 待拣货, 77 拣货中，PDA拣货后, 79 已拣货, 90 延时发货, 110 已完成
---@field status? integer
---@field modified? string 最后修改时间

--- 已取消出库单, ultimate edition (`wms.stockout.Sales.searchCancel`); with `typed = true`
---@class wdt.TypedCancelledStockout : wdt.CancelledStockout
---@field modified? integer 最后修改时间

return wdt
