-- The gateway changes its rows while a job copies them: a field is added, one holds another type,
-- one is dropped, in rows and in their lines. The tables hold what each row's last version holds.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local databases = require "support.databases"
local held = require "support.held"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"
local HOUR = 3600
-- From when on rows are changed so.
local ADDED, RETYPED, DROPPED = START + HOUR, START + 2 * HOUR, START + 3 * HOUR
local QUERY = { page_size = 40, status = { 5, 55, 95, 105, 110, 113 }, is_by_modified = 1 }

-- A row as the gateway tells it that was modified at such a time.
local function change(row)
  local at = beijing.parse(row.modified)
  local line = row.details_list[1]
  if at >= ADDED then
    row.coupon_no, row.pieces = "C" .. row.stockout_id, "3"
    if line then line.batch_of = "批" end
  end
  if at >= RETYPED then
    row.weight, row.pieces = "重", "3 boxes"
    if line then line.goods_count = "two" end
  end
  if at >= DROPPED then
    row.coupon_no, row.remark = nil, nil
    if line then line.batch_of = nil end
  end
end

local function changing(gateway)
  local handle = gateway.handle
  function gateway:handle(...) -- luacheck: ignore 432
    local response, directive = handle(self, ...)
    local told = cjson.decode(response.body)
    for _, row in ipairs(told.stockout_list) do change(row) end
    response.body = cjson.encode(told)
    return response, directive
  end
end

describe("fields that change while they are copied", function()
  local folder, box

  before_each(function()
    folder = shell.folder()
    box = sandbox.new{ seed = 7, now = START, drift = { from = START, touch = 0.1, arrive = 0.03 } }
    for i = 1, 120 do box.world:put{ modified = START - 60 * i, status = 95 } end
    changing(box.gateway)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local function client(log)
    return wdt.new(box:settings("enterprise", { rate = 100000, log = log }))
  end

  local function rows_until(watermark)
    local query, rows = { start = START - 3 * HOUR, stop = watermark - 1 }, {}
    for name, value in pairs(QUERY) do query[name] = value end
    for row in client():stockouts(query) do rows[#rows + 1] = row end
    return rows
  end

  for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
    it("are what stands in " .. scheme, function()
      local db, events = databases[scheme](folder), {}
      finally(db.stop)
      local function log(event)
        if event.column then events[#events + 1] = event.event .. " " .. event.column end
      end
      local state, watermark = wdt.state.memory(), nil
      for _ = 1, 5 do
        box.host:sleep(HOUR)
        local job = assert(client(log):sync{ name = "orders", what = "stockouts",
          from = START - 3 * HOUR, follow = true, signals = false, state = state,
          into = db.target, query = QUERY })
        assert(job:run(function()
          if job:progress().behind < 600 then job:stop() end
        end))
        watermark = job:progress().watermark
        assert.equal(0, job:progress().uncertified)
        job:close()
      end
      assert.is_true(watermark > DROPPED)
      local rows, of = rows_until(watermark), { 0, 0, 0, 0 }
      for _, row in ipairs(rows) do
        local at = beijing.parse(row.modified)
        local phase = at < ADDED and 1 or at < RETYPED and 2 or at < DROPPED and 3 or 4
        of[phase] = of[phase] + 1
      end
      for phase = 1, 4 do assert.is_true(of[phase] > 5, phase .. ": " .. of[phase]) end
      assert.same({}, held.differences(db, "orders", rows))
      table.sort(events)
      -- what no document names has a column of texts from the first
      assert.same({ "column_added batch_of", "column_added coupon_no", "column_added pieces",
        "column_retyped goods_count", "column_retyped weight" }, events)
    end)
  end
end)
