--- One call, until it has succeeded or can't: pace, sign, send, decode, judge, and try again where
-- that may help.
--
-- The answer's rows are pulled one by one while its bytes still arrive. When a try breaks after
-- rows were handed out, the next try starts from the page's beginning, and `on_again` tells the one
-- who counts rows.
-- @module wdt.calling.request
local retry = require "wdt.calling.retry"
local failure = require "wdt.error".failure
local map = require "wdt.map"
local collectgarbage, setmetatable, pairs, select = collectgarbage, setmetatable, pairs, select
local huge, max, min = math.huge, math.max, math.min

-- A clock that is wrong by more than this may be why a signature was refused.
local SKEW = 30

-- Refusals that may mean it: only the ultimate edition has a number for a wrong timestamp.
local OF_THE_CLOCK = { clock = true, auth = true, api = true, param = true }

-- Tries of one call that are made at once because the clock was wrong: the local one, or that of
-- one server among several.
local MOST_RESIGNED = 3

-- Seconds between two looks at transfers that are to arrive.
local POLL = 0.02

-- Seconds by which a host may overrun its limits.
local LATE = 10

-- Of these, those that a push may be signed anew for, where the clock is wrong by more than the
-- gateway allows: it looks at a signature before anything else.
local UNREAD = { clock = true, auth = true }

local Request = {}
Request.__index = Request

-- Waits until the account's budget lets this call go: true; or nil, err, code where the host can't
-- wait, the budget can't be asked, or the deadline comes before. Without `block` it only tells
-- whether it would have to wait.
function Request:pace(block)
  local account = self.account
  local host, pacer = account.host, account.pacer
  while true do
    if not account:keep() then
      return failure("closed", "another host leads this account, or no one knows which one does")
    end
    local _
    local now = host:now()
    if self.deadline and now >= self.deadline then
      self.late = true
      return failure("timeout", "its deadline has come, and the call was not sent")
    end
    local wait, err, code = pacer:wait(self.method, now, block and self, self.deadline)
    if wait == 0 then return true end
    if not block then return false end
    if not wait then -- a shared budget that can't be asked, or one that lets it go too late
      self.late = code == "rate"
      return nil, err, code
    end
    if wait == huge then -- every place is in flight: one of those transfers has to arrive first
      wait = POLL
      collectgarbage "step" -- and one whose stream no one holds any more never will
      for request in pairs(account.flying) do request:in_flight() end
    else
      account:emit("wait", { seconds = wait, method = self.method })
    end
    self.stats.waited = self.stats.waited + wait
    if self.deadline then wait = min(wait, max(0, self.deadline - now)) end
    _, err, code = account:rest(wait)
    if err then return nil, err, code end
  end
end

-- Signs and sends. The signature is made after every wait, by the server's clock.
function Request:send()
  local account = self.account
  local now = account.host:now()
  -- A refusal that told another time is believed for this call alone: several servers may have
  -- clocks of their own.
  self.signed_at = self.told and now + self.told or account:server_time()
  local message, err, code = account.edition.build(account.credentials, self.method, self.params,
    self.pager, self.signed_at)
  if not message then return nil, err, code end
  map.add(message, account.sending)
  -- A kept connection may turn out to have ended, and then it can't be told how far the request
  -- came.
  message.fresh = not self.repeatable or self.attempts.count > 0
  self.ticket = account.pacer:take(self.method, self)
  self.sent_at, self.hint, self.ban = now, nil, nil
  self.stats.calls = self.stats.calls + 1
  account.flying[self] = true
  local exchange
  exchange, err, code = account.host:open(message, self.decoder)
  if not exchange then return nil, err, code end
  self.exchange, self.complete = exchange, false
  return true
end

--- Sends the first try if the budget allows it now; used to have several calls in flight.
-- @treturn boolean whether it is on its way
function Request:start()
  if not self:pace(false) then return false end
  local ok, err, code = self:send()
  if not ok then self.early = { err, code } end
  return true
end

--- True if the transfer is still on the network.
-- @treturn boolean
function Request:in_flight()
  if self.exchange == nil or not self.account.flying[self] then return false end
  if not self.exchange:poll() then return true end
  self:arrived()
  return false
end

--- Reports the call where no one can go on with it any more (of a request of nginx whose client
-- went away): its place in the rate budget begins to run out. The host knows it of an exchange; of
-- a call that is still to be opened the time tells it, since that is bounded.
function Request:bury()
  local account, exchange = self.account, self.exchange
  local lost
  if exchange then
    lost = exchange.is_orphan and exchange:is_orphan()
  else
    local timeout = account.sending.timeout
    lost = account.host:now() - self.sent_at > timeout.connect + timeout.stall + LATE
  end
  if lost then self:arrived() end
end

-- Nothing more comes over the network: the place in the rate budget begins to run out.
function Request:arrived()
  local account = self.account
  account.flying[self] = nil
  if self.ticket then account.pacer:done(self.ticket, account.host:now()) end
  self.ticket = nil
  if self.exchange then self.offset = account:learn_clock(
    self.exchange:header("date"), self.sent_at) end
end

-- The try is over, one way or another.
function Request:release()
  self:arrived()
  local exchange = self.exchange
  if exchange then
    self.stats.bytes = self.stats.bytes + (exchange.bytes or 0)
    exchange:close()
  end
  self.exchange = nil
end

local function judge_status(status, content_type)
  if status == 429 then return failure("rate", "HTTP 429") end
  local code = status >= 500 and "server" or "http"
  return failure(code, "HTTP %d, %s", status, content_type or "no content type")
end

-- The whole response has arrived. Returns true, or the failure that it means.
function Request:judge()
  local exchange = self.exchange
  if exchange.status ~= 200 then return judge_status(
    exchange.status, exchange:header("content-type")) end
  local ok, err, code = self.decoder:finish()
  if not ok then return nil, err, code end
  local envelope = self.decoder:envelope()
  local verdict, text, hint, ban = self.account.edition.judge(envelope, self.method)
  self.hint, self.ban = hint, ban
  if verdict then return failure(verdict, "%s", text) end
  self.envelope = envelope
  return true
end

-- True if a refusal may be the fault of our clock: the server's time, as its answer tells it, is
-- not the one signed with. Then the next try is signed with that.
function Request:clock_was_wrong(code)
  local codes = self.repeatable and OF_THE_CLOCK or UNREAD
  if not codes[code] or not self.offset then return false end
  local apart = self.sent_at + self.offset - self.signed_at
  local allowed = self.repeatable and SKEW or self.account.edition.CLOCK_ERROR
  if apart <= allowed and apart >= -allowed then return false end
  self.told = self.offset
  return self.resigned < MOST_RESIGNED
end

-- The final failure, as it is told: of a change that may have been made, this comes before why the
-- answer is missing.
local function final(self, err, code, sent, status)
  if sent and not self.repeatable and retry.may_be_done(code, status) then
    return select(2, failure("unconfirmed", "the request was sent, and may have been acted on (%s)",
      err))
  end
  return err, code
end

-- A try has failed: waits and returns true when there is to be another, else returns the final
-- failure.
function Request:failed(err, code)
  local account, host, exchange = self.account, self.account.host, self.exchange
  local sent, status = exchange and exchange.sent ~= false, exchange and exchange.status
  self:release()
  local wait, quiet, silence
  if self.late then -- no try was made, and the gateway has refused nothing
    self.failure = { err, code }
    return nil, err, code
  end
  if self:clock_was_wrong(code) then
    self.resigned, wait = self.resigned + 1, 0
  else
    wait, quiet, silence = self.attempts:failed(code, host:now(), host:random(), sent, self.hint,
      self.ban)
  end
  if not wait then err, code = final(self, err, code, sent, status) end
  if code ~= "closed" then -- a host that is to end: nothing has failed
    account:emit("failure", { method = self.method, error = err, code = code, retry_in = wait })
  end
  -- the whole account keeps quiet, or all that pass the gateway that has told a ban
  if quiet then account.pacer:quiet(host:now() + silence, self.ban) end
  if not wait then
    self.failure = { err, code }
    return nil, err, code
  end
  self.stats.retries = self.stats.retries + 1
  if wait > 0 and not quiet and not account:rest(wait) then -- broken off: it is not tried again
    self.failure = { err, code }
    return nil, err, code
  end
  self.decoder:reset()
  if self.on_again then self.on_again() end
  return true
end

function Request:succeeded()
  local account = self.account
  account:emit("call", { method = self.method, page_no = self.pager and self.pager.page_no,
    seconds = account.host:now() - self.sent_at, bytes = self.exchange.bytes })
  self:release()
end

-- Gets the exchange going; returns true or a failure of this try.
function Request:ensure_sent()
  if self.early then
    local err, code = self.early[1], self.early[2]
    self.early = nil
    return nil, err, code
  end
  local ok, err, code = self:pace(true)
  if not ok then return nil, err, code end
  return self:send()
end

-- Goes on with the answer, or gets it going. Returns true, or a failure of this try.
function Request:go_on()
  if not self.exchange then return self:ensure_sent() end
  if self.complete then return self:judge() end
  if self.on_pull then self.on_pull() end
  local ok, err, code = self.exchange:pull()
  if ok == false then
    self.complete = true -- what came last may still hold rows
    return true
  end
  return ok, err, code
end

--- Goes on with the call, whenever the decoder has no row to give.
-- @tparam ?string err what the decoder has said instead, and its code
-- @tparam ?string code
-- @treturn boolean whether to ask the decoder again; false when the call has succeeded (see
-- `envelope`); or nil, err, code
function Request:more(err, code)
  if self.envelope then return false end
  if self.failure then return nil, self.failure[1], self.failure[2] end
  local ok
  if not err then ok, err, code = self:go_on() end
  if not ok then return self:failed(err, code) end
  if not self.envelope then return true end
  self:succeeded()
  return false
end

--- The next row of the answer.
-- @return row, and what the decoder tells after it; nil when the call has succeeded (see
-- `envelope`); or nil, err, code
function Request:next()
  if self.failure then return nil, self.failure[1], self.failure[2] end
  while true do
    local row, k1, k2 = self.decoder:next()
    if row ~= nil then return row, k1, k2 end
    local more, err, code = self:more(k1, k2)
    if not more then return nil, err, code end
  end
end

--- @treturn boolean whether a try of it has been sent, answered or not
function Request:was_sent()
  return self.sent_at ~= nil
end

--- Gives up whatever is in flight. Idempotent.
function Request:close()
  self:release()
  self.failure = self.failure or { "closed: the stream was closed", "closed" }
end

local M = {}

--- @tparam table spec `account` (`wdt.calling.account`), `method`, `params`, `pager`, `decoder`
-- (fresh or reset), `stats` to count in, `repeatable`, `on_again`, `on_pull`, `deadline` (monotonic
-- seconds of the host; nil: none): after it nothing is sent, and nothing waits for the rate where
-- it would have to wait for longer
-- @treturn Request; once the call has succeeded with `envelope`, what stands around the rows, and
-- `hint`, as the edition's `judge` has it; both to be read
function M.new(spec)
  local account = spec.account
  spec.resigned, spec.envelope, spec.failure = 0, false, false
  spec.late = false
  spec.attempts = retry.attempts(account.retry, account.retry_budget, spec.repeatable,
    account.host:now(), spec.deadline)
  return setmetatable(spec, Request)
end


return M
