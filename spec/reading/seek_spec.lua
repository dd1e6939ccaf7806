local model = require "support.model"

-- Rows 1..n, spread over the seconds 0..last; ids and times don't go together.
local function rows(n, last, shops)
  local list = {}
  for i = 1, n do
    list[i] = { id = (i * 7919) % 100003, time = math.floor((i - 1) * last / math.max(1, n - 1)),
      version = 1,
      shop_no = "S" .. i % (shops or 1) }
  end
  return list
end

local function window(shared, start, stop)
  shared.start, shared.stop = start, stop
  return shared
end

-- Every row of the server between the bounds was delivered, once.
local function assert_complete(server, result, start, stop)
  for _, row in ipairs(server.rows) do
    if row.time >= start and row.time <= stop then
      assert.truthy(result.rows[row.id .. "/" .. row.version],
        "lost " .. row.id .. " at " .. row.time)
    end
  end
  assert.equal(0, result.twice)
end

describe("seek", function()
  it("takes a window that fits one page in one call, once it is known that totals count more than "
    .. "their page, and are of their own question", function()
    for _, n in ipairs{ 0, 1, 8, 9 } do -- a full page is no snapshot
      local server, shared = { rows = rows(n, 50), order = "id_asc" }, model.shared(10)
      local function read(stop)
        shared.steer = model.shared(10).steer -- nothing is known of the density
        local result = model.read(server, window(shared, 0, stop))
        assert.equal("atomic", result.certificate)
        return result
      end
      local first = read(50)
      assert_complete(server, first, 0, 50)
      -- is there one more, does the total count it, and is the page as it was?
      assert.equal(n > 1 and 4 or 1, first.calls)
      assert.equal(n > 1 and 4 or 1, read(50).calls) -- as many rows as the question before had
      read(30)
      assert.equal(1, read(50).calls)
    end
  end)

  it("cuts a fuller window into pieces that fit, whatever the order", function()
    for _, order in ipairs{ "id_asc", "id_desc" } do
      local server = { rows = rows(1000, 86399), order = order }
      local result = model.read(server, window(model.shared(100), 0, 86399))
      assert_complete(server, result, 0, 86399)
      assert.equal("atomic", result.certificate)
      assert.is_true(result.calls <= 17, result.calls)
    end
  end)

  it("follows a time order once it has shown itself", function()
    for _, order in ipairs{ "time_asc", "time_desc" } do
      local server = { rows = rows(1000, 86399), order = order }
      local result = model.read(server, window(model.shared(100, { still = true }), 0, 86399))
      assert_complete(server, result, 0, 86399)
      assert.equal("conserved", result.certificate)
      -- the last one asks whether anything has moved
      assert.is_true(result.calls <= 13, result.calls)
    end
  end)

  it("certifies a documented order as seek", function()
    local order = require "wdt.reading.order"
    for _, direction in ipairs{ "asc", "desc" } do
      local server = { rows = rows(500, 86399), order = "time_" .. direction }
      local result = model.read(server, window(model.shared(100, { order = order.new(direction) }),
        0, 86399))
      assert_complete(server, result, 0, 86399)
      assert.equal("seek", result.certificate)
    end
  end)

  it("gets past a dense second at the end of a window, whether that includes its end or not",
    function()
    local order = require "wdt.reading.order"
    for _, at in ipairs{ 1, 50, 3599, 3600 } do
      for _, half_open in ipairs{ true, false } do
        local server = { rows = rows(60, 3600), order = "time_desc", half_open = half_open }
        for i = 1, 40 do server.rows[60 + i] = { id = 500000 + i, time = at, version = 1,
          shop_no = "S0" } end
        local result = model.read(server, window(model.shared(
          8, { order = order.new "desc", overlap = true }), 0, 3600))
        assert_complete(server, result, 0, half_open and 3599 or 3600)
        assert.is_true(result.calls <= 60, result.calls)
      end
    end
  end)

  it("reads the window again, in pieces, when a total does not balance", function()
    local server = { rows = rows(500, 9999), order = "time_asc" }
    local result = model.read(server, window(model.shared(100, { still = true }), 0, 9999),
      function(_, calls)
      if calls == 3 then table.remove(server.rows) end -- the last row leaves between two pages
    end)
    assert_complete(server, result, 0, 9999)
    local again = false
    for i = 2, result.calls do again = again or result.asks[i].start < result.asks[i - 1].start end
    assert.is_true(again)
    assert.equal("atomic", result.certificate)
  end)

  it("never goes back from the end of a window that reaches the present", function()
    local server = { rows = rows(500, 9999), order = "time_desc" }
    local w = window(model.shared(100, { open = true }), 0, 20000)
    local moved = server.rows[1]
    local result = model.read(server, w, function(_, calls)
      -- modified: to the end, while the middle is read
      if calls == 3 then moved.time, moved.version = 15000, 2 end
    end)
    assert_complete(server, result, 0, 20000)
    assert.equal("atomic", result.certificate)
  end)

  it("starts over when the order it followed turns out not to be one", function()
    -- Sorted by id; the first page happens to look sorted by time.
    local list = {}
    for i = 1, 20 do list[i] = { id = i, time = i, version = 1 } end
    list[21] = { id = 21, time = 5, version = 1 }
    for i = 22, 40 do list[i] = { id = i, time = i, version = 1 } end
    local shared = model.shared(10)
    shared.order.state = "asc"
    local server = { rows = list, order = "id_asc" }
    local result = model.read(server, window(shared, 0, 100))
    assert_complete(server, result, 0, 100)
    assert.equal("none", shared.order.state)
    assert.equal("atomic", result.certificate)
  end)

  it("cuts a dense second by the values that rows have shown", function()
    local server = { rows = rows(95, 0, 5), order = "id_asc" }
    for i = 1, 30 do server.rows[#server.rows + 1] =
      { id = 200000 + i, time = 60 + i, version = 1, shop_no = "S0" } end
    local shared = model.shared(20, { cuts = { { param = "shop_no", field = "shop_no" } } })
    local result = model.read(server, window(shared, 0, 100))
    assert_complete(server, result, 0, 100)
    assert.equal("conserved", result.certificate)
  end)

  it("cuts by values of different types", function()
    local server = { rows = rows(95, 0, 5), order = "id_asc" }
    local values = { 1, "1", "S0", true, false }
    for i, row in ipairs(server.rows) do row.shop_no = values[i % #values + 1] end
    local shared = model.shared(20, { cuts = { { param = "shop_no", field = "shop_no" } } })
    for i = 1, 30 do
      server.rows[#server.rows + 1] = { id = 200000 + i, time = 60 + i, version = 1,
        shop_no = "S0" }
    end
    local result = model.read(server, window(shared, 0, 100))
    assert_complete(server, result, 0, 100)
    assert.equal("conserved", result.certificate)
  end)

  if _VERSION == "Lua 5.4" then -- without integers they are texts from the beginning
    it("cuts by long numbers as texts", function()
      local server = { rows = rows(95, 0, 5), order = "id_asc" }
      for i, row in ipairs(server.rows) do
        row.shop_no = (i % 2 == 0 and 1 or -1) * 123456789012345678 + i % 3
        row.shop = tostring(row.shop_no)
      end
      local shared = model.shared(20, { cuts = { { param = "shop", field = "shop_no" } } })
      for i = 1, 30 do
        local like = server.rows[i % 6 + 1]
        server.rows[#server.rows + 1] = { id = 200000 + i, time = 60 + i, version = 1,
          shop_no = like.shop_no, shop = like.shop }
      end
      local result = model.read(server, window(shared, 0, 100))
      assert_complete(server, result, 0, 100)
      assert.equal("conserved", result.certificate)
    end)
  end

  it("cuts by some of the fields that come with rows, whatever their parameters are called",
    function()
    local server = { rows = rows(95, 0, 5), order = "id_asc" }
    for i, row in ipairs(server.rows) do row.warehouse_no, row.house = "W" .. i % 7,
      "W" .. i % 7 end
    local shared = model.shared(20, { facts = { "shop_no", "warehouse_no" },
      cuts = { { param = "house", field = "warehouse_no" } } })
    for i = 1, 30 do
      server.rows[#server.rows + 1] = { id = 200000 + i, time = 60 + i, version = 1,
        warehouse_no = "W0", house = "W0" }
    end
    local result = model.read(server, window(shared, 0, 100))
    assert_complete(server, result, 0, 100)
    assert.equal("conserved", result.certificate)
    local cut = 0
    for _, ask in ipairs(result.asks) do
      assert.is_nil(ask.params.shop_no)
      if ask.params.house then cut = cut + 1 end
    end
    assert.is_true(cut >= 7)
  end)

  it("remembers a bounded number of values", function()
    local server = { rows = rows(1100, 50, 1100), order = "id_asc" }
    local shared = model.shared(2000, { cuts = { { param = "shop_no", field = "shop_no" } } })
    assert_complete(server, model.read(server, window(shared, 0, 50)), 0, 50)
    local n = 0
    for _ in pairs(shared.learnt.shop_no) do n = n + 1 end
    assert.equal(1000, n)
  end)

  it("claims nothing of a dense second when a value has not shown itself", function()
    local list = {}
    for i = 1, 60 do list[i] = { id = i, time = 0, version = 1, shop_no = i <= 55 and "S" .. i % 4
      or "hidden" } end
    local server = { rows = list, order = "id_asc" }
    local shared = model.shared(20, { cuts = { { param = "shop_no", field = "shop_no" } } })
    local result = model.read(server, window(shared, 0, 0))
    assert.equal("none", result.certificate)
    assert_complete(server, result, 0, 0) -- nothing moved, so the sweep has got them all
  end)

  it("sweeps a dense second that can't be cut, and claims nothing", function()
    local server = { rows = rows(95, 0), order = "id_asc" }
    local result = model.read(server, window(model.shared(20), 0, 10))
    assert_complete(server, result, 0, 10)
    assert.equal("none", result.certificate)
  end)

  it("follows a time order up to a dense second and on after it", function()
    for _, order in ipairs{ "time_asc", "time_desc" } do
      local server = { rows = rows(300, 9999), order = order }
      for i = 1, 70 do server.rows[#server.rows + 1] =
        { id = 200000 + i, time = 5000, version = 1, shop_no = "S" .. i % 5 } end
      local shared = model.shared(20, { still = true,
        cuts = { { param = "shop_no", field = "shop_no" } } })
      local result = model.read(server, window(shared, 0, 9999))
      assert_complete(server, result, 0, 9999)
      assert.equal("conserved", result.certificate)
      assert.is_true(result.calls < 40, result.calls)
    end
  end)

  it("keeps what it sees of one window's page apart from another's", function()
    -- Two windows of one reading, their pages in turn: one sorted by time, one not; together they
    -- must not look like either.
    local seek = require "wdt.reading.seek"
    local shared = model.shared(10)
    local function begin(start)
      local w = {}
      for k, v in pairs(shared) do w[k] = v end
      w.start, w.stop = start, start + 99
      local reader = seek.new(w)
      reader:ask()
      return reader
    end
    local one, other = begin(0), begin(1000)
    for i = 1, 10 do
      one:row(i * 7 % 11, 1, i)
      if i == 5 then other = begin(1000) end
    end
    one:page(10)
    assert.equal("asc", shared.order.state)
    for i = 1, 10 do other:row(i, 1, 1000 + i * 7 % 11) end
    other:page(10)
    assert.equal("none", shared.order.state)
  end)

  it("ends when an order is ruled out while a dense second is conserved", function()
    local server = { rows = rows(200, 400), order = "id_asc" }
    for i = 1, 30 do server.rows[#server.rows + 1] =
      { id = 200000 + i, time = 7, version = 1, shop_no = "S" .. i % 5 } end
    local result = model.read(server, window(model.shared(
      10, { cuts = { { param = "shop_no", field = "shop_no" } } }), 0, 400))
    assert_complete(server, result, 0, 400)
    assert.equal("conserved", result.certificate)
    assert.is_true(result.calls < 80, result.calls)
  end)

  it("finds a lump of rows far from everything in few calls", function()
    for _, half_open in ipairs{ false, true } do
      local server = { rows = {}, order = "id_asc", half_open = half_open }
      for i = 1, 40 do
        server.rows[i] = { id = i * 7919 % 100003, time = 80000 + i % 2, version = 1,
          shop_no = "S" .. i % 3 }
      end
      local shared = model.shared(20, { overlap = half_open,
        cuts = { { param = "shop_no", field = "shop_no" } } })
      local result = model.read(server, window(shared, 0, 86400))
      assert_complete(server, result, 0, 86399)
      assert.is_true(result.calls <= 25, result.calls)
    end
  end)

  it("halves where an even spread has once been refuted, wherever the lump stands", function()
    local sum = 0
    for n = 1, 60 do
      local server, at = { rows = {}, order = "id_asc" }, n * 7919 % 86000
      for i = 1, 90 do
        local time = i <= 60 and at + i % (n % 7 + 1) or i * n * 131 % 86400
        server.rows[i] = { id = i * 7919 % 100003, time = time, version = 1, shop_no = i <= 60
          and "S" .. i % 5 or "S1" }
      end
      local shared = model.shared(20, { cuts = { { param = "shop_no", field = "shop_no" } } })
      local result = model.read(server, window(shared, 0, 86399))
      assert_complete(server, result, 0, 86399)
      assert.is_true(result.calls <= 59, result.calls) -- a dense second is read twice
      sum = sum + result.calls
    end
    assert.is_true(sum / 60 < 29, sum / 60)
  end)

  it("recovers its width after a dense second", function()
    local server = { rows = {}, order = "id_asc" }
    for i = 1, 500 do server.rows[i] = { id = i * 7919 % 100003, time = 10, version = 1 } end
    for i = 501, 700 do server.rows[i] = { id = i * 7919 % 100003, time = i * 100, version = 1 } end
    local result = model.read(server, window(model.shared(20), 0, 80000))
    assert_complete(server, result, 0, 80000)
    assert.is_true(result.calls < 60 + 500 / 20, result.calls)
  end)

  it("learns that the server serves smaller pages than were asked for", function()
    local server = { rows = rows(300, 9999), order = "id_asc", cap = 40 }
    local shared = model.shared(100)
    local result = model.read(server, window(shared, 0, 9999))
    assert_complete(server, result, 0, 9999)
    assert.equal(40, shared.pages.size)
    assert.is_true(result.calls < 20, result.calls)
  end)

  it("does not hang on a row that is announced and never served", function()
    local server = { rows = rows(5, 20), order = "id_asc" }
    server.page = function(s, ask)
      local list, total = model.page(s, ask)
      if ask.start <= 7 and ask.stop >= 7 then total = total + 1 end
      return list, total
    end
    local result = model.read(server, window(model.shared(10), 0, 20))
    assert_complete(server, result, 0, 20)
    assert.equal("none", result.certificate)
  end)

  it("reads shared boundaries right, whether the end is included or not", function()
    for _, half_open in ipairs{ true, false } do
      for _, order in ipairs{ "id_asc", "time_asc", "time_desc" } do
        local server = { rows = rows(400, 3600), order = order, half_open = half_open }
        -- as the plan does: one second further than what is wanted
        local result = model.read(server, window(model.shared(30, { overlap = true }), 0, 3601))
        assert_complete(server, result, 0, 3600)
      end
    end
  end)

  it("recognises rows of a page that broke", function()
    for _, order in ipairs{ "id_asc", "time_asc" } do
      local server = { rows = rows(300, 9999), order = order }
      local result = model.read(server, window(model.shared(50), 0, 9999),
        function() return "break" end)
      assert_complete(server, result, 0, 9999)
    end
  end)

  it("draws in a window that holds far more than wanted", function()
    local server = { rows = rows(5000, 99999), order = "id_asc" }
    local shared = model.shared(10, { limit = 100, most = 200 })
    local result = model.read(server, window(shared, 0, 99999))
    assert.is_true(result.stop < 99999)
    assert_complete(server, result, 0, result.stop)
    assert.is_true(result.calls < 30)
  end)
end)

describe("sweep", function()
  it("reads the last page first and page 0 again at the end", function()
    local server = { rows = rows(45, 100), order = "id_asc" }
    local result = model.read(server, window(model.shared(10, { read = "sweep" }), 0, 100))
    local pages = {}
    for i, ask in ipairs(result.asks) do pages[i] = ask.page_no end
    assert.same({ 0, 4, 3, 2, 1, 0 }, pages)
    assert_complete(server, result, 0, 100)
    assert.equal("swept", result.certificate)
  end)

  it("loses nothing while rows only leave", function()
    local server = { rows = rows(95, 100), order = "id_asc" }
    local result = model.read(server, window(model.shared(10, { read = "sweep" }), 0, 100),
      function(_, calls)
      if calls > 1 then table.remove(server.rows, 1 + calls * 13 % #server.rows) end
    end)
    assert_complete(server, result, 0, 100)
    assert.equal("swept", result.certificate)
  end)

  it("starts over when the total shows that a row has arrived, and claims nothing if that never "
    .. "ends", function()
    local server = { rows = rows(25, 100), order = "id_desc" }
    local result = model.read(server, window(model.shared(10, { read = "sweep" }), 0, 100),
      function(_, calls)
      if calls == 2 then server.rows[#server.rows + 1] =
        { id = 1000000, time = 50, version = 1 } end
    end)
    assert_complete(server, result, 0, 100)
    assert.equal("swept", result.certificate)
    result = model.read(server, window(model.shared(10, { read = "sweep" }), 0, 100),
      function(_, calls)
      server.rows[#server.rows + 1] = { id = 2000000 + calls, time = 50, version = 1 }
    end)
    assert.equal("none", result.certificate)
  end)

  it("is a snapshot when everything fits one page", function()
    local server = { rows = rows(9, 100), order = "id_asc" }
    local shared = model.shared(10, { read = "sweep" })
    local function read(stop)
      local result = model.read(server, window(shared, 0, stop))
      assert.equal("atomic", result.certificate)
      return result.calls
    end
    assert.equal(4, read(100)) -- may totals be believed?
    read(40)
    assert.equal(1, read(100))
  end)

  it("counts its pages by what the server serves", function()
    local server = { rows = rows(45, 100), order = "id_asc", cap = 7 }
    local result = model.read(server, window(model.shared(10, { read = "sweep" }), 0, 100))
    assert_complete(server, result, 0, 100)
    assert.equal("swept", result.certificate)
  end)

  it("draws in a window that holds far more than wanted", function()
    local server = { rows = rows(1000, 9999), order = "id_asc" }
    local result = model.read(server, window(model.shared(
      10, { read = "sweep", limit = 100, most = 200 }), 0, 9999))
    assert.is_true(result.stop < 9999)
    assert_complete(server, result, 0, result.stop)
  end)
end)
