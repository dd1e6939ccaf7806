-- The pages, driven in chromium as a person drives them, on a desk and on a phone: what they show
-- is what the ledger and the gateway hold.
local beijing = require "wdt.beijing"
local browser = require "support.browser"
local cjson = require "cjson"
local nginx = require "support.nginx"
local promtool = require "support.promtool"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local CONFIG = [[
[shop]
$ACCOUNT_enterprise
rate = 100000
[other]
$ACCOUNT_ultimate
[shop/stockouts]
to = sqlite:$FOLDER/copy.db
from = $FROM
$STOP
[serve]
[serve:finance]
token = $TOKEN_finance
accounts = shop, other
[serve:masked]
token = $TOKEN_masked
accounts = shop
mask = true
[serve:counter]
token = $TOKEN_counter
accounts = shop
methods = count
]]

local TAB = "\238\128\132" -- WebDriver's word for that key

-- Red is red for who looks at it.
local RED = "rgb(209, 47, 53)"

describe("the pages of wdt serve", function()
  local visit, service, from, stop

  local function configure(with_stop)
    local text = CONFIG:gsub("%$FROM", beijing.format(from)):gsub("%$STOP",
      with_stop and "stop = " .. beijing.format(stop) or "")
    return text
  end

  setup(function()
    visit = visitor.start()
    -- a copy that stopped a day and twelve hours ago
    from = os.time() - 3 * 86400
    from = from - (from + 8 * 3600) % 86400
    stop = from + 86400 + 12 * 3600 - 1
    service = serve.start(visit, configure(true))
    service.cli:must("wdt sync --config service.ini shop")
    service:configure(configure(false))
    shell.must("kill -HUP " .. shell.read(service.folder .. "/pid"))
    local limit = os.time() + 60
    repeat
      local told = cjson.decode((service:get("/v1/shop/jobs", "finance")))
      local days = told.streams[1] and told.streams[1].days
    until days or os.time() > limit
  end)
  teardown(function()
    service:stop()
    visit:stop()
  end)

  it("are files that anybody may have, without a word of what the accounts hold", function()
    for _, path in ipairs{ "/", "/app.js", "/pages.js", "/charts.js", "/words.js", "/style.css",
      "/icon.svg" } do
      local status, body = service:status(path)
      assert.equal(200, status, path)
      assert.is_nil(body:gsub("http://www%.w3%.org", ""):find "https?://", path)
    end
    assert.equal(403, (service:status("/app.js", nil, "-X POST -d x")))
  end)

  it("have a word in Chinese for each in English", function()
    local text = shell.read(shell.root .. "/lua/wdt/serve/pages/words.js")
    local zh, en = text:match "\n  zh: (%b{})", text:match "\n  en: (%b{})"
    local function names(block)
      local list = {}
      for name in block:gsub('"[^"]*"', '""'):gmatch "([%a_][%w_]*):" do list[#list + 1] = name end
      table.sort(list)
      return list
    end
    local all = names(zh)
    assert.same(all, names(en))
    assert.is_true(#all > 100)
  end)

  it("get how complete each hour is, red where it was not read", function()
    local told = cjson.decode((service:get("/v1/shop/jobs", "finance")))
    local stream, by_day = told.streams[1], {}
    assert.equal("red", told.state)
    assert.equal("late", told.reasons[1].why)
    for _, day in ipairs(stream.days) do by_day[day.day] = day.hours end
    assert.equal(("c"):rep(24), by_day[beijing.format(from):sub(1, 10)])
    assert.equal(("c"):rep(12) .. ("g"):rep(12), by_day[beijing.format(stop):sub(1, 10)])
    assert.equal("taobao", stream.blind[1].name)
  end)

  it("show what Prometheus is told: jobs, by how much they are behind", function()
    local text = service:get("/metrics", "finance")
    local lag = text:match '\nwdt_lag_seconds{account="shop",job="stockouts"} (%d+)'
    assert.is_true(tonumber(lag) > 86400, text)
    assert.truthy(text:find '\nwdt_watermark_timestamp_seconds{account="shop",job="stockouts"} %d')
    local of = '{account="shop",job="stockouts"}'
    local at = text:match("\nwdt_last_success_timestamp_seconds" .. of .. " (%d+)")
    assert.is_true(math.abs(tonumber(at) - os.time()) < 7200, text)
    assert.truthy(text:find('\nwdt_calls_in_flight{account="shop"} 0\n', 1, true), text)
    assert.equal("", promtool.metrics(text))
  end)

  it("get a history that outlives the service", function()
    local before = cjson.decode((service:get("/v1/shop/history?days=1", "finance"))).points
    assert.is_true(#before >= 1)
    assert.is_true(before[1].lag == nil or before[1].lag > 3600)
    local pid = shell.read(service.folder .. "/pid"):match "%d+"
    shell.run("kill -TERM " .. pid)
    assert(nginx.wait_for_end(pid))
    service:run()
    local after = cjson.decode((service:get("/v1/shop/history?days=1", "finance"))).points
    assert.same(before[1], after[1])
    assert.equal(400, (service:status("/v1/shop/history?days=32", "finance")))
    assert.equal(400, (service:status("/v1/shop/history?dais=3", "finance")))
  end)

  -- Sums by day of what was shipped, of the gateway's own rows.
  local function shipped()
    local days = {}
    for _, row in ipairs(visit:rows("enterprise", "stockouts", { start = beijing.format(from),
      stop = beijing.format(stop) })) do
      local day = row.consign_time:sub(1, 10)
      days[day] = days[day] or { quantity = 0, amount = 0 }
      for _, line in ipairs(tonumber(row.status) >= 90 and row.details_list or {}) do
        local gift = tonumber(line.gift_type)
        if gift == 0 or gift == 65 or gift == 128 then
          days[day].quantity = days[day].quantity + tonumber(line.goods_count)
          days[day].amount = days[day].amount + tonumber(line.share_amount)
        end
      end
    end
    return days
  end

  it("get sales by day out of the copy, and which days are proved", function()
    local told = cjson.decode((service:get("/v1/shop/sales?days=7", "finance")))
    assert.equal("stockouts", told.stream)
    local wanted, first, last = shipped(), beijing.format(from), beijing.format(stop)
    assert.equal(2, #told.days)
    for i, day in ipairs{ first:sub(1, 10), last:sub(1, 10) } do
      local one = told.days[i]
      assert.equal(day, one.day)
      assert.is_true(wanted[day].quantity > 0)
      assert.near(wanted[day].quantity, tonumber(one.quantity), 1e-3)
      assert.near(wanted[day].amount, tonumber(one.amount), 1e-3)
      assert.equal(i == 1, one.proved)
    end
    assert.same(told, cjson.decode((service:get("/v1/shop/sales?days=7", "finance"))))
    assert.equal(403, (service:status("/v1/shop/sales", "counter")))
    assert.equal(400, (service:status("/v1/shop/sales?days=43", "finance")))
    assert.same({ days = {}, unreadable = false }, cjson.decode((service:get("/v1/other/sales",
      "finance"))))
    -- a copy that can't be read: the one of before is still known for other days
    shell.must(("cd %s && mv copy.db away.db"):format(quote(service.folder)))
    local gone = cjson.decode((service:get("/v1/shop/sales?days=6", "finance")))
    shell.must(("cd %s && mv away.db copy.db"):format(quote(service.folder)))
    assert.same({ days = {}, unreadable = true, stream = "stockouts" }, gone)
    assert.equal(2, #cjson.decode((service:get("/v1/shop/sales?days=6", "finance"))).days)
  end)

  if not browser.is_there() then return end

  -- Signs in as the address of the command's own line does.
  local function enter(b, who)
    b:go(service.url .. "/#token=" .. service:token(who)[1])
    b:wait "document.querySelector('main table')"
  end

  -- No error, and nothing asked of anybody else.
  local function check_logs(b)
    local messages, addresses = b:logs()
    assert.same({}, messages)
    assert.is_true(#addresses > 5)
    for _, address in ipairs(addresses) do
      assert.truthy(address:find(service.url, 1, true) == 1 or address:find "^blob:"
        or address:find "^data:", address)
    end
  end

  local function open_account(b)
    b:run "location.hash = '#/account/shop'"
    b:wait "document.querySelector('.heat svg') && document.querySelector('.charts figure')"
    local gaps = b:run "return document.querySelectorAll('.heat > svg rect.g').length"
    assert.is_true(gaps >= 12 + 24, gaps)
    assert.equal(RED, b:run("return getComputedStyle(document.querySelector('.heat > svg "
      .. "rect.g')).fill"))
    assert.is_true(b:run "return document.querySelectorAll('.charts svg').length" >= 1)
    b:wait "document.querySelector('.sales svg')"
    assert.equal(4, b:run "return document.querySelectorAll('.sales svg rect.bars').length")
    assert.equal(2, b:run "return document.querySelectorAll('.sales svg rect.unsure').length")
    assert.equal("", b:run("return [...document.querySelectorAll('svg[role=img]')].filter(one => "
      .. "!one.getAttribute('aria-label')).join()"))
  end

  it("show a desk the accounts, an hour that is missing, rows, and a file", function()
    local b = browser.start{ width = 1280, language = "zh-CN" }
    finally(function() b:stop() end)
    b:go(service.url .. "/")
    b:wait "document.querySelector('input[name=token]')"
    assert.equal("zh-CN", b:run "return document.documentElement.lang")
    b:press(TAB)
    assert.equal("button", b:run "return document.activeElement.tagName.toLowerCase()")
    enter(b, "finance")
    assert.equal(service.url .. "/#/", b:run "return location.href")
    assert.truthy(b:run "return document.body.innerText":find("所有时间均为北京时间", 1, true))
    assert.truthy(b:run "return document.querySelector('main table').innerText":find("异常", 1,
      true))
    open_account(b)
    assert.truthy(b:run "return document.querySelector('main').innerText":find("每日销售", 1, true))
    b:run "location.hash = '#/download/shop'"
    b:wait "document.querySelector('form button[name=preview]')"
    local day = visit.day
    b:run(("const e = document.querySelector('form').elements; e.from.value = '%s'; "
      .. "e.to.value = '%s'; document.querySelector('button[name=preview]').click()"):format(day,
        day))
    b:wait "document.querySelector('#result table')"
    assert.equal(20, b:run "return document.querySelectorAll('#result tbody tr').length")
    assert.truthy(b:run "return document.querySelector('#result thead').innerText":find("出库单号",
      1, true))
    b:run "document.querySelector('button[name=csv]').click()"
    b:wait "document.querySelector('#result .good')"
    local files = b:downloads()
    local limit = os.time() + 30
    while not files[1] and os.time() < limit do files = b:downloads() end
    assert.equal(1, #files)
    local wanted, numbers = {}, {}
    for line in service:get("/v1/shop/stockouts?day=" .. day, "finance"):gmatch "[^\n]+" do
      wanted[#wanted + 1] = line:match '^{.-"order_no":"(.-)"'
    end
    local text = shell.read(files[1]):gsub("^\239\187\191", "")
    assert.truthy(text:match "^[^\r\n]+":find("出库单号", 1, true))
    for line in text:gmatch "\r\n[^\r\n]+" do
      numbers[#numbers + 1] = line:match "CK%d+"
    end
    table.sort(wanted)
    table.sort(numbers)
    assert.is_true(#wanted > 50)
    assert.same(wanted, numbers)
    b:run "location.hash = '#/catalogue/shop'"
    b:wait "document.querySelector('.list button')"
    b:run("[...document.querySelectorAll('.list button')].find(one => "
      .. "/stockout_order_query_trade/.test(one.textContent)).click()")
    b:wait "[...document.querySelectorAll('td code')].some(one => one.textContent === 'order_no')"
    check_logs(b)
    b:run "document.getElementById('logout').click()"
    b:wait "document.querySelector('input[name=token]')"
    assert.equal(cjson.null, b:run("return fetch('/login').then(a => a.json())"
      .. ".then(a => a.consumer)"))
  end)

  it("show a phone the same, in English, and nothing is cut off", function()
    local b = browser.start{ width = 375, height = 740, language = "en-US" }
    finally(function() b:stop() end)
    enter(b, "masked")
    assert.equal("en", b:run "return document.documentElement.lang")
    assert.truthy(b:run "return document.body.innerText":find("All times are Beijing time", 1,
      true))
    open_account(b)
    assert.truthy(b:run "return document.querySelector('main').innerText":find("Pieces shipped", 1,
      true))
    for _, page in ipairs{ "#/", "#/account/shop", "#/download", "#/catalogue" } do
      b:run(("location.hash = '%s'"):format(page))
      b:wait "document.querySelector('main h1')"
      assert.is_true(b:run "return document.documentElement.scrollWidth" <= 375, page)
    end
    -- with the long names of fields as well
    b:wait "document.querySelector('.list button')"
    b:run("[...document.querySelectorAll('.list button')].find(one => "
      .. "/stockout_order_query_trade/.test(one.textContent)).click()")
    b:wait "[...document.querySelectorAll('td code')].some(one => one.textContent === 'order_no')"
    assert.is_true(b:run "return document.documentElement.scrollWidth" <= 375)
    b:run "location.hash = '#/download'"
    b:wait "document.querySelector('input[name=mask]')"
    -- a failure says what to do
    b:run("const e = document.querySelector('form').elements; e.from.value = '2026-01-01'; "
      .. "e.to.value = '2026-01-01'; e.account.append(new Option('nobody')); "
      .. "e.account.value = 'nobody'; document.querySelector('button[name=preview]').click()")
    b:wait "document.querySelector('#result .bad .quiet')"
    assert.truthy(b:run "return document.querySelector('input[name=mask]').disabled")
    b:run "document.getElementById('language').click()"
    b:wait "document.documentElement.lang === 'zh-CN'"
    b:run "location.hash = '#/account/other'"
    b:wait "/没有这个账号/.test((document.querySelector('main .bad') || main).innerText)"
  end)
end)
