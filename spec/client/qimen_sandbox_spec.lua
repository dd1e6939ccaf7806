-- A client over the sandbox's Qimen gateways: each route shows its part, both show all of it.
local wdt = require "wdt"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"

local DAY = 86400
local T = beijing.parse "2026-11-20 12:00:00"

local function box_of(more)
  local o = { seed = 3, rows_per_day = 60, from = T - 31 * DAY, to = T, taobao = 0.4,
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

for edition, days in pairs{ enterprise = 30, ultimate = 5 } do
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

describe("a client by Qimen", function()
  local DAY_OF = { start = beijing.format(T - DAY), stop = beijing.format(T), route = "qimen" }

  it("is told every refusal in the gateway's own words", function()
    for _, case in ipairs{
      { "rate", "7 App Call Limited",
        gateway = function(g) g:inject{ kind = "ban", seconds = 9 } end },
      { "server", "15 Remote service error isp.top%-remote%-connection%-timeout",
        gateway = function(g) g:inject{ kind = "remote", code = 15 } end },
      { "server", "50 Remote service error",
        gateway = function(g) g:inject{ kind = "remote", code = 50 } end },
      { "server", "carries no", gateway = function(g) g:inject{ kind = "no_status" } end },
      { "permission", "11 Insufficient isv permissions",
        gateway = function(g) g.unauthorised = true end },
      { "auth", "25 Invalid signature", { app_secret = "another" } },
      { "auth", "29 Invalid App Key", { app_key = "87654321" } },
      { "param", "target_app_key", { target_app_key = "21363513" } },
      { "rate", "频率超限", gateway = function(g)
        g:inject{ kind = "rate", text = "频率超限" }
      end },
    } do
      local box = box_of()
      if case.gateway then case.gateway(box.gateway) end
      local settings = box:settings("enterprise", { route = "qimen", retry = { attempts = 1 } })
      for name, value in pairs(case[3] or {}) do settings.qimen[name] = value end
      local row, err, code = wdt.new(settings):stockouts(DAY_OF):next()
      assert.is_nil(row)
      assert.equal(case[1], code, err)
      assert.matches(case[2], err)
    end
  end)

  it("waits as long as a ban says, and reads on", function()
    local box = box_of{ rows_per_day = 300, app_rate = 3, app_ban = 20 }
    local client = wdt.new(box:settings("enterprise", { route = "qimen", rate = 600 }))
    local truth = box.world:count{ clock = "consign_time", status = { 95, 110 }, from = T - DAY,
      to = T, route = "qimen" }
    local n = 0
    for _ in client:stockouts{ start = DAY_OF.start, stop = DAY_OF.stop, route = "qimen",
      page_size = 10 } do n = n + 1 end
    assert.equal(truth, n)
    assert.is_true(n > 50)
    assert.is_true(box.gateway.refused > 0)
  end)

  it("reads all of it from a gateway that gives empty pages to who asks for two at once",
    function()
    for _, lanes in ipairs{ 1, 4 } do
      local box = box_of{ rows_per_day = 300, odd = { crowded = 0.2 } }
      local client = wdt.new(box:settings("enterprise", { route = "qimen", rate = 600,
        lanes = lanes }))
      local truth = box.world:count{ clock = "consign_time", status = { 95, 110 },
        from = T - 3 * DAY, to = T, route = "qimen" }
      local n, stream = 0, client:stockouts{ start = beijing.format(T - 3 * DAY),
        stop = DAY_OF.stop, route = "qimen", page_size = 20 }
      for _ in stream do n = n + 1 end
      local certificate = stream:progress().certificate
      assert.is_true(n == truth or lanes > 1 and certificate == "none",
        ("%d of %d, %s"):format(n, truth, certificate))
      if lanes == 1 then assert.not_equal("none", certificate) end
    end
  end)
end)
