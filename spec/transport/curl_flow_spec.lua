-- The transport over time: connections kept and shut, backpressure, lanes, time limits, and who
-- keeps whom alive. No test waits for time to pass but those of the time limits themselves, and of
-- them only the lower bound is checked.
local peer = require "support.peer"
local fetch = require "support.fetch"
local curl_host = require "wdt.host.curl"
local steps, head, answer = peer.steps, peer.head, peer.answer
local rep, format = string.rep, string.format

local SMALL = '{"code":0,"stockout_list":[{"id":1},{"id":2}],"total_count":2}'
local HALF = SMALL:sub(1, 40) -- the first row is whole
local MIB = 1024 * 1024

describe("wdt.curl", function()
  local server, f

  setup(function()
    server = peer.start()
    f = fetch.new(server)
  end)
  teardown(function() server:close() end)
  before_each(function() f:start() end)
  after_each(function()
    f:stop()
    collectgarbage()
    collectgarbage()
    assert.is_true(f:alone()) -- no connection outlives its host
  end)

  -- Half an answer, then whatever the script says.
  local function half(...)
    return steps.send(head(200, { "Content-Length: " .. #SMALL }) .. HALF) .. table.concat({ ... })
  end

  -- Opens, and reads the first row.
  local function begin(script, options)
    local exchange, from = f:open(script, options)
    while not from:next() do assert.is_true(exchange:pull()) end
    return exchange, from
  end

  -- Something else to do, for as long as it takes.
  local function busy(seconds)
    local stop = f.host:now() + seconds
    while f.host:now() < stop do end
  end

  -- Seconds spent waiting until the answer ends, which has to be this failure.
  local function wait_for_failure(exchange, expected, text)
    local before = f.host:now()
    local more, err, code
    repeat more, err, code = exchange:pull() until not more
    assert.are.equal(expected, code)
    assert.truthy(err:find(text, 1, true), err)
    local waited = f.host:now() - before
    assert.is_true(waited < 30) -- and not by another limit
    return waited
  end

  describe("connections", function()
    it("are kept after a complete answer, of whatever status", function()
      local before = f:connections()
      for _, status in ipairs { 200, 404, 200, 502, 200 } do
        assert.are.equal(status, f:get(answer(SMALL, status)).status)
      end
      assert.are.equal(before + 2, f:connections())
    end)

    it("are kept as many as were in use at once", function()
      local before = f:connections()
      for round = 1, 2 do
        local gate, all = "round" .. round, {}
        for i = 1, 24 do
          local exchange, from = f:open(steps.block(gate) .. answer(SMALL))
          all[i] = { exchange, from }
        end
        f:connections(steps.unblock(gate))
        for i = 1, 24 do assert.is_true(select(2, f:read(all[i][1], all[i][2]))) end
      end
      assert.equal(before + 24 + 3, f:connections()) -- three of them to ask
    end)

    it("are given up when the server has shut them meanwhile", function()
      for i = 1, 3 do
        local shut = "shut" .. i
        assert.is_true(f:get(answer(SMALL) .. steps.finish_and_tell(shut)).whole)
        -- A request that goes out before the server's end has arrived is lost, and rightly.
        f:connections(steps.block(shut))
      end
    end)

    it("are shut at once when an answer is left early", function()
      local exchange = begin(half(steps.wait))
      exchange:close()
      assert.is_true(f:alone())
      assert.are.same({ nil, "closed: the exchange was closed", "closed" }, { exchange:pull() })
      assert.is_true(exchange:poll())
      exchange:close()
      assert.are.equal(200, exchange.status)
      assert.is_true(f:get(answer(SMALL)).whole)
    end)

    it("are shut when no one holds the exchange any more", function()
      begin(half(steps.wait))
      collectgarbage()
      collectgarbage()
      assert.is_true(f:alone())
    end)

    it("are shut at the end of the block, where Lua can", function()
      local read = loadstring or load -- luacheck: ignore loadstring
      local code = read "local exchange <close> = ...; error('left early')"
      if not code then return assert.is_true(_VERSION < "Lua 5.4") end
      local exchange = begin(half(steps.wait))
      assert.is_false(pcall(code, exchange))
      assert.is_true(f:alone())
      assert.are.equal("closed", select(3, exchange:pull()))
    end)

    it("are shut with the host", function()
      local exchange = begin(half(steps.wait))
      f.host:close()
      assert.is_true(f:alone())
      assert.are.equal("closed", select(3, exchange:pull()))
      f.host:close()
      exchange:close()
      assert.are.same({ nil, "closed: the host was closed", "closed" }, { f:open(answer(SMALL)) })
    end)
  end)

  it("keeps an exchange going whose host and decoder no one else holds", function()
    local host = curl_host.new()
    local exchange = host:open({ url = f.url, body = fetch.many(3000, 1000),
      timeout = { stall = 60 } }, fetch.decoder())
    host = nil -- luacheck: ignore
    local pulls, more = 0
    repeat
      -- At the beginning and now and then: with all specs in one process, each takes a second.
      if pulls < 3 or pulls % 64 == 0 then collectgarbage() end
      pulls = pulls + 1
      more = exchange:pull()
    until not more
    assert.is_false(more)
    assert.is_true(exchange.bytes > 3000 * 1000)
  end)

  describe("backpressure", function()
    local N, FILLER = 8000, 2000

    it("pauses what no one reads while others go on, and resumes", function()
      local idle, idle_from = f:open(fetch.many(N, FILLER))
      local active, active_from = f:open(fetch.many(N, FILLER))
      assert.are.equal(N + 1, #f:read(active, active_from))
      assert.is_true(idle.bytes > 0 and idle.bytes < 2 * MIB, format("%d bytes", idle.bytes))
      for _ = 1, 1000 do assert.is_false(idle:poll()) end
      assert.is_true(idle.bytes < 2 * MIB)
      local rows, whole = f:read(idle, idle_from)
      assert.are.equal(N + 1, #rows)
      assert.is_true(whole)
      assert.is_true(idle.bytes > N * FILLER)
    end)

    it("lets a row through that is longer than the mark", function()
      local rows = f:get(fetch.many(2, 5 * MIB)).rows
      assert.are.equal(3, #rows)
      assert.are.equal(5 * MIB, #rows[1].remark)
      assert.are.equal(5 * MIB, #rows[2].remark)
    end)

    it("holds, compressed or in chunks", function()
      local row = '{"id":1,"remark":"' .. rep("x", 1000) .. '"},'
      local body = '{"code":0,"stockout_list":[' .. rep(row, 10000) .. "{}]}"
      server:file("body", body)
      local got = f:get(answer(server:output("gzip -c body"), 200, "Content-Encoding: gzip"))
      assert.are.equal(10001, #got.rows)
      assert.are.equal(#body, got.exchange.bytes)
      local chunk = format("%x\r\n%s\r\n", #row, row)
      got = f:get(steps.send(head(200, { "Transfer-Encoding: chunked" })
        .. '1b\r\n{"code":0,"stockout_list":[\r\n')
        .. steps.rep(10000, chunk) .. steps.send("4\r\n{}]}\r\n0\r\n\r\n"))
      assert.are.equal(10001, #got.rows)
      assert.are.equal(#body, got.exchange.bytes)
    end)

    it("ends when the decoder refuses what was held back", function()
      local body = '{"code":0,"stockout_list":[' .. rep(
        '{"remark":"' .. rep("x", 1000) .. '"},', 10000) .. "{}]}"
      server:file("body", body)
      local packed = server:output("gzip -9 -c body")
      local got = f:get(steps.send(head(200, { "Content-Encoding: gzip",
        "Content-Length: " .. #packed + 1 }) .. packed)
        .. steps.wait, nil, fetch.decoder { limits = { body = 3 * MIB } })
      assert.are.equal("limit", got.code)
      assert.is_true(#got.rows > 3000)
      local more, _, code
      repeat more, _, code = got.exchange:pull() until not more
      assert.are.equal("limit", code)
      assert.is_true(f:alone())
      got.exchange:close()
    end)
  end)

  describe("lanes", function()
    it("go on while another one is waited for", function()
      -- The first answer ends only after the second request has been read by the peer.
      local first, first_from = f:open(half(steps.block "lanes", steps.send(SMALL:sub(41))))
      local second, second_from = f:open(steps.unblock "lanes" .. answer(SMALL))
      assert.is_true(select(2, f:read(first, first_from)))
      assert.is_true(select(2, f:read(second, second_from)))
    end)

    it("end the wait for another one, so that the next can start", function()
      local first, from = f:open(steps.block "ended" .. answer(SMALL),
        { timeout = { connect = 30, stall = 2, total = 60 } })
      for _ = 1, 40 do -- so many slices of waiting would be more than the limit
        -- a new connection takes time
        local other, rows = f:open(answer(SMALL, 200, "Connection: close") .. steps.finish)
        while not other:poll() do assert.is_true(first:pull()) end
        assert.is_true(select(2, f:read(other, rows)))
      end
      f:connections(steps.unblock "ended")
      assert.is_true(select(2, f:read(first, from)))
    end)

    it("do not mix, and their connections are used again", function()
      local before = f:connections()
      for round = 1, 3 do
        local lanes = {}
        for i = 1, 8 do
          local exchange, from = f:open(fetch.many(i * 100 + round, 50 * i))
          lanes[i] = { exchange = exchange, from = from, n = 0, bytes = 50 * i }
        end
        local left = #lanes
        while left > 0 do
          for i, lane in ipairs(lanes) do
            local row = lane.from:next()
            if row then
              lane.n = lane.n + 1
              assert.is_true(row.id == 2 or #row.remark == lane.bytes)
            elseif not lane.done then
              local more = lane.exchange:pull()
              assert.is_not_nil(more)
              if not more then
                lane.done, left = true, left - 1
                assert.are.equal(i * 100 + round + 1, lane.n)
                assert.is_true(lane.from:finish())
              end
            end
          end
        end
      end
      assert.is_true(f:connections() <= before + 9)
    end)

    it("are told apart by poll, which never waits", function()
      local slow, slow_from = f:open(half(steps.block "polled", steps.send(SMALL:sub(41))))
      local quick, quick_from = f:open(answer(SMALL))
      local give_up = f.host:now() + 60
      while not quick:poll() do assert.is_true(f.host:now() < give_up) end
      assert.is_false(slow:poll())
      assert.is_true(quick:pull()) -- what has come while polling
      assert.are.same({ id = 1 }, quick_from:next())
      assert.are.same({ id = 2 }, quick_from:next())
      assert.is_nil(quick_from:next())
      assert.is_false(quick:pull())
      f:connections(steps.unblock "polled")
      assert.is_true(select(2, f:read(slow, slow_from)))
    end)

    it("start again on their connections before their bodies are decoded", function()
      local first, first_from = f:open(answer(SMALL))
      local give_up = f.host:now() + 60
      while not first:poll() do assert.is_true(f.host:now() < give_up) end
      local before = f:connections()
      local second, second_from = f:open(answer('{"stockout_list":[{"id":3}]}', 200,
        "X-Second: yes"))
      assert.are.same({ { id = 3 } }, (f:read(second, second_from)))
      assert.are.equal(before + 1, f:connections())
      assert.are.same({ { id = 1 }, { id = 2 } }, (f:read(first, first_from)))
      assert.is_nil(first:header("x-second"))
      assert.are.equal(200, first.status)
    end)
  end)

  describe("many exchanges", function()
    -- Has what can move move, until a test says that it is enough.
    local function turn(pool, enough)
      local give_up = f.host:now() + 60
      repeat
        pool:turn(0.1)
        assert.is_true(f.host:now() < give_up)
      until enough()
    end

    it("are told once each when they have news, and the others are not", function()
      local pool = f.host.pool
      local silent = f:open(steps.block "told" .. answer(SMALL))
      local quick, from = f:open(answer(SMALL))
      assert.is_false(silent:await(1))
      assert.is_false(quick:await(2))
      turn(pool, function() return quick.bytes == #SMALL end)
      assert.equal(2, pool:news())
      assert.is_nil(pool:news())
      assert.is_true(quick:await(3)) -- it has something already, and is not awaited
      assert.is_true(select(2, f:read(quick, from)))
      pool:turn(0)
      assert.is_nil(pool:news())
      f:connections(steps.unblock "told")
      local told
      turn(pool, function() told = pool:news() return told end)
      assert.equal(1, told)
    end)

    it("are told no more once they are closed", function()
      local pool = f.host.pool
      local quick, silent = f:open(answer(SMALL)), f:open(steps.block "never told")
      local last = f:open(answer(SMALL))
      for i, exchange in ipairs{ quick, silent, last } do assert.is_false(exchange:await(i)) end
      turn(pool, function() return quick.bytes == #SMALL and last.bytes == #SMALL end)
      silent:close()
      last:close()
      assert.equal(1, pool:news())
      assert.is_nil(pool:news())
      f:connections(steps.unblock "never told")
    end)

    it("each have their limits, by the time in which they were awaited", function()
      local pool = f.host.pool
      local silent = { url = "http://127.0.0.1:" .. server.silent, timeout = { stall = 0.1 } }
      local awaited, other = f:open("", silent), f:open("", silent)
      assert.is_false(awaited:await(1))
      local told
      turn(pool, function() told = pool:news() return told end)
      assert.equal(1, told)
      local more, err, code = awaited:pull()
      assert.is_nil(more)
      assert.equal("timeout", code)
      assert.truthy(err:find("sent nothing for 0.1 s (stall)", 1, true), err)
      assert.is_false(other:poll())
    end)

    it("are awaited by a number above 0", function()
      local exchange = f:open(answer(SMALL))
      for _, bad in ipairs{ 0, -1, "x", {} } do
        assert.error_matches(function() exchange:await(bad) end, "ticket")
      end
    end)
  end)

  describe("time limit", function()
    it("stall: of an answer that does not come, or does not go on", function()
      local exchange = f:open("", { url = "http://127.0.0.1:" .. server.silent .. "/?sign=SECRET",
        timeout = { stall = 0.1 } })
      local waited = wait_for_failure(exchange, "timeout",
        server.silent .. " sent nothing for 0.1 s (stall) after 0 bytes")
      assert.is_true(waited >= 0.09)
      exchange = begin(half(steps.wait), { timeout = { stall = 0.1 } })
      waited = wait_for_failure(exchange, "timeout",
        "sent nothing for 0.1 s (stall) after 40 bytes")
      assert.is_true(waited >= 0.09)
      assert.is_true(f:alone())
    end)

    it("stall: not of an answer that comes slowly", function()
      local script = {}
      for i = 1, 3 do
        script[i] = steps.block("slow" .. i) .. steps.send(SMALL:sub(40 + i, 40 + i))
          .. steps.unblock("sent" .. i)
      end
      local exchange, from = begin(half(table.concat(script), steps.send(SMALL:sub(44))),
        { timeout = { stall = 0.7 } })
      for i = 1, 3 do
        assert.is_true(exchange:pull()) -- a quarter of a second without a byte
        f:connections(steps.unblock("slow" .. i) .. steps.block("sent" .. i))
        assert.is_true(exchange:pull())
      end
      assert.is_true(select(2, f:read(exchange, from)))
    end)

    it("total: of an answer as a whole", function()
      local exchange = f:open("", { url = "http://127.0.0.1:" .. server.silent,
        timeout = { total = 0.1 } })
      assert.is_true(wait_for_failure(exchange, "timeout",
        "did not finish within 0.1 s of waiting (total); 0 bytes") >= 0.09)
    end)

    it("connect: until the connection stands, TLS included", function()
      local exchange = f:open("", { url = "https://127.0.0.1:" .. server.silent .. "/?sign=SECRET",
                                    timeout = { connect = 0.1, stall = 0.001 } })
      local waited = wait_for_failure(exchange, "timeout",
        "no connection to 127.0.0.1:" .. server.silent .. " within 0.1 s")
      assert.is_true(waited >= 0.09)
    end)

    it("counts no time in which no one waits", function()
      local silent = "127.0.0.1:" .. server.silent
      local stalled = begin(half(steps.wait), { timeout = { stall = 0.1, total = 60 } })
      local begun = f.host:now()
      local slow = begin(half(steps.wait), { timeout = { stall = 60, total = 0.2 } })
      begun = f.host:now() - begun
      local connecting = f:open("", { url = "https://" .. silent, timeout = { connect = 0.1 } })
      busy(0.25)
      assert.is_true(wait_for_failure(connecting, "timeout", "no connection to " .. silent) >= 0.09)
      assert.is_true(wait_for_failure(stalled, "timeout", "(stall)") >= 0.09)
      assert.is_true(wait_for_failure(slow, "timeout", "(total)") >= 0.19 - begun)
    end)
  end)
end)
