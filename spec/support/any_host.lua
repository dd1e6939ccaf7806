--- How an exchange has to end, whatever the host: with a network (support/host_conformance.lua) or
-- without one (spec/sandbox/host_spec.lua).
--
-- An answer is `{ status, body, at, ends }`: `at` bytes of the body come, or all, and then the
-- connection ends as `ends` says ("finish", "reset", or "wait": it stays, and nothing comes); with
-- `ends` and no `at` not even a head comes. A driver is `{ play(answer, timeout) -> what
-- host_conformance.read returns, refuse() -> likewise, where no connection can be made, received()
-- -> how many requests have come in all, close() }`.
local M = {}

local SMALL = '{"code":0,"stockout_list":[{"id":1},{"id":2}]}'
M.SMALL = SMALL

-- { title, code, words, answer, timeout }: the request was sent.
local FAILURES = {
  { "no answer", "truncated", "ended the connection without an answer", { ends = "finish" } },
  { "a reset in place of an answer", "truncated", "ended the connection without an answer",
    { ends = "reset" } },
  { "half a body", "truncated", "broke off after 10 bytes of its body",
    { body = SMALL, at = 10, ends = "finish" } },
  { "a reset in the body", "truncated", "broke off after 10 bytes of its body",
    { body = SMALL, at = 10, ends = "reset" } },
  { "silence", "timeout", "sent nothing for 0.05 s (stall) after 0 bytes", { ends = "wait" },
    { stall = 0.05 } },
  { "silence in the body", "timeout", "sent nothing for 0.05 s (stall) after 10 bytes",
    { body = SMALL, at = 10, ends = "wait" }, { stall = 0.05 } },
  { "an answer that takes too long", "timeout",
    "did not finish within 0.05 s of waiting (total); 0 bytes came", { ends = "wait" },
    { total = 0.05 } },
}

--- Defines the tests.
-- @tparam function driver_of makes a driver; called once for each test
function M.describe(driver_of)
  local assert = require "luassert"
  local busted = require "busted"
  local describe, it = busted.describe, busted.it
  local driver

  describe("any host", function()
    busted.before_each(function() driver = driver_of() end)
    busted.after_each(function() driver.close() end)

    it("reads an answer to its end", function()
      local got = driver.play{ body = SMALL }
      assert.same({ 2, true, true, 200, #SMALL, true },
        { got.rows, got.done, got.whole, got.status, got.bytes, got.sent })
      assert.same({ "closed" }, { got.closed, got.early, got.nothing })
    end)

    for _, case in ipairs(FAILURES) do
      it("tells " .. case[1] .. ", and sends once", function()
        driver.play{ body = "{}" } -- leaves a kept connection, where there are any
        local before = driver.received()
        local got = driver.play(case[4], case[5])
        assert.equal(case[2], got.code, got.err)
        assert.truthy(got.err:find(case[3], 1, true), got.err)
        assert.equal(case[2] .. ": ", got.err:sub(1, #case[2] + 2))
        assert.same({ true, true }, { got.opened, got.sent })
        assert.same({}, { got.decoder, got.done or nil })
        assert.equal(before + 1, driver.received())
      end)
    end

    it("tells any other status, however its answer ends, and throws its body away", function()
      for _, ends in ipairs{ "finish", "reset", "wait" } do
        local got = driver.play({ status = 503, body = SMALL, at = 10, ends = ends },
          { stall = 0.1 })
        assert.same({ 0, true, 503, false }, { got.rows, got.done, got.status, got.whole })
      end
      for _, status in ipairs{ 201, 302, 404, 500 } do
        local got = driver.play{ status = status, body = SMALL }
        assert.same({ 0, true, status, false }, { got.rows, got.done, got.status, got.whole })
      end
    end)

    it("tells that a request never left", function()
      local got = driver.refuse()
      assert.same({ "connect", true, false }, { got.code, got.opened, got.sent })
      assert.truthy(got.err:find("^connect: no connection to "), got.err)
    end)

    it("hands out the rows before what its decoder refuses", function()
      local got = driver.play{ body = '{"stockout_list":[{"id":1},}' }
      assert.same({ 1, "syntax" }, { got.rows, got.decoder_code })
    end)
  end)
end

return M
