-- Certificates were given for full pages, for totals that are none, and for rows that stand in a
-- page twice.
local proof = require "wdt.reading.proof"
local model = require "support.model"

local function second_of(n, shop)
  local rows = {}
  for i = 1, n do rows[i] = { id = i, time = i, version = 1, shop_no = shop(i) } end
  return rows
end

local function read(server, more, change)
  local w = model.shared(10, more)
  w.start, w.stop = 0, 100
  server.page = function(...) return change(model.page(...)) end
  local result = model.read(server, w)
  return result
end

describe("a page", function()
  it("is a snapshot only if it could have held more, and rows and total agree", function()
    assert.equal("whole", proof.page(9, 9, 9, 10))
    assert.equal("full", proof.page(10, 10, 10, 10))
    assert.equal("odd", proof.page(9, 8, 9, 10))
    for _, total in ipairs{ 0, -1, 8, 8.5, 10 } do assert.equal(
      "odd", proof.page(9, 9, total, 10)) end
  end)

  for _, read_by in ipairs{ "seek", "sweep" } do
    for name, lie in pairs{ own = function(rows) return #rows end, zero = function() return 0 end,
      negative = function() return -1 end, capped = function(_, total) return math.min(
        total, 10) end } do
      it(("whose total is %s certifies no window by %s in which a row is missing"):format(
        name, read_by), function()
        local server = { rows = second_of(80, function() return "S" end), order = "id_asc" }
        local result = read(server, { read = read_by }, function(rows, total)
          return rows, total and lie(rows, total)
        end)
        assert.is_true(result.certificate == "none" or result.found == 80)
        assert.equal(80, result.found)
      end)
    end
  end

  it("with two rows of one identity and version certifies nothing", function()
    local server = { rows = { { id = 1, time = 5, version = 1 }, { id = 1, time = 5, version = 1 },
      { id = 2, time = 6, version = 1 } }, order = "time_asc" }
    assert.equal("none", read(server, {}, function(...) return ... end).certificate)
  end)
end)
