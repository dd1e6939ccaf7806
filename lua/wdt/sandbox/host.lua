--- A host without a network and without waiting: requests go to a gateway in this process, and time
-- is a number.
--
-- It has the face of `wdt.host.curl`. The clock moves only by `sleep`, and by waiting in `pull`;
-- each exchange takes its latency of that time, so exchanges that are open side by side overlap. A
-- request reaches the gateway half a latency after it was sent; whenever the clock moves, all
-- requests that have arrived by then are handled first, in the order of their arrival: time never
-- goes back for the gateway, and every answer is a snapshot of one moment.
-- @module wdt.sandbox.host
local random = require "wdt.sandbox.random"
local failure = require("wdt.error").failure
local misuse = require("wdt.error").misuse
local insert, remove, min, pairs, type, setmetatable = table.insert, table.remove, math.min, pairs,
  type, setmetatable

local TIMEOUT = { connect = 5, stall = 20, total = 120 } -- as wdt.host.curl

local Exchange = {}
Exchange.__index = Exchange

local Host = {}
Host.__index = Host

local M = {}

--- Makes a host.
-- @tparam table o `gateway`; and, all optional, `now` = the world's clock (epoch seconds; true
-- time), `latency` = 0.1 (seconds from request to answer, or `{ least, most }`), `skew` = 0 (the
-- local wall clock is ahead of true time by this), `chunk` = 16384 (bytes that one `pull` hands to
-- the decoder), `seed` = the gateway's
-- @treturn Host
function M.new(o)
  if type(o) ~= "table" or type(o.gateway) ~= "table" then
    misuse(1, "gateway", o and o.gateway, "a gateway") end
  local latency = o.latency or 0.1
  local now = o.now or o.gateway.world.now
  return setmetatable({ gateway = o.gateway, start = now, clock = now, skew = o.skew
    or 0, chunk = o.chunk or 16384,
    least = type(latency) == "table" and latency[1]
    or latency, most = type(latency) == "table" and latency[2] or latency,
    draw = random.stream(o.seed or o.gateway.seed, 600),
    jitter = random.stream(o.seed or o.gateway.seed, 601),
    coming = {}, in_use = 0, opened = 0, waited = 0 }, Host)
end

--- Monotonic seconds since the host was made.
function Host:now()
  return self.clock - self.start
end

--- The local wall clock.
function Host:time()
  return self.clock + self.skew
end

--- A draw in [0, 1), the same ones for the same seed.
function Host:random()
  return self.jitter()
end

local function deliver(exchange)
  local host, request = exchange.host, exchange.request
  local path, query = request.url:match("^https?://[^/?]+([^?]*)%??(.*)$")
  local response, directive = host.gateway:handle({ method = "POST", path = path, query = query,
    headers = request.headers or {}, body = request.body }, exchange.arrival)
  exchange.response, exchange.directive = response, directive
  exchange.ready = exchange.arrival + exchange.latency / 2
  if directive and directive.kind == "delay" then exchange.ready =
    exchange.ready + directive.seconds end
end

--- Moves the clock. What has arrived by then is handled first.
-- @tparam number moment true time
function Host:advance(moment)
  local coming = self.coming
  while coming[1] and coming[1].arrival <= moment do
    local exchange = remove(coming, 1)
    self.clock = exchange.arrival
    deliver(exchange)
  end
  if moment > self.clock then self.clock = moment end
end

--- Waits: the clock moves.
function Host:sleep(seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    misuse(1, "seconds", seconds, "a number from 0 to 1e9")
  end
  self:advance(self.clock + seconds)
end

--- Starts a request.
-- @tparam table request `{ url, body, headers, timeout }`
-- @tparam decoder decoder anything with `feed`
-- @treturn Exchange
function Host:open(request, decoder)
  if self.closed then return failure("closed", "the host was closed") end
  if type(request.url) ~= "string" or not request.url:find("^https?://[^/]+/") then
    misuse(1, "request.url", request.url, "a URL with a path")
  end
  if type(request.body) ~= "string" then misuse(1, "request.body", request.body, "a string") end
  local latency = self.least + (self.most > self.least and self.draw() * (self.most - self.least)
    or 0)
  local exchange = setmetatable({ host = self, request = request, decoder = decoder,
    timeout = request.timeout or TIMEOUT,
    latency = latency, arrival = self.clock + latency / 2, at = 0, bytes = 0, waited = 0,
    sent = true }, Exchange)
  local coming = self.coming
  local i = #coming
  while i > 0 and coming[i].arrival > exchange.arrival do i = i - 1 end
  insert(coming, i + 1, exchange)
  self.in_use, self.opened = self.in_use + 1, self.opened + 1
  return exchange
end

--- Ends the host; its exchanges with it.
function Host:close()
  self.closed = true
  self.coming = {}
end

local function fail(exchange, code, text, ...)
  local _, err = failure(code, text, ...)
  exchange.err, exchange.code = err, code
  return nil, err, code
end

-- Waits for a moment, or as long as the timeouts allow. True, or the failure.
local function wait(exchange, moment)
  local host, timeout = exchange.host, exchange.timeout
  local stall, total = timeout.stall or TIMEOUT.stall, timeout.total or TIMEOUT.total
  local seconds = moment - host.clock
  if seconds <= 0 then return true end
  local allowed = min(stall, total - exchange.waited)
  if seconds > allowed then
    exchange.waited = exchange.waited + allowed
    host:advance(host.clock + allowed)
    if allowed == stall then
      return fail(exchange, "timeout", "the sandbox sent nothing for %g s (stall) after %d bytes",
        stall, exchange.bytes)
    end
    return fail(exchange, "timeout",
      "the sandbox did not finish within %g s of waiting (total); %d bytes came", total,
      exchange.bytes)
  end
  exchange.waited = exchange.waited + seconds
  host:advance(moment)
  return true
end

-- The answer begins: its status and headers, or none.
local function begin(exchange)
  local ok, err, code = wait(exchange, exchange.arrival)
  if not ok then return nil, err, code end
  if not exchange.ready then exchange.host:advance(exchange.arrival) end
  ok, err, code = wait(exchange, exchange.ready)
  if not ok then return nil, err, code end
  local response, directive = exchange.response, exchange.directive
  if not response then
    exchange.sent = false
    return fail(exchange, "connect", "no connection to the sandbox")
  end
  -- the gateway has acted on it
  if directive and directive.kind == "reset" and directive.at == 0 then
    return fail(exchange, "truncated", "the sandbox ended the connection without an answer")
  end
  exchange.status = response.status
  exchange.begun = true
  return true
end

-- The bytes that were sent have been taken: how it goes on.
local function ended(exchange)
  local directive = exchange.directive
  local kind = directive and directive.kind
  if exchange.status ~= 200 then
    exchange.complete = true
    return false
  end
  if kind == "reset" or kind == "truncate" then
    return fail(exchange, "truncated", "the answer broke off after %d bytes of its body",
      exchange.at)
  elseif kind == "stall" then
    local ok, err, code = wait(exchange, exchange.host.clock + (directive.seconds or 1e6))
    if not ok then return nil, err, code end
    exchange.directive = nil -- it goes on after all
    return true
  elseif kind == "gzip" then
    return fail(exchange, "syntax", "the answer is not compressed as it says (no gzip)")
  end
  exchange.complete = true
  return false
end

-- How many bytes of the body ever come.
local function sent(exchange)
  local directive, size = exchange.directive, #exchange.response.body
  if exchange.status ~= 200 or directive and directive.kind == "gzip" then return 0 end
  return directive and directive.at and min(directive.at, size) or size
end

--- Goes on with the answer.
-- @treturn ?boolean true: the decoder has got more; false: the answer is complete; nil, err, code
function Exchange:pull()
  if self.closed then return failure("closed", "the exchange was closed") end
  if self.err then return nil, self.err, self.code end
  if self.complete then return false end
  if not self.begun then
    local ok, err, code = begin(self)
    if not ok then return nil, err, code end
  end
  local limit = sent(self)
  if self.at >= limit then return ended(self) end
  local chunk = self.host.chunk
  local to = min(limit, self.at + chunk)
  local piece = self.response.body:sub(self.at + 1, to)
  self.bytes = self.bytes + #piece
  self.at = to
  local ok, err, code = self.decoder:feed(piece)
  -- its rows, and then its error, come out of next() first
  if not ok then self.err, self.code = err, code end
  return true
end

--- True if the answer is complete or has failed, without waiting.
function Exchange:poll()
  local host = self.host
  if self.err or self.complete or self.closed then return true end
  if not self.ready or self.ready > host.clock then return false end
  return not (self.directive and self.directive.kind == "stall")
end

--- A header of the answer, or nil.
function Exchange:header(name)
  if not self.begun then return nil end
  name = name:lower()
  if name == "content-length" then return ("%d"):format(#self.response.body) end
  for k, v in pairs(self.response.headers) do
    if k:lower() == name then return v end
  end
  return nil
end

--- Idempotent. A request that was sent still reaches the gateway.
function Exchange:close()
  if not self.closed then
    self.closed = true
    self.host.in_use = self.host.in_use - 1
  end
end

return M
