-- The web service's API, by the command and a real nginx: rows arrive whole in every format, and
-- are proved; an answer that fails never looks like a whole one; who may not ask gets nothing.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local promtool = require "support.promtool"
local serve = require "support.serve"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local visitor = require "support.visitor"
local wdt = require "wdt"
local workbook = require "support.workbook"
local quote = shell.quote

-- "tight" is an account of its own: sections of one account share its budget.
local CONFIG = [[
[fast]
$ACCOUNT_enterprise
retry.attempts = 1
rate = 100000
[tight]
$ACCOUNT_ultimate
rate = 8
[wrong]
edition = enterprise
sid = another
appkey = another
appsecret = another-secret
url = $URL
retry.attempts = 1
[serve]
[serve:all]
token = $TOKEN_all
accounts = *
[serve:finance]
token = $TOKEN_finance
accounts = fast
methods = stockouts
mask = true
queue = 1
[serve:small]
token = $TOKEN_small
accounts = fast, tight
rows_per_day = 20
[serve:caller]
token = $TOKEN_caller
accounts = fast
calls_per_day = 3
[serve:hasty]
token = $TOKEN_hasty
accounts = fast, tight
deadline = 1s
[serve:pusher]
token = $TOKEN_pusher
accounts = fast
methods = shop, trade_push
]]

describe("wdt serve", function()
  local visit, service, day

  setup(function()
    visit = visitor.start()
    service = serve.start(visit, CONFIG)
    day = "day=" .. visit.day
  end)
  teardown(function()
    local said = service:stop()
    visit:stop()
    said = said:gsub("%[error%] %S+ init_by_lua error: wdt serve: [^\n]*'quue'", "")
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]"), said)
  end)

  -- The rows of a query, as the library reads them, in order.
  local function truth(query, method)
    local v = visit:variables "enterprise"
    local client = wdt.new{ edition = "enterprise", sid = v.WDT_SID, appkey = v.WDT_APPKEY,
      appsecret = v.WDT_APPSECRET, url = v.WDT_URL, rate = 100000 }
    local rows = {}
    query.as = "json"
    query.start, query.stop = visit.day .. " 00:00:00", visit.day .. " 23:59:59"
    for row in client:records(method or "stockout_order_query_trade", query) do
      rows[#rows + 1] = row
    end
    client:close()
    table.sort(rows)
    return rows
  end

  local function lines_of(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    return lines
  end

  -- The rows of an answer in NDJSON, in order; and its last line.
  local function rows_of(text)
    local lines = lines_of(text)
    local last = cjson.decode(table.remove(lines))
    table.sort(lines)
    return lines, last
  end

  local function code_of(body)
    local fine, answer = pcall(cjson.decode, body)
    return fine and answer.error and answer.error.code or body
  end

  describe("hands out rows", function()
    it("as NDJSON, as the ERP wrote them, and proves the end", function()
      local rows = truth{}
      assert.is_true(#rows > 50)
      local head = service.folder .. "/head"
      local got, last = rows_of(service:get("/v1/fast/stockouts?" .. day, "all",
        "-D " .. quote(head)))
      assert.same(rows, got)
      local proof = last["end"]
      assert.equal(#rows, proof.rows)
      assert.not_equal("none", proof.certificate)
      assert.same({ "taobao" }, { proof.blind[1] })
      assert.equal(visit.day .. " 00:00:00", proof.start)
      assert.equal(beijing.format(beijing.parse(visit.day .. " 23:59:59") + 1), proof.resume_at)
      head = shell.read(head)
      assert.same(proof, cjson.decode(head:match "\n[Ww]dt%-[Pp]roof: ([^\r\n]+)"))
      assert.truthy(head:find("\nWdt-Source: gateway", 1, true))
    end)

    it("compressed, where the client can read it", function()
      local plain = service:get("/v1/fast/stockouts?" .. day, "all")
      local head = service.folder .. "/head"
      local got = service:get("/v1/fast/stockouts?" .. day, "all",
        "--compressed -D " .. quote(head))
      assert.same({ rows_of(plain) }, { rows_of(got) })
      assert.truthy(shell.read(head):find "\n[Cc]ontent%-[Ee]ncoding: gzip")
    end)

    it("as JSON, CSV and a workbook", function()
      local rows, numbers = truth{}, {}
      for i, row in ipairs(rows) do numbers[i] = row:match '"order_no":"(.-)"' end
      table.sort(numbers)
      local fields = "&fields=order_no,shop_no"
      local decoded = cjson.decode((service:get("/v1/fast/stockouts?" .. day .. fields
        .. "&format=json", "all")))
      local got = {}
      for i, row in ipairs(decoded.rows) do got[i] = row.order_no end
      table.sort(got)
      assert.same(numbers, got)
      assert.equal(#rows, decoded["end"].rows)
      local lines = lines_of(service:get("/v1/fast/stockouts?" .. day .. fields .. "&format=csv"
        .. "&header=label", "all"))
      assert.truthy(table.remove(lines, 1):find("出库单", 1, true))
      for i, line in ipairs(lines) do lines[i] = line:match "^[^,]+" end
      table.sort(lines)
      assert.same(numbers, lines)
      local book = service.folder .. "/book.xlsx"
      shell.write(book, (service:get("/v1/fast/stockouts?" .. day .. fields .. "&format=xlsx",
        "all")))
      local sheet = workbook.read(book)[1]
      assert.equal("order_no", table.remove(sheet, 1)[1])
      for i, row in ipairs(sheet) do sheet[i] = row[1] end
      table.sort(sheet)
      assert.same(numbers, sheet)
      assert.equal("", shell.must("ls " .. quote(service.prefix) .. "/tmp | grep xlsx || true"))
    end)

    it("of several values, of a look-up, and of a method by its name", function()
      local both = truth{ status = { "95", "110" } }
      assert.same(both, (rows_of(service:get("/v1/fast/stockouts?status=95,110&" .. day, "all"))))
      local one = both[1]
      local got, last = rows_of(service:get("/v1/fast/stockouts?stockout_no="
        .. one:match '"order_no":"(.-)"', "all"))
      assert.same({ one }, got)
      assert.equal(cjson.null, last["end"].start)
      assert.same(truth({}, "trade_query"),
        (rows_of(service:get("/v1/fast/records/trade_query?" .. day, "all"))))
    end)

    it("up to a limit, and says that there is more", function()
      local got, last = rows_of(service:get("/v1/fast/stockouts?limit=3&" .. day, "all"))
      assert.equal(3, #got)
      assert.is_true(last["end"].limited)
    end)

    it("counted, and single calls", function()
      assert.equal(#truth{}, cjson.decode((service:get("/v1/fast/count/stockouts?" .. day,
        "all"))).count)
      local answer = cjson.decode((service:get("/v1/fast/call/shop?page_size=5", "all")))
      assert.equal(5, #answer.data.shoplist)
    end)

    it("counted once for all who ask the same at the same time", function()
      local function calls()
        local n = 0
        for value in service:get("/metrics", "all"):gmatch '\nwdt_calls_total{account="fast"} (%d+)'
        do n = tonumber(value) end
        return n
      end
      local path = "/v1/fast/count/stockouts?status=55&" .. day
      local before = calls()
      local wanted = service:get(path, "all")
      local once = calls() - before
      -- the first answer takes so long that the others come meanwhile
      assert(server.control(visit.handle, "inject", { kind = "delay", seconds = 4, times = 1 }))
      before = calls()
      local parts = {}
      for i = 1, 4 do
        parts[i] = ("curl -sS --noproxy '*' -H %s -o %s/same%d %s &"):format(quote(
          "Authorization: Bearer " .. service:token "all"[1]), quote(service.folder), i,
          quote(service.url .. path))
      end
      shell.must(table.concat(parts, " ") .. " wait")
      for i = 1, 4 do assert.equal(wanted, shell.read(service.folder .. "/same" .. i)) end
      assert.equal(once, calls() - before)
    end)

    it("masked, whatever a consumer asks that may see no person", function()
      local path = "/v1/fast/stockouts?fields=order_no,receiver_mobile&" .. day
      local clear = cjson.decode(lines_of(service:get(path, "all"))[1])
      local masked = lines_of(service:get(path .. "&mask=false", "finance"))
      assert.truthy(#clear.receiver_mobile > 0)
      for i = 1, #masked - 1 do
        local mobile = cjson.decode(masked[i]).receiver_mobile
        assert.truthy(mobile == "" or mobile:find "^mask%-", mobile)
      end
    end)
  end)

  describe("says what is wrong", function()
    local function refused(path, status, code, text, who)
      local got, body = service:status(path, who or "all")
      assert.equal(status, got, body)
      assert.equal(code, code_of(body))
      if text then assert.truthy(body:find(text, 1, true), body) end
    end

    it("with the address and its parameters", function()
      refused("/v1/fast/stockouts?statsu=95&" .. day, 400, "param", "the nearest known: 'status'")
      refused("/v1/fast/stockouts?status=95&status=110&" .. day, 400, "param", "given twice")
      refused("/v1/fast/stockouts?status=&" .. day, 400, "param", "expected a value")
      refused("/v1/fast/stockouts?start=yester", 400, "param", "is no time")
      refused("/v1/fast/stockouts?last=1h&" .. day, 400, "param", "the time is start and stop")
      refused("/v1/fast/stockouts", 400, "param", "parameter 'start'")
      refused("/v1/fast/stockouts?format=xml&" .. day, 400, "param", "xlsx")
      refused("/v1/fast/stockouts?typed=maybe&" .. day, 400, "param", "true or false")
      refused("/v1/fast/stockouts?route=both&" .. day, 400, "param", "parameter 'route'")
      refused("/v1/fast/stockouts?fields=order_on&" .. day, 400, "param", "'order_no'")
      refused("/v1/fast/stockouts?explode=detail&format=csv&" .. day, 400, "param",
        "'details_list'")
      refused("/v1/fast/stockouts?explode=details_list&" .. day, 400, "param",
        "neither csv nor xlsx")
      refused("/v1/fast/stockuots?" .. day, 404, "unknown", "'stockouts'")
      refused("/v1/fast/records/trade_qeury?" .. day, 404, "unknown", "'trade_query'")
      refused("/v1/fast/stockouts?" .. ("a=1&"):rep(101), 400, "param", "more than 100")
      refused("/v1/fast/call/shop?page_size=many", 400, "param", "no whole number")
    end)

    it("with a protocol by which a broken answer could pass for a whole one", function()
      local status, body = service:status("/v1/fast/stockouts?" .. day, "all", "--http1.0")
      assert.equal(505, status)
      assert.equal("version", code_of(body))
    end)

    it("with the gateway, by the library's code", function()
      assert(server.control(visit.handle, "inject", { kind = "rate", times = 1 }))
      local head = service.folder .. "/head"
      local status, body = service:status("/v1/fast/stockouts?" .. day, "all",
        "-D " .. quote(head))
      assert.equal(429, status, body)
      assert.equal("rate", code_of(body))
      assert.truthy(shell.read(head):find "\n[Rr]etry%-[Aa]fter: %d+")
      refused("/v1/wrong/stockouts?" .. day, 502, "auth", "not yours")
      assert(server.control(visit.handle, "inject", { kind = "http_5xx", times = 1 }))
      refused("/v1/fast/call/shop", 502, "server")
    end)

    it("within an answer that has begun, which is then broken off", function()
      local path = "/v1/fast/stockouts?%s&month=" .. visit.month
      for _, format in ipairs{ "ndjson", "json", "csv" } do
        -- more than a page's worth is there before the third answer breaks
        local broken
        for _ = 1, 20 do
          assert(server.control(visit.handle, "inject", { kind = "reset", at = 200000, times = 1 }))
          local text, status = service:get(path:format("format=" .. format), "all")
          local begun = not text:find '^{"error"'
          if begun then
            broken = true
            assert.equal(18, status, text:sub(-300)) -- curl: the end is missing
            assert.is_nil(text:find('"end":{', 1, true))
            if format == "ndjson" then
              local lines = lines_of(text)
              local last = cjson.decode(lines[#lines])
              assert.equal("truncated", last.error.code)
              assert.equal(#lines - 1, last.error.rows)
            end
            break
          end
        end
        assert.truthy(broken, "no answer had begun when it broke")
      end
    end)
  end)

  describe("lets no one in", function()
    it("without a token of its own, whatever else is sent", function()
      local token = service:token "finance"[1]
      for _, options in ipairs{ "", "-H 'Authorization: Bearer '", "-H 'Authorization: Basic YTpi'",
        "-H 'Authorization: Bearer " .. ("0"):rep(64) .. "'", "-b wdt_token=" .. ("0"):rep(64),
        "-H 'Authorization: Bearer " .. token .. "0'", "-H 'X-Forwarded-User: all'",
        "-H 'Authorization: Bearer " .. service:token "finance"[2] .. "'",
        ("-H 'Authorization: Bearer %s' -H 'Authorization: Bearer %s'"):format(token,
          ("0"):rep(64)) } do
        for _, path in ipairs{ "/v1/fast/stockouts?" .. day, "/v1/nothing/at/all", "/metrics" } do
          local status, body = service:status(path, nil, options)
          assert.truthy(status == 401 or status == 400, options .. " " .. path .. " " .. status)
          assert.is_nil(body:find("order_no", 1, true))
          assert.is_nil(body:find("fast", 1, true))
        end
      end
    end)

    it("to an account or a method that is not its own", function()
      local answers = {}
      for _, path in ipairs{ "/v1/tight/stockouts?", "/v1/none/stockouts?",
        "/v1/fast/../tight/stockouts?", "/v1/fast/%2e%2e/tight/stockouts?",
        "//v1//tight/stockouts?", "/v1/%74ight/stockouts?", "/v1/tight%2fstockouts?",
        "/v1/fast%00/stockouts?", "/v1/./tight/./stockouts?", "/v1/TIGHT/stockouts?" } do
        local status, body = service:status(path .. day, "finance")
        assert.truthy(status == 404 or status == 400, path .. " " .. status)
        if status == 404 then answers[body] = true end
      end
      local kinds = 0
      for _ in pairs(answers) do kinds = kinds + 1 end
      assert.equal(1, kinds) -- that an account is there is not told
      for path, code in pairs{ ["/v1/fast/records/trade_query?" .. day] = "forbidden",
        ["/v1/fast/count/trade_query?" .. day] = "forbidden",
        ["/v1/fast/call/stockout_order_query_trade"] = "forbidden",
        ["/v1/fast/call/trade_push"] = "forbidden" } do
        local status, body = service:status(path, "finance")
        assert.equal(403, status, path)
        assert.equal(code, code_of(body))
      end
    end)

    it("to a change that is not asked for as one", function()
      assert.equal(403, (service:status("/v1/fast/call/trade_push", "all")))
      assert.equal(405, (service:status("/v1/fast/call/trade_push", "pusher")))
      local cookie = "-X POST -d '{}' -b wdt_token=" .. service:token "pusher"[1]
      assert.equal(405, (service:status("/v1/fast/call/trade_push", nil, cookie)))
      assert.equal(405, (service:status("/v1/fast/stockouts?" .. day, "all", "-X DELETE")))
      local status, body = service:status("/v1/fast/call/trade_push", "pusher",
        "-X POST -d '{\"params\":{},\"more\":1}'")
      assert.equal(400, status, body)
      status, body = service:status("/v1/fast/call/trade_push", "pusher",
        "-X POST -d '{\"params\":{\"shop_no\":\"none\"}}'")
      assert.equal(200, status, body)
      assert.equal(0, cjson.decode(body).data.code)
    end)

    it("to files beside its pages", function()
      for _, path in ipairs{ "/../conf.lua", "/..%2fconf.lua", "/%2e%2e/inside.lua",
        "/../../../../../../etc/passwd" } do
        local status, body = service:status(path)
        assert.truthy(status == 404 or status == 400, path .. " " .. status)
        assert.is_nil(body:find("local M", 1, true))
      end
    end)
  end)

  describe("keeps consumers within their limits", function()
    it("of rows a day", function()
      local text, status = service:get("/v1/fast/stockouts?" .. day, "small")
      local lines = lines_of(text)
      local failed = cjson.decode(lines[#lines]).error
      assert.equal("quota", failed.code)
      assert.truthy(status == 18 or #lines == 1)
      local got, body = service:status("/v1/fast/stockouts?limit=1&" .. day, "small")
      assert.equal(429, got)
      assert.equal("quota", code_of(body))
    end)

    it("of calls a day, however they are made", function()
      for _ = 1, 3 do
        assert.equal(200, (service:status("/v1/fast/call/shop?page_size=1", "caller")))
      end
      for _, path in ipairs{ "/v1/fast/call/shop?page_size=1", "/v1/fast/stockouts?" .. day,
        "/v1/fast/count/stockouts?" .. day } do
        local head = service.folder .. "/head"
        local status, body = service:status(path, "caller", "-D " .. quote(head))
        assert.equal(429, status, body)
        assert.truthy(body:find("calls of the day: 3 of 3", 1, true), body)
        local seconds = tonumber(shell.read(head):match "\n[Rr]etry%-[Aa]fter: (%d+)")
        assert.is_true(seconds > 0 and seconds <= 86400)
      end
    end)

    -- Begins a reading that has to wait for a budget.
    local function begin(path, who)
      shell.must(("{ curl -sS --noproxy '*' -H %s %s >%s/slow 2>&1 & echo $! >%s/slow.pid; }")
        :format(quote("Authorization: Bearer " .. service:token(who)[1]), quote(service.url
          .. path), quote(service.folder), quote(service.folder)))
    end

    local function eventually(what, text)
      local stop = os.time() + 20
      repeat
        if what() then return end
      until os.time() > stop
      error(text .. "\n" .. service:said(), 2)
    end

    it("of requests at once, whose places come back when a client goes away", function()
      service:configure((CONFIG:gsub("accounts = fast\nmethods = stockouts",
        "accounts = fast, tight\nmethods = stockouts")))
      shell.must("kill -HUP " .. shell.read(service.folder .. "/pid"))
      eventually(function()
        return service:status("/v1/tight/nothing", "finance") == 404
          and service:get("/v1/tight/nothing", "finance"):find "address 'nothing'"
      end, "the file is not read again")
      begin("/v1/tight/stockouts?month=" .. visit.month, "finance")
      eventually(function()
        local file = io.open(service.folder .. "/slow", "rb")
        local first = file and file:read(1)
        if file then file:close() end
        return first
      end, "the reading does not begin")
      local status, body = service:status("/v1/fast/stockouts?limit=1&" .. day, "finance")
      assert.equal(429, status, body)
      assert.equal("queue", code_of(body))
      assert.equal(200, (service:status("/v1/fast/stockouts?limit=1&" .. day, "all")))
      shell.must("kill " .. shell.read(service.folder .. "/slow.pid"))
      eventually(function()
        return service:status("/v1/fast/stockouts?limit=1&" .. day, "finance") == 200
      end, "the place of a client that went away is still taken")
    end)

    it("of the budget: who waits for an answer has a share of it", function()
      -- the reading before has used up what long readings may have
      local began = os.time()
      assert.equal(200, (service:status("/v1/tight/call/setting.Shop.queryShop?page_size=1",
        "all")))
      assert.is_true(os.time() - began < 40)
    end)

    it("of time", function()
      local text, ended, status = service:get("/v1/tight/stockouts?month=" .. visit.month, "hasty")
      local lines = lines_of(text)
      assert.equal("deadline", code_of(lines[#lines]))
      -- before the first row with a status of its own, later by breaking off
      assert.truthy(status == 504 or ended == 18, status)
    end)
  end)

  it("tells its figures, of the accounts that one may see", function()
    local all = service:get("/metrics", "all")
    assert.truthy(all:find '\nwdt_calls_total{account="fast"} %d')
    assert.truthy(all:find '\nwdt_failures_total{account="wrong",code="auth"} %d')
    assert.truthy(all:find '\nwdt_serve_request_seconds_count %d')
    assert.truthy(all:find '\nwdt_call_seconds_bucket{account="fast",le="%+Inf"} %d')
    assert.truthy(all:find('\nwdt_rate_budget{account="tight"} 8\n', 1, true))
    -- it commits nothing
    assert.is_nil(all:find("wdt_windows_total", 1, true))
    assert.equal("", promtool.metrics(all))
    local some = service:get("/metrics", "pusher")
    assert.truthy(some:find('account="fast"', 1, true))
    assert.is_nil(some:find('account="wrong"', 1, true))
  end)

  it("logs who asked what, and neither a secret nor a person", function()
    service:get("/v1/fast/stockouts?src_tid=13800138000&shop_no=secret-shop", "all")
    local log = service:log() .. service:said()
    assert.truthy(log:find("all GET fast/stockouts/stockout_order_query_trade 200", 1, true), log)
    for _, secret in ipairs{ "13800138000", "secret-shop", service:token "all"[1],
      service:token "all"[2], "sandbox-secret" } do
      assert.is_nil(log:find(secret, 1, true), secret)
    end
  end)

  it("goes on as before where the file can't be read again", function()
    service:configure((CONFIG:gsub("queue = 1", "quue = 1")))
    shell.must("kill -HUP " .. shell.read(service.folder .. "/pid"))
    local stop = os.time() + 20
    repeat
      local said = service:said()
    until said:find("'quue' is none of [serve:finance]'s; the nearest known: 'queue'", 1, true)
      or os.time() > stop
    assert.is_true(os.time() <= stop)
    assert.equal(200, (service:status("/v1/fast/stockouts?limit=1&" .. day, "all")))
    service:configure(CONFIG)
  end)
end)
