-- Every reader keeps the contract of wdt.reading. A reader of another kind is one more line of
-- READERS: its module, the seconds that its window spans, and the certificate of a quiet window.
local model = require "support.model"
local reading = require "wdt.reading"

local SIZE, ROWS = 5, 17

local READERS = {
  { name = "seek", seconds = 40, certificate = "atomic" },
  { name = "sweep", seconds = 40, certificate = "swept" },
  { name = "dense_second", seconds = 1, certificate = "conserved",
    overflowed = true }, -- it is begun by a page that showed less than its total
}

for _, case in ipairs(READERS) do
  describe("the reader " .. case.name, function()
    local server, window

    before_each(function()
      server = { rows = {}, order = "id_asc" }
      local values = {}
      for i = 1, ROWS do
        local shop = "s" .. i % 6
        values[shop] = true
        server.rows[i] = { id = i, version = "v", time = i * 7 % case.seconds, shop_no = shop }
      end
      window = model.shared(SIZE, { cuts = { { param = "shop_no", field = "shop_no" } },
        facts = { "shop_no" }, learnt = { shop_no = values }, learnt_count = { shop_no = 6 } })
      window.reader = require("wdt.reading." .. case.name)
      if case.overflowed then window.pages:judge(SIZE, SIZE, ROWS) end
      window.start, window.stop, window.total = 0, case.seconds - 1, ROWS
    end)

    local function hold_all(result)
      for _, row in ipairs(server.rows) do
        assert.equal(row, result.rows[row.id .. "/v"], "row " .. row.id)
      end
      assert.equal(0, result.twice)
    end

    it("has the methods of a reader, and asks for pages of the window", function()
      local reader = window.reader.new(window)
      for _, method in ipairs(reading.METHODS) do assert.is_function(reader[method], method) end
      local ask = reader:ask()
      assert.equal(0, ask.page_no)
      assert.is_true(ask.start >= window.start and ask.stop <= window.stop, ask.stop)
      assert.equal(SIZE, ask.page_size)
    end)

    it("hands out each row once, and certifies a quiet window", function()
      local result = model.read(server, window)
      hold_all(result)
      assert.equal(case.certificate, result.certificate)
    end)

    it("stays at its end: asks no more, and keeps its certificate", function()
      local made
      local new = window.reader.new
      window.reader = { new = function(w)
        made = new(w)
        return made
      end }
      local result = model.read(server, window)
      assert.is_nil(made:ask())
      assert.equal(result.certificate, made.certificate)
    end)

    it("hands out each row once where pages break in the middle", function()
      local result = model.read(server, window, function(_, calls)
        return calls % 2 == 0 and "break" or nil
      end)
      hold_all(result)
    end)

    it("certifies nothing while a row is missing, of a server with smaller pages", function()
      server.cap = SIZE - 1
      local result = model.read(server, window)
      if result.certificate ~= "none" then hold_all(result) end
    end)
  end)
end
