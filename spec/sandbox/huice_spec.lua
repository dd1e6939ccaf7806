-- The huice edition: the sandbox's gateway, and a client that reads it.
local core = require "wdt.core"
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"
local request = require "support.sandbox_request"

local DAY = 86400
local T = beijing.parse "2026-11-20 12:00:00"

local function box_of(more)
  local o = { seed = 9, rows_per_day = 200, from = T - 6 * DAY, to = T, latency = 0.05 }
  for name, value in pairs(more or {}) do o[name] = value end
  return sandbox.new(o)
end

local function asked(box, page, params)
  local p = { sid = "sandbox", appkey = "sandbox-hui", timestamp = ("%d"):format(T), page_no = "0",
    page_size = "100" }
  for name, value in pairs(params) do p[name] = value end
  p.sign = core.sign.enterprise(p, "sandbox-secret", false, "bytes")
  local response = box.gateway:handle({ method = "POST", path = "/openapi/" .. page .. ".php",
    query = "", headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
    body = request.encode(p) }, T)
  return cjson.decode(response.body)
end

local SPAN = { start_time = beijing.format(T - DAY), stop_time = nil,
  end_time = beijing.format(T) }

local function with(more)
  local p = {}
  for name, value in pairs(SPAN) do p[name] = value end
  for name, value in pairs(more) do p[name] = value end
  return p
end

local SHIPPED = { 95, 105, 110, 113 }

describe("the huice gateway", function()
  it("goes by modified time, or by what time_type and status_type say", function()
    local box = box_of()
    for _, case in ipairs{
      { {}, "modified", SHIPPED }, { { time_type = "1" }, "modified", SHIPPED },
      { { time_type = "2" }, "consign_time", SHIPPED },
      { { status_type = "2" }, "modified", { 55, 95, 105, 110, 113 } },
    } do
      local n = box.world:count{ clock = case[2], status = case[3], from = T - DAY, to = T,
        history = "both" }
      local answer = asked(box, "stockout_order_query_trade", with(case[1]))
      assert.equal(0, answer.code)
      assert.equal(n, answer.total_count)
      assert.is_true(n > 50)
    end
  end)

  it("writes ids of 64 bits as text, statuses as numbers, amounts as text", function()
    local row = asked(box_of(), "stockout_order_query_trade", SPAN).stockout_list[1]
    assert.equal("string", type(row.stockout_id))
    assert.equal(19, #row.stockout_id)
    assert.equal(95, row.status)
    assert.equal("string", type(row.goods_total_amount))
  end)

  it("counts bytes in what is signed", function()
    local box = box_of()
    assert.equal(0, asked(box, "stockout_order_query_trade", with{ shop_no = "旗舰店02" }).code)
    box.gateway.sign_lengths = "characters"
    assert.equal(1005, asked(box, "stockout_order_query_trade", with{ shop_no = "旗舰店02" }).code)
  end)

  it("refuses under its own numbers", function()
    local box = box_of()
    for _, case in ipairs{ { 2900, {} }, { 2160, { start_time = SPAN.start_time } },
      { 2101, with{ time_type = "3" } }, { 2101, with{ status = "95" } },
      { 2103, { start_time = beijing.format(T - 31 * DAY), end_time = SPAN.end_time } } } do
      assert.equal(case[1], asked(box, "stockout_order_query_trade", case[2]).code)
    end
  end)
end)

-- Ids of a stream's rows; the versions must be the world's.
local function read(stream)
  local seen, n = {}, 0
  for row in stream do
    local id = tonumber(row.stockout_id:sub(-10))
    assert(not seen[id], "a row came twice")
    seen[id], n = row.modified, n + 1
  end
  return seen, n, stream:progress()
end

describe("a client of the huice edition", function()
  local settings = { rate = 600 }

  it("reads all stockouts, by either clock", function()
    local box = box_of()
    local client = wdt.new(box:settings("huice", settings))
    for time_type, clock in pairs{ [false] = "modified", [2] = "consign_time" } do
      local truth = box.world:all{ clock = clock, from = T - 4 * DAY, to = T, status = SHIPPED,
        history = "both" }
      local seen, n, progress = read(client:stockouts{ start = beijing.format(T - 4 * DAY),
        stop = beijing.format(T), time_type = time_type or nil })
      assert.equal(#truth, n)
      assert.is_true(n > 300)
      for _, row in ipairs(truth) do assert.equal(beijing.format(row.modified), seen[row.id]) end
      assert.not_equal("none", progress.certificate)
    end
  end)

  it("reads withdrawn shipments by their own method", function()
    local box = box_of()
    local client = wdt.new(box:settings("huice", settings))
    local truth = box.world:all{ clock = "modified", from = T - 4 * DAY, to = T, cancelled = true,
      history = "both" }
    local seen, n, progress = read(client:cancelled_stockouts{
      start = beijing.format(T - 4 * DAY), stop = beijing.format(T) })
    assert.equal(#truth, n)
    assert.is_true(n > 20)
    for _, row in ipairs(truth) do assert.is_truthy(seen[row.id]) end
    assert.not_equal("none", progress.certificate)
    assert.equal("stockout_order_query_trade_cancel", box.gateway.log[1].method)
  end)

  it("signs lengths in bytes, or in characters where it is told to", function()
    local box = box_of{ sign_lengths = "characters" }
    local query = { start = beijing.format(T - 3600), stop = beijing.format(T),
      shop_no = "旗舰店02" }
    local _, err, code = wdt.new(box:settings("huice", settings)):stockouts(query):next()
    assert.equal("auth", code)
    assert.matches("1005", err)
    local other = wdt.new(box:settings("huice", { rate = 600, sign_lengths = "characters" }))
    local _, problem = other:stockouts(query):next()
    assert.is_nil(problem)
  end)

  it("reads typed rows without rounding an id", function()
    local box = box_of()
    local client = wdt.new(box:settings("huice", settings))
    local row = assert(client:stockouts{ start = beijing.format(T - DAY), stop = beijing.format(T),
      typed = true }:next())
    assert.equal(19, #tostring(row.stockout_id))
  end)

  it("is told that there is no route by Qimen", function()
    local ok, err = pcall(wdt.new, box_of():settings("huice", { qimen = { app_key = "1",
      app_secret = "2", target_app_key = "3" } }))
    assert.is_false(ok)
    assert.matches("'qimen'", err)
  end)
end)
