-- Rows from the copy, by a real nginx and SQLite: those of the gateway, row by row, in every form;
-- and the gateway wherever the copy does not prove the range.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local CONFIG = [[
[shop]
$ACCOUNT_enterprise
rate = 100000
[plain]
$ACCOUNT_enterprise
rate = 100000
[away]
$ACCOUNT_enterprise
rate = 100000
[none]
$ACCOUNT_enterprise
rate = 100000
[*/*]
from = $DAY
stop = $STOP
[shop/stockouts]
to = sqlite:$FOLDER/copy.db?document=true
[shop/shipped]
to = sqlite:$FOLDER/copy.db?document=true
what = stockouts
status = 95
[plain/stockouts]
to = sqlite:$FOLDER/plain.db
[away/stockouts]
to = sqlite:$FOLDER/nowhere/copy.db?document=true
[none/trades]
to = sqlite:$FOLDER/trades.db?document=true
what = trade_query
[serve]
[serve:all]
token = $TOKEN_all
accounts = *
[serve:masked]
token = $TOKEN_masked
accounts = shop
mask = true
[serve:hasty]
token = $TOKEN_hasty
accounts = shop
deadline = 1s
]]

describe("wdt serve with a copy", function()
  local visit, service, day, head

  setup(function()
    visit = visitor.start()
    day = "day=" .. visit.day
    local stop = beijing.format(beijing.parse(visit.day .. " 00:00:00") + 2 * 86400 - 1)
    service = serve.start(visit, (CONFIG:gsub("%$DAY", visit.day):gsub("%$STOP", stop)))
    head = service.folder .. "/head"
    service.cli:must "wdt sync --config service.ini shop plain"
  end)
  teardown(function()
    local said = service:stop()
    visit:stop()
    said = said:gsub("[^\n]*copy of away: [^\n]*\n", "")
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]"), said)
  end)

  -- The lines of an answer, in order, its proof, and its header Wdt-Source.
  local function read(path, who)
    local text, ended, status = service:get(path, who or "all", "-D " .. quote(head))
    assert.equal(0, ended)
    assert.equal(200, status, text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    local header = shell.read(head)
    local proof = cjson.decode(header:match "\n[Ww]dt%-[Pp]roof: ([^\r\n]+)")
    local source = header:match "\n[Ww]dt%-[Ss]ource: ([^\r\n]+)"
    assert.equal(source, proof.source)
    if text:sub(1, 1) == "{" and lines[#lines]:find '^{"end"' then
      assert.same(proof, cjson.decode(table.remove(lines))["end"])
    end
    table.sort(lines)
    return lines, proof, text
  end

  -- Reads by both roads, and holds one against the other. The number of lines.
  local function both(path, who)
    local got, proof = read(path, who)
    assert.equal("copy", proof.source, proof.not_copied)
    assert.equal(0, proof.calls)
    local expected, other = read(path .. "&source=gateway", who)
    assert.equal("gateway", other.source)
    assert.is_nil(other.not_copied)
    assert.is_true(other.calls > 0)
    assert.same(expected, got)
    for _, name in ipairs{ "rows", "blind", "start", "stop", "resume_at", "uncertified_windows" } do
      assert.same(other[name], proof[name], name)
    end
    assert.not_equal("none", proof.certificate)
    assert.truthy(proof.copied_at:find "^20%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$")
    return #got, proof
  end

  it("hands out the gateway's rows, row by row, in every form", function()
    assert.is_true(both("/v1/shop/stockouts?" .. day) > 50)
    assert.is_true(both("/v1/shop/records/stockout_order_query_trade?" .. day) > 50)
    assert.is_true(both("/v1/shop/stockouts?status=95&" .. day) > 20)
    for _, how in ipairs{ "typed=true", "typed=true&decimal=number", "mask=true",
      "fields=order_no,details_list.spec_no", "mask=true&private=shop_no&fields=shop_no,order_no",
      "format=csv", "format=csv&header=label&explode=details_list", "page_size=7&typed=true" } do
      assert.is_true(both("/v1/shop/stockouts?" .. day .. "&" .. how) > 50, how)
    end
    assert.is_true(both("/v1/shop/stockouts?" .. day, "masked") > 50)
  end)

  it("hands out a window in part, up to a second, and nothing where nothing is", function()
    local at = "/v1/shop/stockouts?start=" .. visit.day .. "%2009:30:01&stop=" .. visit.day
    local n = both(at .. "%2014:00:00")
    assert.is_true(n > 5)
    local row = cjson.decode((read(at .. "%2014:00:00"))[1])
    local second = row.consign_time:gsub(" ", "%%20")
    assert.is_true(both(("/v1/shop/stockouts?start=%s&stop=%s"):format(second, second)) >= 1)
    local empty = ("start=%s%%2003:00:00&stop=%s%%2003:00:00"):format(visit.day, visit.day)
    assert.equal(0, (both("/v1/shop/stockouts?" .. empty)))
  end)

  it("ends after a limit, and tells where to go on without a gap", function()
    local all = read("/v1/shop/stockouts?" .. day)
    local first, proof = read("/v1/shop/stockouts?limit=20&" .. day)
    assert.equal("copy", proof.source)
    assert.is_true(proof.limited)
    assert.equal(20, #first)
    local rest = read(("/v1/shop/stockouts?start=%s&stop=%s%%2023:59:59"):format(
      proof.resume_at:gsub(" ", "%%20"), visit.day))
    local found = {}
    for _, list in ipairs{ first, rest } do
      for _, line in ipairs(list) do found[line] = true end
    end
    for _, line in ipairs(all) do assert.truthy(found[line]) end
    assert.is_true(#rest < #all)
  end)

  it("asks the gateway where the copy can't answer, and says why", function()
    local after = beijing.format(beijing.parse(visit.day .. " 00:00:00") + 2 * 86400):sub(1, 10)
    for path, why in pairs{
      ["shop/stockouts?day=" .. after] = "not read all of the range",
      ["shop/stockouts?status=110&" .. day] = "'status'",
      ["shop/stockouts?status=95,110&" .. day] = "'status'",
      ["shop/stockouts?status=55&" .. day] = "leave its range",
      ["shop/stockouts?is_by_modified=1&" .. day] = "leave its range",
      ["shop/stockouts?shop_no=api_test&" .. day] = "another query",
      ["shop/stockouts?history=both&" .. day] = "another query",
      ["shop/stockouts?duplicates=keep&" .. day] = "no identity",
      ["shop/stockouts?param.fetch_stock_only=1&" .. day] = "'fetch_stock_only'",
      ["plain/stockouts?" .. day] = "document=true",
      ["away/stockouts?" .. day] = "can't be read" } do
      local _, proof = read("/v1/" .. path)
      assert.equal("gateway", proof.source, path)
      assert.truthy(proof.not_copied:find(why, 1, true), path .. ": " .. proof.not_copied)
      assert.is_nil(proof.not_copied:find("nowhere", 1, true))
      local status, body = service:status("/v1/" .. path .. "&source=copy", "all")
      assert.equal(409, status)
      local failed = cjson.decode(body).error
      assert.equal("copy", failed.code)
      assert.truthy(failed.text:find(why, 1, true), failed.text)
    end
    for _, path in ipairs{ "none/stockouts?", "shop/cancelled?" } do
      local _, proof = read("/v1/" .. path .. day)
      assert.equal("gateway", proof.source)
      assert.is_nil(proof.not_copied)
      local status, body = service:status("/v1/" .. path .. day .. "&source=copy", "all")
      assert.equal(409, status, body)
    end
    assert.equal(400, (service:status("/v1/shop/stockouts?source=both&" .. day, "all")))
    -- what the log is told of the database that is away is for its owner
    assert.truthy(service:said():find("copy of away: output: [^\n]*nowhere"))
  end)

  it("gives its file back when the request's time is over before the database answers", function()
    local files = "ls " .. quote(service.prefix .. "/tmp")
    local before = shell.must(files)
    local environment = require "luasql.sqlite3".sqlite3()
    local db = assert(environment:connect(service.folder .. "/copy.db"))
    assert(db:execute "BEGIN EXCLUSIVE")
    local status, body = service:status("/v1/shop/stockouts?" .. day, "hasty")
    assert(db:execute "ROLLBACK")
    db:close()
    environment:close()
    assert.equal(504, status, body)
    read("/v1/shop/stockouts?" .. day)
    assert.equal(before, shell.must(files))
  end)
end)
