-- A sync into workbooks: every row once, whatever is killed meanwhile; workbooks that are behind
-- their rows are made again.
local copying = require "support.copying"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local sink = require "wdt.sink"
local wdt = require "wdt"
local workbook = require "support.workbook"

local FROM = beijing.parse(copying.FROM)

describe("a sync into workbooks", function()
  local folder, client
  setup(function()
    folder = shell.folder() .. "/books"
    client = copying.client_of(sandbox.new{ seed = 3, rows_per_day = 60, from = FROM,
      to = FROM + 3 * 86400 - 1, now = FROM + 4 * 86400, latency = 0.05 })
  end)
  teardown(function() shell.must("rm -rf " .. shell.quote(folder:gsub("/books$", "") .. "")) end)

  local state = wdt.state.memory()
  local function job_of()
    return assert(client:sync{ name = "shipped", what = "stockouts", from = copying.FROM,
      state = state, into = assert(sink.open("xlsx:" .. folder, { name = "shipped",
        header = "label", explode = "details_list",
        fields = { "stockout_id", "consign_time", "details_list.spec_no",
          "details_list.share_amount" } })), target = "xlsx:" .. folder })
  end

  local function books()
    local list = {}
    for name in shell.must("ls " .. shell.quote(folder)):gmatch "[^\n]+" do
      list[#list + 1] = name
    end
    return list
  end

  local function lines_of_gateway()
    local by_day = {}
    for so in client:stockouts{ start = FROM, stop = FROM + 3 * 86400 - 1 } do
      local day = so.consign_time:sub(1, 10)
      by_day[day] = (by_day[day] or 0) + math.max(1, #so.details_list)
    end
    return by_day
  end

  it("makes a workbook a day, with Chinese headings and numbers", function()
    local job = job_of()
    assert.is_true(job:run())
    job:close()
    assert.same({ "shipped-2026-10-01.xlsx", "shipped-2026-10-02.xlsx",
      "shipped-2026-10-03.xlsx" }, books())
    for day, n in pairs(lines_of_gateway()) do
      local rows = workbook.read(folder .. "/shipped-" .. day .. ".xlsx")[1]
      assert.equal(n + 1, #rows)
      assert.same({ "出库单主键id", "发货时间" }, { rows[1][1], rows[1][2] })
      local amounts = 0
      for i = 2, #rows do
        assert.equal(day, rows[i][2]:sub(1, 10))
        amounts = amounts + (type(rows[i][4]) == "table" and 1 or 0)
      end
      assert.is_true(amounts > 5)
    end
    assert.equal("600\n", shell.must("stat -c %a " .. folder .. "/shipped-2026-10-02.xlsx"))
  end)

  it("makes those again that are behind, as after a kill", function()
    shell.must(("cd %s && rm shipped-2026-10-02.xlsx .shipped-2026-10-02.made && echo 7 > "
      .. ".shipped-2026-10-03.made && rm shipped-2026-10-03.xlsx"):format(shell.quote(folder)))
    local job = job_of()
    assert.is_true(job:run())
    job:close()
    assert.equal(3, #books())
  end)

  it("ends with a failure where a workbook can't be made", function()
    shell.must(("cd %s && rm .shipped-2026-10-02.made shipped-2026-10-02.xlsx && mkdir "
      .. "shipped-2026-10-02.xlsx"):format(shell.quote(folder)))
    local job = job_of()
    local done, err, code = job:run()
    job:close()
    assert.is_nil(done)
    assert.equal("output", code)
    assert.truthy(err:find("shipped-2026-10-02.xlsx", 1, true), err)
  end)
end)
