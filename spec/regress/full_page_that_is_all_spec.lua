-- A page that was full, and whose total was exactly its rows, was taken for one row more: following
-- an observed order, the next total was one too small, and the whole window was read a second time.
local model = require "support.model"

local function read(order, n, page)
  local server = { rows = {}, order = order, page = page }
  for i = 1, n do server.rows[i] = { id = i * 7919 % 10007, time = i * 60, version = 1 } end
  local shared = model.shared(100, { still = true })
  shared.start, shared.stop = 0, (n + 10) * 60
  return model.read(server, shared)
end

describe("a last page that is exactly full", function()
  for _, order in ipairs{ "time_asc", "time_desc" } do
    it("ends a window that is followed, and nothing is read again: " .. order, function()
      -- pages share the row at which the next one begins: 100, then 99 more each
      local result = read(order, 100 + 9 * 99)
      assert.equal(991, result.found)
      assert.equal("conserved", result.certificate)
      assert.is_true(result.calls <= 13, result.calls)
    end)
  end

  it("does not vouch for a server whose totals end with the page", function()
    local result = read("time_asc", 991, function(server, ask)
      local rows, total = model.page(server, ask)
      return rows, math.min(total, ask.page_size)
    end)
    assert.is_true(result.found == 991 or result.certificate == "none", result.found)
  end)
end)
