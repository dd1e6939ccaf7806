-- Page sizes that are learnt: the steps up and down, and windows that begin again.
local learning = require "wdt.reading.learning"
local model = require "support.model"
local page_ladder = require "wdt.reading.page_ladder"
local reading = require "wdt.reading"

local LEAST, STEPS, SECONDS = 4, { 8, 20 }, 60

-- A server with so many rows, whose pages are of `serves(asked)` rows.
local function server_of(rows, serves)
  local server = { rows = {}, order = "id_asc" }
  for i = 1, rows do
    server.rows[i] = { id = i, version = "v", time = i * 7 % SECONDS }
  end
  function server.page(of, ask)
    of.cap = serves and serves(ask.page_size)
    return model.page(of, ask)
  end
  return server
end

-- A window whose page sizes go on from those of the ones before it.
local function window_of(kept, read)
  local shared = model.shared(LEAST)
  local kind = require("wdt.reading." .. (read or "seek"))
  local ladder = page_ladder.new(kept, shared.pages.witness)
  shared.start, shared.stop = 0, SECONDS - 1
  shared.reader = { new = function(w)
    return learning.new{ stop = w.stop, ladder = ladder, make = function(pages, stop)
      w.pages, w.stop = pages, stop
      return kind.new(w)
    end }
  end }
  return shared
end

local function sizes_of(result)
  local sizes = {}
  for _, ask in ipairs(result.asks) do
    if sizes[#sizes] ~= ask.page_size then sizes[#sizes + 1] = ask.page_size end
  end
  return sizes
end

describe("a page size that is learnt", function()
  local kept

  before_each(function() kept = page_ladder.kept(LEAST, STEPS) end)

  for _, read in ipairs{ "seek", "sweep" } do
    it("grows with full first pages, and is kept for the next window, by " .. read, function()
      local server = server_of(100)
      local result = model.read(server, window_of(kept, read))
      assert.same({ 4, 8, 20 }, { result.asks[1].page_size, result.asks[2].page_size,
        result.asks[3].page_size })
      assert.equal(100, result.found)
      assert.equal(0, result.twice)
      assert.equal(read == "seek" and "atomic" or "swept", result.certificate)
      assert.equal(20, kept.asked)
      local later = model.read(server, window_of(kept, read))
      assert.equal(20, later.asks[1].page_size)
      assert.is_true(later.calls < result.calls)
    end)

    it("falls to the size before where the server caps it, by " .. read, function()
      local result = model.read(server_of(100, function(asked) return math.min(asked, 8) end),
        window_of(kept, read))
      assert.equal(100, result.found)
      assert.is_true(result.certificate ~= "none")
      assert.equal(8, kept.asked)
      assert.equal(8, kept.most)
    end)

    it("falls where the server answers a large one by its default, by " .. read, function()
      local result = model.read(server_of(100, function(asked) return asked > 8 and 5 or asked end),
        window_of(kept, read))
      assert.equal(100, result.found)
      assert.is_true(result.certificate ~= "none")
      assert.equal(8, kept.asked)
    end)
  end

  it("hands out each row once where pages break in the middle, and has a reader's methods",
    function()
    local window = window_of(kept)
    for _, method in ipairs(reading.METHODS) do
      assert.is_function(window.reader.new(window)[method], method)
    end
    local result = model.read(server_of(100), window_of(kept), function(_, calls)
      return calls % 2 == 0 and "break" or nil
    end)
    assert.equal(100, result.found)
    assert.equal(0, result.twice)
    assert.equal(20, kept.asked)
  end)

  it("ends a window that is in a hurry, also where it has begun again", function()
    kept.asked = 20
    local window, hurried = window_of(kept), 0
    window.limit, window.most = 1000, 2000
    local new = window.reader.new
    window.reader = { new = function(w)
      local reader = new(w)
      reader:hurry()
      hurried = hurried + 1
      return reader
    end }
    local server = server_of(100, function(asked) return math.min(asked, 4) end)
    local result = model.read(server, window)
    assert.equal(1, hurried)
    assert.is_true(result.stop < SECONDS - 1)
    assert.equal("atomic", result.certificate)
    for _, row in pairs(result.rows) do assert.is_true(row.time <= SECONDS) end
    for _, row in ipairs(server.rows) do
      if row.time <= result.stop then assert.equal(row, result.rows[row.id .. "/v"]) end
    end
  end)

  it("stays where pages are not full", function()
    local result = model.read(server_of(3), window_of(kept))
    for _, size in ipairs(sizes_of(result)) do assert.is_true(size <= LEAST) end
    assert.equal(LEAST, kept.asked)
  end)

  it("stays with a page that holds more than was asked for", function()
    model.read(server_of(100, function() return 6 end), window_of(kept))
    local server = server_of(6)
    function server.page(of, ask)
      ask.page_size = 100
      return model.page(of, ask)
    end
    kept = page_ladder.kept(LEAST, STEPS)
    model.read(server, window_of(kept))
    assert.equal(LEAST, kept.asked)
  end)

  it("begins the window again where a size that was served is capped in the middle of it",
    function()
    kept.asked = 20
    local calls = 0
    local server = server_of(100, function(asked)
      calls = calls + 1
      return calls > 3 and math.min(asked, 4) or asked
    end)
    local result = model.read(server, window_of(kept))
    assert.equal(100, result.found)
    assert.equal(0, result.twice)
    assert.equal("atomic", result.certificate)
    assert.equal(4, kept.asked)
    local restarts = 0
    for i = 2, #result.asks do
      if result.asks[i].start == 0 and result.asks[i].page_size < result.asks[i - 1].page_size
      then restarts = restarts + 1 end
    end
    assert.is_true(restarts > 0)
  end)
end)

describe("a page that has failed for good", function()
  local kept, told, ladder

  before_each(function()
    kept, told = page_ladder.kept(LEAST, STEPS), {}
    ladder = page_ladder.new(kept, nil, function(size) told[#told + 1] = size end)
    kept.asked = 20
  end)

  it("takes the size back that was refused, and asks for no larger one again", function()
    assert.is_true(ladder:is_refused(ladder:pages(), "param"))
    assert.same({ 8, 8 }, { kept.asked, kept.most })
    assert.is_false(ladder:climbs(ladder:pages(), 8))
    assert.is_true(ladder:is_refused(ladder:pages(), "api"))
    assert.same({ 8, 4 }, told)
    assert.is_false(ladder:is_refused(ladder:pages(), "param")) -- the least: another reason
  end)

  it("takes it back for its weight only where it has not been served yet", function()
    local pages = ladder:pages()
    pages:judge(20, 20, 50)
    assert.is_false(ladder:is_refused(pages, "timeout"))
    kept.asked = 8
    assert.is_true(ladder:is_refused(ladder:pages(), "timeout"))
    assert.equal(4, kept.asked)
  end)

  it("takes nothing back where the failure is not the page's", function()
    for _, code in ipairs{ "auth", "permission", "rate", "budget", "connect", "closed", "state" } do
      assert.is_false(ladder:is_refused(ladder:pages(), code), code)
    end
    assert.equal(20, kept.asked)
  end)

  it("takes back a size that another window has given up no second time", function()
    local pages = ladder:pages()
    assert.is_true(ladder:is_refused(pages, "param"))
    assert.is_true(ladder:is_refused(pages, "param")) -- a window that was on its way with it
    assert.same({ 8 }, told)
  end)
end)
