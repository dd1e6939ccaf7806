--- The host inside nginx: cosockets for the network, so that the worker never blocks.
--
-- It has the face of `wdt.host.curl`. Every exchange has a socket of its own and no light thread
-- beside the caller's: `open` connects and sends, and from then on the server works and the kernel
-- collects its answer, the one who is being read meanwhile. So several exchanges overlap; a slow
-- consumer slows down the server instead of filling memory; and wherever a light thread is killed,
-- a client goes away or a loop is left, nothing keeps running, and nginx closes the sockets with
-- the request.
--
-- A socket belongs to the request (or timer) that opened it, hence so does an exchange; hosts and
-- clients may be shared by all of a worker. A connection goes into nginx's pool after a complete
-- answer, never otherwise.
--
-- nginx decides by its configuration: `resolver` for names, `lua_ssl_trusted_certificate`
-- and `lua_ssl_verify_depth` for whom to trust. Certificates are always verified, against the URL's
-- own name; nginx compares names only, so an address of https has to be given by its name. nginx
-- has no proxies and no other authorities than those of its configuration: a request with `proxy`
-- or `ca_file` is refused (`config`), rather than sent another way than it was meant. A connection
-- is kept for the location whose authorities it was verified by. Bodies come compressed where
-- lua-zlib is installed (`wdt.host.inflate`).
-- @module wdt.nginx.host
local clock = require "wdt.nginx.clock"
local failure = require("wdt.error").failure
local inflate = require "wdt.host.inflate"
local location = require "wdt.host.location"
local message = require "wdt.host.http_request"
local misuse = require("wdt.error").misuse
local response = require "wdt.host.http_response"
local turns = require "wdt.nginx.turns"
local ngx = require "ngx"
local concat, coroutine, max, min, pcall, setmetatable, type = table.concat, coroutine, math.max,
  math.min, pcall, setmetatable, type
local now = clock.now

-- Where nginx lets Lua wait; timers are the way out of all others.
local WAITING = { rewrite = true, server_rewrite = true, access = true, content = true,
  timer = true, preread = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true }

-- seconds after which `pull` comes back although nothing came: others may want to be looked after
local SLICE = 0.25
-- seconds between two looks of `poll` at one socket: each may take a millisecond
local LOOK = 0.02
local PIECE = 65536     -- bytes of one read, at most
local ENDED = { dead = true, zombie = true } -- light threads
local LEAST = 0.001     -- seconds; nginx has no shorter wait
local IDLE = 30000      -- milliseconds a connection waits in the pool
local POOL = 64         -- connections of one server in a worker's pool
local EMPTY = "wdt fresh" -- a pool that nothing is given to
-- Connections tried where a name may have several addresses: nginx takes one of them by chance, and
-- tells neither which nor how many there are. So often, one of two is missed once in 65,536 times.
local ADDRESSES = 16

local Host, Exchange = {}, {}
Host.__index, Exchange.__index = Host, Exchange

local M = {}

-- Where it can't work: nil, err, code.
local function check_place()
  local phase = ngx.get_phase()
  if not WAITING[phase] then
    return failure(
      "config", "nginx can't wait in the phase '%s'; use rewrite, access, content or a timer "
        .. "(ngx.timer.at)", phase)
  elseif Host.stopping() then
    return failure("closed", "the nginx worker is shutting down")
  end
  return true
end

--- Monotonic seconds; the same clock in all workers.
Host.now = now

--- Unix time, with fractions, as old as the event loop's last turn.
-- @treturn number
function Host.time()
  return ngx.now()
end

--- A number no one can foresee, for jitter; another one in each worker.
-- @treturn number in [0, 1)
Host.random = clock.random

--- Waits; others go on.
-- @function Host:sleep
-- @tparam number seconds
-- @treturn ?boolean true; nil, "closed: text", "closed" in a timer of a worker that shuts down;
-- nil, "config: text", "config" in a phase that can't wait
function Host.sleep(_, seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    misuse(2, "seconds", seconds, "a number from 0 to 1e9")
  end
  local stop = now() + seconds
  while true do
    local ok, err, code = check_place()
    if not ok then return nil, err, code end
    local left = stop - now()
    if left <= 0 then return true end
    -- nginx counts milliseconds, and without OpenResty's patch a sleep of less than one does not
    -- wait: it spins and warns in the log. A worker that shuts down waits for its timers.
    if ngx.get_phase() == "timer" then left = min(left, 1) end
    ngx.sleep(max(left, LEAST))
  end
end

--- True if this is a timer of a worker that shuts down: long-running loops end then. A request is
-- served to its end.
-- @treturn boolean
function Host.stopping()
  return ngx.worker.exiting() and ngx.get_phase() == "timer"
end

-- The exchange has failed for good.
local function fail(self, code, text, ...)
  local _, err = failure(code, text, ...)
  self.err, self.code = err, code
  self:release(false)
  return nil, err, code
end

local function milliseconds(seconds)
  return max(1, seconds * 1000)
end

local function cant_connect(self, words)
  if words == "timeout" then
    return fail(self, "timeout", "no connection to %s within %g s (connect)", self.peer,
      self.connect)
  elseif words:find("no resolver", 1, true) then
    return fail(self, "config",
      "nginx can't look up names: its configuration needs a `resolver` (%s)", self.peer)
  end
  return fail(self, "connect", "no connection to %s (%s)", self.peer, words)
end

-- Connects to the name or address. nginx bounds the connection by the socket's limit, but looking
-- up a name by its own `resolver_timeout` (30 s): so a second light thread counts the seconds of
-- both.
local function connect_within(self, socket, seconds)
  local options = self.pool and { pool = self.pool, pool_size = POOL } or { pool = EMPTY }
  socket:settimeouts(milliseconds(seconds), milliseconds(self.stall), milliseconds(self.stall))
  if not self.named then return socket:connect(self.host, self.port, options) end
  local connecting = ngx.thread.spawn(function()
    return socket:connect(self.host, self.port, options)
  end)
  local counting = ngx.thread.spawn(function()
    ngx.sleep(seconds)
    return nil, "timeout"
  end)
  local ran, ok, words = ngx.thread.wait(connecting, counting)
  ngx.thread.kill(connecting)
  ngx.thread.kill(counting)
  if not ran then return nil, ok end
  return ok, words
end

-- A socket that is connected, or nil and why not. Where a name has several addresses, one that
-- refuses is not the last word.
local function connect(self, stop)
  local socket, ok, words
  for _ = 1, self.named and ADDRESSES or 1 do
    local left = stop - now()
    if left <= 0 then return nil, words or "timeout" end
    socket = ngx.socket.tcp()
    ok, words = connect_within(self, socket, left)
    if ok then return socket end
    if words == "timeout" or words:find("resolve", 1, true) then break end
  end
  return nil, words
end

local function cant_trust(self, words)
  local hint = self.named and ""
    or "; nginx compares names only: give the server's name in place of its address"
  return fail(self, "tls", "no trusted connection to %s (%s%s)", self.peer, words, hint)
end

local function handshake(self, socket, stop)
  socket:settimeout(milliseconds(stop - now()))
  local ok, words = socket:sslhandshake(false, self.host, true)
  if not ok and words == "timeout" then return cant_connect(self, words) end
  if not ok then return cant_trust(self, words) end
  socket:settimeout(milliseconds(self.stall))
  return true
end

-- Connects, or takes a connection of the pool, and sends the request, once. True; or nil, err,
-- code.
local function send(self)
  local stop = now() + self.connect
  local socket, words = connect(self, stop)
  if not socket then return cant_connect(self, words) end
  self.socket = socket
  local new_tls, ok, err, code = self.tls and socket:getreusedtimes() == 0
  if new_tls then
    ok, err, code = handshake(self, socket, stop)
    if not ok then return nil, err, code end
  end
  ok, words = socket:send(self.message)
  -- A handshake that takes no waiting is told to have gone well (ngx_lua 0.10.23) even where the
  -- certificate was refused and the connection shut. Then nothing can be sent on it.
  if not ok and words == "closed" and new_tls then return cant_trust(
    self, "its certificate was refused") end
  self.sent = true
  if ok then return true end
  if words == "timeout" then return fail(self, "timeout", "%s took nothing for %g s (stall)",
    self.peer, self.stall) end
  return self:lost(words)
end

-- The connection is gone. A kept one may have ended before the request reached it, but that can't
-- be known: it is not sent again.
function Exchange:lost(words)
  local answer = self.response
  if answer:over() or answer.begun and answer.status ~= 200 then
    self:release(true)
    return true
  elseif answer.begun then
    return fail(self, "truncated", "the answer of %s broke off after %d bytes of its body (%s)",
      self.peer, answer.bytes, words)
  end
  -- Not "connect": the request may have arrived, and been acted upon.
  return fail(self, "truncated", "%s ended the connection without an answer (%s)", self.peer, words)
end

-- Gives the socket back: into the pool, if it can carry another answer. `complete`: pull answers
-- false from now on.
function Exchange:release(complete)
  local socket = self.socket
  self.complete = complete
  self.socket = nil
  if not socket then return end
  if complete and self.pool and self.response.keep then
    local kept, pooled = pcall(socket.setkeepalive, socket, IDLE, POOL)
    if kept and pooled then return end
  end
  -- it raises when the request that it belongs to is another one, or has ended
  pcall(socket.close, socket)
end

-- Takes what comes within so many seconds. True when something came or changed, false when nothing
-- did; or nil, err, code. Many may have been woken in one round of the event loop: what came is
-- looked at when there is time for it, which is not the server's.
local function receive(self, seconds)
  local socket, begun = self.socket, now()
  self.receiver = coroutine.running()
  socket:settimeout(milliseconds(seconds))
  local ran, bytes, words, part = pcall(socket.receiveany, socket, PIECE)
  self.took = now() - begun
  if ran then turns.rest() end
  self.receiver = nil
  if not ran then return false, bytes end
  bytes = bytes or part
  if bytes and bytes ~= "" then
    local answer = self.response
    local ok, err, code = answer:feed(bytes)
    self.bytes, self.status = answer.bytes, answer.begun and answer.status or nil
    if answer.refused then
      self.err, self.code = answer.refused[1], answer.refused[2]
      self:release(false)
    elseif not ok then -- the decoder may have got rows before that: `pull` tells it the next time
      fail(self, code, "%s: %s", self.peer, err:sub(#code + 3))
    elseif answer.complete then
      self:release(true)
    end
    self.fed = true
    return true
  elseif words == "timeout" then
    return false
  end
  return self:lost(words or "closed")
end

-- Nothing came in time: whether a limit is reached.
local function check_limits(self)
  local answer = self.response
  local stalled, late = self.idle >= self.stall, self.waited >= self.total
  if not (stalled or late) then return true end
  if answer.begun and answer.status ~= 200 then
    self:release(false)
    self.complete = true
    return true
  elseif stalled then
    return fail(self, "timeout", "%s sent nothing for %g s (stall) after %d bytes", self.peer,
      self.stall, answer.bytes)
  end
  return fail(self, "timeout", "%s did not finish within %g s of waiting (total); %d bytes came",
    self.peer, self.total,
    answer.bytes)
end

--- Goes on with the answer.
-- @treturn ?boolean true: ask the decoder, and pull again; false: the answer is complete; or nil,
-- err, code
function Exchange:pull()
  if self.closed then return failure("closed", "the exchange was closed") end
  if self.fed then -- by poll
    self.fed = false
    return true
  end
  if self.err then return nil, self.err, self.code end
  if self.complete then return false end
  turns.rest()
  local came, err, code = receive(self, min(SLICE, self.stall - self.idle,
    self.total - self.waited))
  self.waited = self.waited + self.took
  self.idle, self.fed = came and 0 or self.idle + self.took, false
  if came == nil then return nil, err, code end
  if came then return true end
  if err then
    return fail(self, "closed",
      "the stream belongs to another request of nginx, whose sockets no other one may use (%s)",
      err)
  end
  came, err, code = check_limits(self)
  if not came then return nil, err, code end
  return true
end

--- True if nginx has ended the request that this exchange belongs to (a client that went away): no
-- one can go on with it, and its connection is shut.
-- @treturn boolean
function Exchange:is_orphan()
  local socket = self.socket
  if not socket then return false end
  local ran, times = pcall(socket.getreusedtimes, socket) -- asks for nothing that is the request's
  return not (ran and times)
end

-- True while another light thread of the request receives: a socket takes one at a time, and bytes
-- keep their order.
local function is_received(self)
  local receiver = self.receiver
  return receiver ~= nil and not ENDED[coroutine.status(receiver)]
end

--- True if the answer is complete or has failed; takes what has come, and does not wait for more.
-- @treturn boolean
function Exchange:poll()
  if not self.socket then return true end
  if is_received(self) then return false end
  if self:is_orphan() then
    fail(self, "closed", "the request of nginx that the stream belonged to has ended")
    return true
  end
  local moment = now()
  if moment >= self.next_look then
    receive(self, 0) -- nginx's shortest wait is a millisecond
    self.next_look = now() + LOOK
  end
  return self.socket == nil
end

--- A header of the answer.
-- @tparam string name in any case
-- @treturn ?string
function Exchange:header(name)
  local answer = self.response
  return answer.begun and answer.headers[name:lower()] or nil
end

--- Idempotent. The connection of an answer that is not complete is shut.
function Exchange:close()
  if self.closed then return end
  self.closed = true
  self:release(self.complete)
end

-- The name of nginx's pool that a request's connection is taken from and given to; nil for none.
local function pool_name(request, scheme, host, port)
  local trust = scheme == "https" and location.id() or scheme == "http" and "any"
  if request.fresh or not trust then return nil end
  return concat({ "wdt", scheme, host, port, trust }, " ")
end

-- The whole request as it is sent.
local function message_of(request, authority, path, lines, user_agent)
  if path:sub(1, 1) ~= "/" then path = "/" .. path end
  local head = { "POST " .. path .. " HTTP/1.1", "Host: " .. authority,
    "User-Agent: " .. user_agent,
    "Content-Length: " .. #request.body }
  if inflate.available then head[#head + 1] = "Accept-Encoding: gzip" end
  if lines[1] then head[#head + 1] = concat(lines, "\r\n") end
  return { concat(head, "\r\n"), "\r\n\r\n", request.body }
end

-- Returns what is sent, and where to: `{ host, port, tls, named, peer, pool, message }`; or nil,
-- err, code.
local function address(request, lines, user_agent)
  local scheme, authority, path = request.url:match("^(https?)://([^/?#]+)([^#]*)")
  local host, port = authority:match("^(%[[%x:.]+%]):?(%d*)$")
  if not host then host, port = authority:match("^([^@:%[%]]+):?(%d*)$") end
  if not host or port ~= "" and not (#port <= 5 and port + 0 >= 1 and port + 0 <= 65535) then
    return failure("config", "the address is no host with an optional port")
  end
  port = port ~= "" and port + 0 or scheme == "https" and 443 or 80
  return { host = host, port = port, tls = scheme == "https", peer = host .. ":" .. port,
    named = not host:find("^[%d.]+$") and host:sub(1, 1) ~= "[",
    pool = pool_name(request, scheme, host, port),
    message = message_of(request, authority, path, lines, user_agent) }
end

-- Returns what nginx does not let a program choose.
local function check_abilities(request)
  if request.proxy then return failure("config", "setting 'proxy' can't be kept inside nginx") end
  if request.ca_file then
    return failure(
      "config", "setting 'ca_file' can't be kept inside nginx, which trusts its "
        .. "lua_ssl_trusted_certificate")
  end
  return check_place()
end

--- Starts a POST: connects and sends, and does not wait for the answer. Where that fails, `pull`
-- says so.
-- @tparam table request see `wdt.host.http_request.complete`
-- @param decoder of `wdt.core`; the body of a 200 pours into it
-- @return exchange
-- @treturn[2] nil
-- @treturn[2] string `"code: text"`
-- @treturn[2] string code
function Host:open(request, decoder)
  local lines, within, stall, total, user_agent = message.complete(request, decoder)
  if self.closed then return failure("closed", "the host was closed") end
  local ok, err, code = check_abilities(request)
  if not ok then return nil, err, code end
  local exchange
  exchange, err, code = address(request, lines, user_agent)
  if not exchange then return nil, err, code end
  exchange.decoder, exchange.connect, exchange.stall, exchange.total = decoder, within, stall, total
  exchange.bytes, exchange.waited, exchange.idle, exchange.next_look = 0, 0, 0, 0
  exchange.sent, exchange.response = false, response.new(decoder)
  setmetatable(exchange, Exchange)
  ok, err, code = send(exchange)
  if not ok and code == "config" then return nil, err, code end
  return exchange
end

--- Nothing can be opened any more. Its exchanges end with their requests.
function Host:close()
  self.closed = true
end

--- Makes a host. It owns nothing: a client may be made for every request, or one for all.
-- @treturn Host
function M.new()
  return setmetatable({}, Host)
end

return M
