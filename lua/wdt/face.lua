--- The front door: everything a user types. `wdt` and `resty.wdt` are two instances of it, which
-- know nothing of each other.
--
--     local wdt = require "wdt"
--     for so in wdt.stockouts{ start = "2026-11-01", stop = "2026-11-20 23:59:59", status = 95 } do
--       print(so.order_no, so.consign_time, #so.details_list)
--     end
--
-- **A query** is one table:
--
-- * `start`, `stop` (or the API's own `start_time`, `end_time`): `"YYYY-MM-DD HH:MM:SS"` Beijing
--   time, or epoch seconds; both ends are included. Which of a row's times is meant depends on the
--   method and on `status` (seed E §1.3: from 95 on, and without a status, the time of shipping;
--   below 95 the time of the last modification).
-- * the method's business parameters under the API's own names, e.g. `status`, `shop_no`,
--   `warehouse_no` (each may be a list: all combinations are read), `src_order_no`, `src_tid`,
--   `stockout_no` (each a look-up that needs no times).
-- * for `records` and `count`: what the query says of its method, where the catalogue doesn't know
--   or is to be contradicted: `list`, `id`, `total`, `modified`, `clock`, `cap`, `ends`, `times`,
--   `private` (`wdt.query.method`). A method not in the catalogue is read by describing it, or
--   added once and for all by `wdt.catalog.add`.
-- * `fields = {"order_no", "details_list.spec_no"}`: only these are built. A value that is passed
--   over must have its strings closed and its brackets matched; whether it is otherwise JSON and
--   UTF-8 is not looked at. Without `fields` all is checked.
-- * `as = "table"|"json"`: a row as a Lua table (default) or as its own bytes; of the latter the
--   brackets, strings, UTF-8 and control characters are checked, not the grammar between the
--   tokens.
-- * `null = wdt.null`: what a JSON null becomes; by default the key is absent.
-- * `typed = true`: values in their own types, for the methods of `wdt.schema`: integers; times as
--   epoch seconds, or what `datetime = function(epoch, text) … end` makes of them (called by the
--   decoder: it must not yield; what it raises reaches the caller, and the next call tries the row
--   again); decimals as `decimal = "text"` (default), `"number"` or `"scaled"` (whole units of
--   1/10000). An empty text or a zero date is a null. A value that does not fit is handed out as it
--   came (for `"scaled"` a number as its text: it would pass for one of units), and counted in
--   `stream:progress()`, as are unknown and missing fields.
-- * `mask = true`: personal fields (those of `wdt.schema`, and those that `private = {
--   "receiver_name", … }` adds) as keyed hashes: the same text, the same hash, as long as
--   `mask_key` is the same; a number counts as its digits as sent, so that 1 and 1.0 differ. A
--   `mask` that is no boolean is a business parameter where the method has one of that name.
-- * `page_size`: rows a page, by default the most the method allows.
-- * `history = false|true|"both"`: the live rows, the archived ones, or both without duplicates.
-- * `route = "direct"|"qimen"|"both"`: by the API's own gateway, which keeps Taobao-family orders
--   back; by Qimen (奇门), for which the client needs the setting `qimen`; or by both, each row once.
--   `stream:progress().blind` tells what the routes in use can't show.
-- * `read = "seek"|"sweep"`: complete whatever moves (default), or cheaper and complete only while
--   rows merely leave.
-- * `strict = true`: a window that can't be proved complete is an error with code `uncertified`.
-- * `lanes`: windows in flight at once; by Qimen one, where the query does not say, since its
--   gateway answers pages empty that are asked for side by side. Readings of one account by Qimen
--   belong one after the other for the same reason: nothing here holds two of them apart.
--
-- **Failures.** Misuse raises an error at the caller's line. What the world does returns `nil,
-- "code: text", "code"`; a `for` loop raises that string. The codes: `wdt.error`.
-- @module wdt.face
local catalog = require "wdt.catalog"
local client = require "wdt.client"
local config = require "wdt.config"
local core = require "wdt.native".load "wdt.core"
local schema = require "wdt.schema"
local sink = require "wdt.sink"
local version = require "wdt.version"
local error = error

local F = {}

--- Makes a face.
-- @tparam table runtime where its clients run (`wdt.client.CURL`)
-- @tparam table state what it calls `state`: its stores
-- @treturn table the module that users require
function F.new(runtime, state)
  local M = {
    --- The name and the version, e.g. `"wdt 0.2.0"`.
    _VERSION = "wdt " .. version,
    --- Holds what stands for JSON's null where nulls are kept, and in lists always. The same value
    -- as `cjson.null`.
    null = core.null,
    --- Holds what is known of every method; `wdt.catalog.add` adds one.
    catalog = catalog,
    --- Tells what a value means: `wdt.label("stockout_order_query_trade", "status", so.status)` is
    -- `"已发货"` (see `wdt.schema`).
    label = schema.label,
    --- Which bits are set in a value: `wdt.flags(method, "bad_reason", so.bad_reason)` (see
    -- `wdt.schema`).
    flags = schema.flags,
    --- Where a synchronisation puts its rows: `wdt.sink.open(target, options)`, or a sink of your
    -- own.
    sink = sink,
    --- Where a synchronisation keeps its state: `wdt.state.file(path)`, `wdt.state.memory()`, or a
    -- store of your own.
    state = state,
  }

  --- Makes a client.
  -- @tparam table settings
  --
  -- * `edition`: `"enterprise"` (企业版) or `"ultimate"` (旗舰版)
  -- * `sid`, `appkey`, `appsecret` (ultimate: `"secret:salt"`)
  -- * `environment`: `"production"` (default) or `"sandbox"`, the vendor's hosts; or `url`, any
  --   other address
  -- * `rate`: calls a minute (60), or `{ default = 60, ["method"] = 10 }`
  -- * `timeout`: `{ connect = 5, stall = 20, total = 120 }`, seconds
  -- * `retry`: `{ attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 }`: tries of one
  --   page, backoff's base and cap, the quiet time after a throttle, the whole deadline of one
  --   page; seconds
  -- * `sign_lengths`: enterprise: the lengths that are signed are counted in `"characters"`
  --   (default, as the vendor's client does) or in `"bytes"`; `wdt probe` finds out which
  -- * `qimen`: `{ app_key, app_secret, target_app_key }`, the route by Taobao's open platform; and
  --   `url`, `sign_method` (`"md5"`, `"hmac"`, `"hmac-sha256"`), `rate` (calls a minute of the app)
  -- * `lanes`: windows in flight at once (1)
  -- * `mask_key`: what `mask` makes its key of, at least 16 bytes (by default the account's secret)
  -- * `proxy`, `ca_file`, `user_agent`: for the transfers
  -- * `host`: where it runs (`wdt.sandbox`; by default libcurl)
  -- * `log`: a function that is told `{ event = "call"|"failure"|"wait"|"window", … }`
  -- @treturn wdt.client
  function M.new(settings)
    local made, problem = client.new(settings, runtime)
    if not made then error(problem, 2) end
    return made
  end

  local default

  --- Sets the client that the module-level functions use, in place of the one from the environment.
  -- @tparam table settings as for `new`
  -- @treturn wdt.client
  function M.setup(settings)
    local made, problem = client.new(settings, runtime)
    if not made then error(problem, 2) end
    if default then default:close() end
    default = made
    return made
  end

  -- The client of the module-level functions: by `setup`, else from WDT_EDITION, WDT_SID,
  -- WDT_APPKEY, WDT_APPSECRET and WDT_URL.
  local function default_client()
    if default then return default end
    local made, problem = client.new(config.from_environment(), runtime)
    if not made then
      error("config: " .. problem
        .. ", by wdt.setup or in the environment (WDT_EDITION, WDT_SID, WDT_APPKEY, WDT_APPSECRET)",
        3)
    end
    default = made
    return made
  end

  --- `client:stockouts` of the default client.
  -- @tparam table query
  -- @return a stream
  function M.stockouts(query)
    local c = default_client()
    return c:stockouts(query)
  end

  --- `client:cancelled_stockouts` of the default client.
  -- @tparam table query
  -- @return a stream
  function M.cancelled_stockouts(query)
    local c = default_client()
    return c:cancelled_stockouts(query)
  end

  --- `client:records` of the default client.
  -- @tparam string method
  -- @tparam table query
  -- @return a stream
  function M.records(method, query)
    local c = default_client()
    return c:records(method, query)
  end

  --- `client:call` of the default client.
  -- @tparam string method
  -- @tparam ?table params
  -- @tparam ?table pager
  -- @tparam ?table options
  -- @return data; or nil, "code: text", "code"
  function M.call(method, params, pager, options)
    local c = default_client()
    return c:call(method, params, pager, options)
  end

  --- `client:count` of the default client.
  -- @tparam string method
  -- @tparam table query
  -- @treturn integer rows; or nil, "code: text", "code"
  function M.count(method, query)
    local c = default_client()
    return c:count(method, query)
  end

  --- `client:sync` of the default client.
  -- @tparam table job see `wdt.sync`
  -- @return a job; or nil, "state: text", "state"
  function M.sync(job)
    local c = default_client()
    return c:sync(job)
  end

  return M
end

return F
