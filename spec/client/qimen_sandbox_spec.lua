-- A client over the sandbox's Qimen gateways: each route shows its part, both show all of it.
local wdt = require "wdt"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"

local DAY = 86400
local T = beijing.parse "2026-11-20 12:00:00"

local function box_of(more)
  local o = { seed = 3, rows_per_day = 300, from = T - 6 * DAY, to = T, taobao = 0.4,
    latency = 0.05 }
  for name, value in pairs(more or {}) do o[name] = value end
  return sandbox.new(o)
end

local function ids_of(box, edition, route, days, more)
  local settings = { route = "qimen", rate = 600 }
  for name, value in pairs(more or {}) do settings[name] = value end
  local client = wdt.new(box:settings(edition, settings))
  local query = { start = beijing.format(T - days * DAY), stop = beijing.format(T),
    route = route }
  local stream = client:stockouts(query)
  local seen, n = {}, 0
  for row in stream do
    local id = tonumber(row.stockout_id)
    assert(not seen[id], "a row came twice")
    seen[id], n = true, n + 1
  end
  return seen, n, stream:progress()
end

local STATUS = { enterprise = { 95, 110 }, ultimate = { 95, 105, 110, 113 } }

for edition, days in pairs{ enterprise = 4, ultimate = 1 } do
  describe("the " .. edition .. " edition", function()
    for _, route in ipairs{ "direct", "qimen", "both" } do
      it("shows its part by route " .. route, function()
        local box = box_of()
        local truth = box.world:all{ clock = "consign_time", from = T - days * DAY, to = T,
          status = STATUS[edition], route = route ~= "both" and route or nil, history = false }
        local seen, n, progress = ids_of(box, edition, route, days)
        assert.equal(#truth, n)
        assert.is_true(n > 50)
        for _, row in ipairs(truth) do assert.is_true(seen[row.id]) end
        assert.not_equal("none", progress.certificate)
        local blind = {}
        for _, one in ipairs(progress.blind) do blind[one.name] = true end
        assert.equal(route == "direct", blind.taobao == true)
        assert.equal(route == "qimen", blind.others == true)
      end)
    end
  end)
end
