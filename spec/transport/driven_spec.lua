-- Describes what drives transfers when more than one waits: whose time a limit counts, who is told
-- that there is news, and what becomes of those that wait when another one closes or blocks.
local core = require "wdt.core"
local fetch = require "support.fetch"
local loop_of = require "wdt.host.loop"
local peer = require "support.peer"
local answer, steps = peer.answer, peer.steps

local SMALL = '{"code":0,"stockout_list":[{"id":1},{"id":2}],"total_count":2}'

describe("transfers that are driven together", function()
  local server, f

  setup(function() server = peer.start() end)
  teardown(function() server:close() end)
  before_each(function()
    f = fetch.new(server)
    f:start()
  end)
  after_each(function() f:stop() end)

  local function silent(timeout, scheme)
    return { url = ("%s://127.0.0.1:%s/"):format(scheme or "http", server.silent),
      ca_file = server.ca_file, timeout = timeout }
  end

  -- Blocks this process for so many seconds, on a host of its own.
  local function block(seconds)
    local other = f:new_host()
    local exchange = assert(other:open({ url = silent().url, body = "",
      timeout = { stall = seconds } }, fetch.decoder()))
    repeat local more, _, code = exchange:pull() until not more and assert(code == "timeout")
  end

  it("spend no connect limit on the time in which another one blocks", function()
    local pool = f.host.pool
    local exchange = f:open("", silent({ connect = 1 }, "https"))
    assert.is_false(exchange:await(1))
    block(1.6)
    for _ = 1, 2 do pool:turn(0) end
    assert.is_false(exchange:poll())
    assert.is_nil(pool:news())
    f:told(exchange, "timeout", "within 1 s (connect; SSL connection timeout")
  end)

  it("end by the total limit while they connect, and are told so", function()
    f:fails("timeout", "did not finish within 0.3 s of waiting (total); 0 bytes came", "",
      silent({ connect = 60, total = 0.3 }, "https"))
  end)

  it("are known to be sent before anyone has waited for them", function()
    local exchange = f:open(steps.block "sent" .. answer(SMALL))
    f:get(answer(SMALL))
    assert.is_true(exchange.sent)
    exchange:close()
    assert.is_true(exchange.sent)
    f:connections(steps.unblock "sent")
  end)

  it("of an encoding 'identity' end where a full decoder goes on with the last bytes", function()
    for rows = 60, 250, 10 do
      local row = '{"id":1,"remark":"' .. ("x"):rep(1000) .. '"},'
      local first, last = '{"code":0,"stockout_list":[', '{"id":2}]}'
      local length = #first + rows * #row + #last
      local head = peer.head(200, { "Transfer-Encoding: identity", "Content-Length: " .. length })
      local sent = "all of " .. rows
      local exchange, from = f:open(steps.send(head .. first) .. steps.rep(rows, row)
        .. steps.send(last) .. steps.unblock(sent) .. steps.block("end of " .. rows),
        { timeout = { stall = 2 } })
      assert(exchange:pull())
      f:connections(steps.block(sent)) -- the rest of it waits in the socket
      local got, whole, err = f:read(exchange, from)
      assert.is_nil(err)
      assert.is_true(whole)
      assert.equal(rows + 1, #got)
      f:connections(steps.unblock("end of " .. rows))
    end
  end)

  describe("whose decoder is busy", function()
    local ROW = '{"code":0,"stockout_list":[{"t":"2026-11-01 00:00:00"},'

    -- Opens an answer of two rows, whose decoder calls `once` at its first time.
    local function open(once, gate, from)
      local called, exchange
      local into = core.decoder{ path = "stockout_list", types = { t = "datetime" },
        datetime = function()
          if not called then
            called = true
            once(exchange)
          end
          return 1
        end }
      local rest = '{"t":"2026-11-01 00:00:01"}]}'
      exchange = assert((from or f.host):open({ url = f.url, timeout = { stall = 5 },
        body = steps.send(peer.head(200, { "Content-Length: " .. #ROW + #rest }) .. ROW)
          .. steps.block(gate) .. steps.send(rest) }, into))
      return exchange, into
    end

    it("wait, and do not spin", function()
      local spent, passed
      local exchange, from = open(function(exchange)
        f:connections(steps.unblock "busy")
        local cpu, start = os.clock(), f.host:now()
        for _ = 1, 8 do exchange:pull() end
        spent, passed = os.clock() - cpu, f.host:now() - start
      end, "busy")
      local got, whole, err = f:read(exchange, from)
      assert.is_nil(err)
      assert.is_true(whole)
      assert.equal(2, #got)
      assert.is_true(passed > 1, passed)
      assert.is_true(spent < passed / 2, spent)
    end)

    it("are told of their news once it is not busy any more", function()
      local loop = loop_of.new()
      local exchange, from = open(function()
        f:connections(steps.unblock "told")
        -- drives what the loop waits for, while the decoder is busy
        local other = assert(loop:open({ url = f.url, body = answer(SMALL) }, fetch.decoder()))
        repeat until not other:pull()
      end, "told", loop)
      local rows, told = {}, nil
      loop:spawn("waits", function()
        assert(exchange:pull())
        told = { exchange:pull() }
      end)
      loop:spawn("reads", function()
        while exchange.bytes == 0 do loop:sleep(0.01) end
        loop:sleep(0.01) -- the first one waits again
        rows[1] = from:next()
      end)
      assert.same({}, loop:run())
      assert.same({ true }, told)
      assert.equal(1, #rows)
      loop:close()
    end)
  end)

  it("are told of news that someone else's look has brought, without a wait", function()
    local pool = f.host.pool
    local quick, other = f:open(answer(SMALL)), f:open(steps.block "looked" .. answer(SMALL))
    assert.is_false(quick:await(1))
    repeat other:poll() until quick:poll()
    other:close() -- no time limit of its makes the wait short
    local before = f.host:now()
    pool:turn(60)
    assert.is_true(f.host:now() - before < 30)
    assert.equal(1, pool:news())
    f:connections(steps.unblock "looked")
  end)

  describe("in a loop", function()
    local loop

    before_each(function() loop = loop_of.new() end)
    after_each(function() loop:close() end)

    local CLOSED = { nil, "closed: the exchange was closed", "closed" }

    local function waits_for(told, seen)
      loop:spawn("waits", function()
        local exchange = assert(loop:open({ url = silent().url, body = "" }, fetch.decoder()))
        seen(exchange)
        told[1] = { exchange:pull() }
      end)
    end

    it("end for the task that waits, when another one closes the loop", function()
      local told = {}
      waits_for(told, function() end)
      loop:spawn("closes", function()
        loop:sleep(0.01)
        loop:close()
      end)
      assert.same({}, loop:run())
      assert.same({ CLOSED }, told)
    end)

    it("end for the task that waits, when another one closes the exchange", function()
      local told, exchange = {}, nil
      waits_for(told, function(one) exchange = one end)
      loop:spawn("closes", function()
        loop:sleep(0.01)
        exchange:close()
        exchange:close()
      end)
      assert.same({}, loop:run())
      assert.same({ CLOSED }, told)
    end)

    it("leave one that sleeps to sleep, when the loop is closed", function()
      local turns, pool = 0, loop.plain.pool
      loop.plain.pool = { news = function() return pool:news() end,
        close = function() pool:close() end,
        turn = function(_, ...)
          turns = turns + 1
          return pool:turn(...)
        end }
      local slept
      loop:spawn("sleeps", function()
        loop:close()
        slept = loop:sleep(0.5)
      end)
      assert.same({}, loop:run())
      assert.is_true(slept)
      assert.is_true(turns <= 12, turns)
    end)
  end)
end)
