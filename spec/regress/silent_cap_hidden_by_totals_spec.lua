-- A server that served fewer rows than asked for, and told as the total only what the page held,
-- had every window certified `atomic`.
local model = require "support.model"

-- Pages of at most `cap` rows, at offsets by that size or by the size asked for; the total is the
-- page's own count.
local function read(n, how, cap, by_asked)
  local server = { rows = {}, order = "id_desc" }
  for i = 1, n do server.rows[i] = { id = i, time = i * 7 % 900, version = 1 } end
  local w = model.shared(20, { read = how })
  w.start, w.stop = 0, 1000
  server.page = function(s, ask)
    local size = math.min(cap, ask.page_size)
    local all = model.page(s, { start = ask.start, stop = ask.stop, page_no = 0, page_size = n })
    local from, rows = ask.page_no * (by_asked and ask.page_size or size), {}
    for i = from + 1, math.min(#all, from + size) do rows[#rows + 1] = all[i] end
    return rows, #rows
  end
  local result = model.read(server, w)
  return result.certificate, result.found
end

describe("a silent cap under totals that count the page only", function()
  for _, by_asked in ipairs{ true, false } do
    it("is met by seek, which reads all of it in pieces that are shorter", function()
      for _, cap in ipairs{ 5, 12 } do
        local certificate, found = read(90, "seek", cap, by_asked)
        assert.equal(90, found)
        assert.equal("atomic", certificate)
      end
    end)

    it("leaves a sweep without a certificate", function()
      assert.equal("none", (read(90, "sweep", 5, by_asked)))
    end)
  end

  it("is looked for until totals were those of their own questions, in calls of one row", function()
    local server = { rows = {}, order = "id_asc" }
    for i = 1, 30 do server.rows[i] = { id = i, time = i * 10, version = 1 } end
    local shared, tests = model.shared(20), 0
    for start = 0, 250, 50 do
      shared.start, shared.stop = start, start + 49
      for _, ask in ipairs(model.read(server, shared).asks) do
        if ask.page_size == 1 then tests = tests + 1 end
      end
    end
    assert.equal(4, tests) -- of 4 rows, before which others may have asked; of 5; and no more
  end)
end)
