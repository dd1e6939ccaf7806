-- A sweep was certified although pages after page 0 came back short or empty, or in another order
-- at each call.
local model = require "support.model"

local function read(change)
  local server = { rows = {}, order = "id_asc" }
  for i = 1, 80 do server.rows[i] = { id = i, time = i, version = 1 } end
  local w = model.shared(10, { read = "sweep" })
  w.start, w.stop = 0, 100
  local calls = 0
  server.page = function(s, ask)
    calls = calls + 1
    return change(s, ask, calls)
  end
  local result = model.read(server, w)
  return result.certificate, result.found
end

describe("a sweep", function()
  it("reads a page again that came back empty, and loses nothing", function()
    local once = {}
    local certificate, found = read(function(s, ask)
      if ask.page_no == 3 and not once[3] then
        once[3] = true
        return {}, nil
      end
      return model.page(s, ask)
    end)
    assert.equal("swept", certificate)
    assert.equal(80, found)
  end)

  it("certifies nothing where a page stays short", function()
    local certificate = read(function(s, ask)
      local rows, total = model.page(s, ask)
      if ask.page_no == 3 then rows[#rows] = nil end
      return rows, total
    end)
    assert.equal("none", certificate)
  end)

  it("certifies nothing where rows are missing because the order changes", function()
    for seed = 1, 30 do
      local certificate, found = read(function(s, ask, calls)
        for _, row in ipairs(s.rows) do row.id, row.key = row.key or row.id, row.key or row.id end
        table.sort(s.rows, function(a, b) return (a.id * 7919 * (calls + seed)) % 101 < (
          b.id * 7919 * (calls + seed)) % 101 end)
        local rows = {}
        for i = ask.page_no * ask.page_size + 1, math.min(
          #s.rows, (ask.page_no + 1) * ask.page_size) do
          rows[#rows + 1] = s.rows[i]
        end
        return rows, ask.page_no == 0 and #s.rows or nil
      end)
      assert.is_true(certificate == "none" or found == 80)
    end
  end)

  it("reads all of a server that caps its pages, whichever size it counts them by", function()
    for _, counts_by_asked in ipairs{ true, false } do
      local certificate, found = read(function(s, ask)
        local size = math.min(ask.page_size, 6)
        local offset, rows = ask.page_no * (counts_by_asked and ask.page_size or size), {}
        for i = offset + 1, math.min(#s.rows, offset + size) do rows[#rows + 1] = s.rows[i] end
        return rows, ask.page_no == 0 and #s.rows or nil
      end)
      assert.equal("swept", certificate)
      assert.equal(80, found)
    end
  end)
end)
