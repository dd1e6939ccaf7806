-- A server that keeps half seconds and compares them lost rows between windows that step by one.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 08:00:00"

local function read(edition, how)
  local box = sandbox.new{ seed = 4, now = START + 86400, fields = "short", order = "id_asc",
    odd = { fraction = true }, latency = 0.1 }
  for i = 1, 400 do box.world:put{ modified = START + i * 7919 % 600, cancelled = true } end
  local query = { start = START, stop = START + 599, page_size = 20 }
  for name, value in pairs(how) do query[name] = value end
  local client = wdt.new(box:settings(edition, { rate = 100000 }))
  local open = edition == "ultimate" and client.cancelled_stockouts or client.stockouts
  local stream, found, rows = open(client, query), {}, 0
  for row in stream do
    local id = tostring(row.stockout_id) -- one of 64 bits ends in the world's
    found[#id == 19 and id:sub(-8) or id] = true
    rows = rows + 1
  end
  for id in pairs(box.world.rows) do assert.is_true(found[tostring(id)]) end
  assert.equal(0, stream:progress().uncertified)
  assert.equal(400, rows)
end

describe("rows that stand between two seconds", function()
  for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
    for _, how in ipairs{ {}, { lanes = 4 }, { read = "sweep" } } do
      it(("come once: %s, %s, %d lanes"):format(edition, how.read or "seek", how.lanes or 1),
        function()
        read(edition, how)
      end)
    end
  end
end)
