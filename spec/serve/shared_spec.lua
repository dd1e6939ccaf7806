-- Identical readings at the same time are made once: those that follow hand out every row once,
-- whatever becomes of the first one.
local cjson = require "cjson"
local nginx = require "support.nginx"
local serve = require "support.serve"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

-- `stream(rows, err)`: rows come when `gate` lets them, each `go(n)` so many; `opened` counts.
-- `drain(stream)`: all its rows, and how it ended. `spawn(f)`, `wait(thread)`.
local PRELUDE = [[
  local ngx = require "ngx"
  local semaphore = require "ngx.semaphore"
  local shared = require "wdt.serve.shared"
  local gate, opened, closed = semaphore.new(0), 0, 0
  local function go(n) gate:post(n) ngx.sleep(0.01) end
  local function stream(rows, err, free)
    opened = opened + 1
    local at = 0
    return { next = function()
      if not free and at < #rows then gate:wait(10) end
      at = at + 1
      if rows[at] == nil and err then return nil, err .. ": it failed", err end
      return rows[at]
    end, observe = function() end, close = function() closed = closed + 1 end,
      progress = function() return { calls = at, certificate = "seek", resume_at = at } end }
  end
  local function drain(one, limit)
    local list, row, err, code = {}, nil, nil, nil
    repeat
      row, err, code = one:next()
      list[#list + 1] = row
    until row == nil or #list == limit
    return table.concat(list, " "), code
  end
  local spawn = ngx.thread.spawn
  local function wait(thread) return select(2, ngx.thread.wait(thread)) end
]]

describe("readings that are shared", function()
  local inside

  setup(function() inside = assert(nginx.start()) end)
  teardown(function()
    local log = inside:stop()
    assert.is_nil(log:find("%[error%]"), log)
  end)

  local function run(code) return inside:run("content", PRELUDE .. code) end

  it("hand out each row as it comes, to all, and ask once", function()
    local got = run[[
      local function open() return stream{ "a", "b", "c", "d" } end
      local first = shared.open("one", 7, open)
      local second = shared.open("one", 7, open)
      local other = shared.open("two", 7, open)
      other:close()
      local leading, told = spawn(drain, first), {}
      local flushed = 0
      second:observe{ page = function() flushed = flushed + 1 end }
      local following = spawn(function()
        local list, row = {}, second:next()
        while row do
          list[#list + 1] = row
          told[row] = first:progress().calls
          row = second:next()
        end
        return table.concat(list, " ")
      end)
      go(1) go(1) go(1) go(1)
      local a, b = wait(leading), wait(following)
      local late = shared.open("one", 7, open) -- it has ended: this one reads itself
      go(4)
      local p = second:progress()
      return { a, b, drain(late), opened, told.a, flushed > 1, p.calls, p.certificate }]]
    assert.same({ "a b c d", "a b c d", "a b c d", 3, 1, true, 0, "seek" }, got)
  end)

  it("end for all with the failure of the first one", function()
    local got = run[[
      local function open() return stream({ "a" }, "server") end
      local first, second = shared.open("one", 7, open), shared.open("one", 7, open)
      local leading, following = spawn(drain, first), spawn(drain, second)
      go(1)
      local _, _, code = ngx.thread.wait(leading)
      local _, rows, other = ngx.thread.wait(following)
      return { code, rows, other, opened, second:next() == nil }]]
    assert.same({ "server", "a", "server", 1, true }, got)
  end)

  it("go on by themselves where the first one ends early, without a row twice", function()
    local got = run[[
      local n = 0
      local function open()
        n = n + 1
        if n == 1 then return stream{ "a", "b", "a", "c" } end
        -- rows that are equal are rows of their own; another order, and a new row
        return stream({ "b", "x", "a", "a", "a", "c" }, nil, true)
      end
      local first, second = shared.open("one", 7, open), shared.open("one", 7, open)
      local leading = spawn(drain, first, 3)
      local following = spawn(drain, second)
      go(3)
      wait(leading)
      local before = second:progress()
      first:close()
      first:close()
      local rows = wait(following)
      second:close()
      return { rows, opened, closed, second:progress().calls, before.calls, before.resume_at }]]
    assert.same({ "a b a x a c", 2, 3, 7, 0, 3 }, got)
  end)

  it("tell to begin at the range's start where the first one is ahead", function()
    local got = run[[
      local function open() return stream({ "a", "b", "c" }, nil, true) end
      local first, second = shared.open("one", 7, open), shared.open("one", 7, open)
      drain(first, 2)
      second:next()
      local behind = second:progress().resume_at
      second:next()
      local even = second:progress().resume_at
      first:close()
      return { behind, even, opened }]]
    assert.same({ 7, 2, 1 }, got)
  end)

  it("do not wait for ever for one whose client is slow", function()
    local got = run[[
      shared.WAIT = 0.05
      local n = 0
      local function open()
        n = n + 1
        return stream({ "a", "b" }, nil, n > 1)
      end
      local first, second = shared.open("one", 7, open), shared.open("one", 7, open)
      local leading, following = spawn(drain, first), spawn(drain, second)
      go(1)
      local rows = wait(following)
      go(1)
      shared.WAIT = 5
      return { rows, wait(leading), opened }]]
    assert.same({ "a b", "a b", 2 }, got)
  end)

  it("keep so many rows, of one and of all, and give them back", function()
    local got = run[[
      local rows, most, all = {}, shared.MOST_ROWS, shared.MOST_KEPT
      for i = 1, 12 do rows[i] = "r" .. i end
      local function open() return stream(rows, nil, true) end
      local function numbers(key)
        local first, second = shared.open(key, 7, open), shared.open(key, 7, open)
        local before = opened
        local a = drain(first)
        local b = drain(second)
        return a == b and opened - before
      end
      shared.MOST_ROWS = 12
      local whole = numbers "one"
      shared.MOST_ROWS = 11
      local one = numbers "two"
      shared.MOST_ROWS, shared.MOST_KEPT = 12, 15
      local other = shared.open("other", 7, open)
      drain(other, 4)
      local many = numbers "three"
      other:close()
      local again = numbers "four"
      shared.MOST_ROWS, shared.MOST_KEPT = most, all
      return { whole, one, many, again }]]
    assert.same({ 0, 1, 1, 0 }, got)
  end)

  it("compare rows as texts where they are tables", function()
    local got = run[[
      local n, core = 0, require "wdt.core"
      local function open()
        n = n + 1
        return stream({ { id = "1", gone = core.null, lines = { { a = 1 } } },
          { id = "2", gone = core.null, lines = {} } }, nil, true)
      end
      local first, second = shared.open("one", 7, open), shared.open("one", 7, open)
      first:next()
      local row = second:next()
      first:close()
      return { row.id, second:next().id, second:next() == nil, opened }]]
    assert.same({ "1", "2", true, 2 }, got)
  end)
end)

describe("wdt serve", function()
  local visit, service

  setup(function()
    visit = visitor.start()
    service = serve.start(visit, "[shop]\n$ACCOUNT_enterprise\nrate = 100000\n[serve]\n"
      .. "[serve:all]\ntoken = $TOKEN_all\naccounts = *\nqueue = 8\n[serve:masked]\n"
      .. "token = $TOKEN_masked\naccounts = *\nmask = true\n")
  end)
  teardown(function()
    local said = service:stop()
    visit:stop()
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]"), said)
  end)

  -- Rows of an answer, in order, and its proof.
  local function lines_of(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    local proof = cjson.decode(table.remove(lines))["end"]
    table.sort(lines)
    return lines, proof
  end

  it("reads once for all who ask the same at the same time, and for no one else", function()
    local path = "/v1/shop/stockouts?day=" .. visit.day
    local wanted = lines_of(service:get(path, "all"))
    local masked = lines_of(service:get(path, "masked"))
    -- the first page takes so long that the others come meanwhile
    assert(server.control(visit.handle, "inject", { kind = "delay", seconds = 2, times = 2 }))
    local parts = {}
    for i, who in ipairs{ "all", "all", "all", "masked" } do
      parts[i] = ("curl -sS --noproxy '*' -H %s -o %s/same%d %s &"):format(quote(
        "Authorization: Bearer " .. service:token(who)[1]), quote(service.folder), i,
        quote(service.url .. path))
    end
    shell.must(table.concat(parts, " ") .. " wait")
    local readers, proofs = 0, {}
    for i = 1, 3 do
      local got, proof = lines_of(shell.read(service.folder .. "/same" .. i))
      assert.same(wanted, got)
      if proof.calls > 0 then readers = readers + 1 end
      proof.calls = nil
      proofs[i] = proof
    end
    assert.equal(1, readers)
    assert.same(proofs[1], proofs[2])
    assert.same(proofs[1], proofs[3])
    assert.not_equal("none", proofs[1].certificate)
    local got, proof = lines_of(shell.read(service.folder .. "/same4"))
    assert.same(masked, got)
    assert.is_true(proof.calls > 0)
  end)
end)
