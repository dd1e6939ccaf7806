-- A window was read along a descending order that showed itself, over a second that filled a page,
-- from a server that keeps fractions of seconds and includes both ends. What was left ended a
-- second before the one that was read by itself, so a row between the two was lost, and the window
-- was certified "conserved".
local model = require "support.model"

local PAGE = 5

-- Rows by their exact times; the server shows whole seconds.
local function server_of(times)
  local server = { order = "time_desc", rows = {} }
  for i, time in ipairs(times) do
    server.rows[i] = { id = i, time = time, version = 1, shop_no = "S" .. i % 3 }
  end
  function server.page(of, ask)
    local rows, total = model.page(of, ask)
    for i, row in ipairs(rows) do
      rows[i] = { id = row.id, time = math.floor(row.time), version = 1, shop_no = row.shop_no }
    end
    return rows, total
  end
  return server
end

describe("a row half a second before a second that fills a page", function()
  for _, start in ipairs{ 0, 19, 20 } do
    it("is read, from second " .. start .. " on", function()
      local times = { 30, 20.5, 19.5, 19 }
      for _ = 1, PAGE + 2 do times[#times + 1] = 20 end
      for second = 0, 18 do times[#times + 1] = second end
      local server = server_of(times)
      local w = model.shared(PAGE, { still = true, overlap = true, closed = true,
        start = start, stop = 30, open = function() return false end,
        cuts = { { param = "shop_no", field = "shop_no" } } })
      local result = model.read(server, w)
      local expected = 0
      for _, row in ipairs(server.rows) do
        if row.time >= start then
          expected = expected + 1
          assert.truthy(result.rows[row.id .. "/1"], "lost a row of " .. row.time)
        end
      end
      assert.equal(expected, result.found)
    end)
  end
end)
