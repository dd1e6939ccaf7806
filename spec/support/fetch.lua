--- Exchanges with a peer (support/peer.lua): opened, read to their end, checked on the way.
local assert = require "luassert"
local core = require "wdt.core"
local curl_host = require "wdt.host.curl"
local peer = require "support.peer"
local steps = peer.steps

local M = {}
local Fetch = {}
Fetch.__index = Fetch

-- Generous limits: only a broken implementation reaches them.
local PATIENT = { connect = 60, stall = 60, total = 60 }

function M.new(server)
  return setmetatable({ server = server, hosts = {},
    url = "http://127.0.0.1:" .. server.plain .. "/openapi?sid=x&sign=SECRET" },
    Fetch)
end

function M.decoder(options)
  options = options or {}
  options.path = options.path or "stockout_list"
  return core.decoder(options)
end

--- A whole answer of n rows {id, remark} with a remark of `filler` bytes, and one more row {id =
-- 2}.
function M.many(n, filler)
  local row = '{"id":1,"remark":"' .. ("x"):rep(filler) .. '"},'
  local first, last = '{"code":0,"stockout_list":[', '{"id":2}]}'
  local length = "Content-Length: " .. (#first + n * #row + #last)
  return steps.send(peer.head(200, { length }) .. first) .. steps.rep(n, row) .. steps.send(last)
end

--- Another host, closed by `stop` like the first.
function Fetch:new_host()
  local host = curl_host.new()
  self.hosts[#self.hosts + 1] = host
  return host
end

function Fetch:start()
  self.host = self:new_host()
end

function Fetch:stop()
  for i = #self.hosts, 1, -1 do
    self.hosts[i]:close()
    self.hosts[i] = nil
  end
end

--- Opens; returns the exchange and its decoder, or nil, err, code.
function Fetch:open(script, options, into)
  local request = { url = self.url, body = script, timeout = PATIENT }
  for key, value in pairs(options or {}) do request[key] = value end
  into = into or M.decoder()
  local exchange, err, code = self.host:open(request, into)
  if not exchange then return nil, err, code end
  return exchange, into
end

local function check_end(exchange, ...)
  for _ = 1, 10 do assert.are.same({ ... }, { exchange:pull() }) end
  assert.is_true(exchange:poll())
  if ... == false then return end
  local _, err, code = ...
  assert.is_nil(err:find("SECRET", 1, true), err)
  assert.are.equal(code .. ": ", err:sub(1, #code + 2))
end

--- Reads to the end, which has to last: rows, true; or rows, nil, err, code.
function Fetch.read(_, exchange, from)
  local rows = {}
  while true do
    local row, err, code = from:next()
    local more
    if row then
      rows[#rows + 1] = row
    elseif err then
      return rows, nil, err, code
    else
      more, err, code = exchange:pull()
      if more == nil then
        check_end(exchange, nil, err, code)
        return rows, nil, err, code
      elseif not more then
        check_end(exchange, false)
        return rows, from:finish()
      end
    end
  end
end

--- Opens and reads: { rows, whole, err, code, exchange, status, envelope }.
function Fetch:get(...)
  local exchange, from = self:open(...)
  local rows, whole, err, code = self:read(exchange, from)
  return { rows = rows, whole = whole, err = err, code = code, exchange = exchange,
    status = exchange.status,
           envelope = whole and from:envelope() or nil }
end

--- Opens and reads what has to end with this code and say this.
function Fetch:fails(code, text, ...)
  local got = self:get(...)
  assert.are.equal(code, got.code)
  assert.is_truthy(got.err:find(text, 1, true), got.err)
  return got
end

--- Pulls an exchange to its end, which has to be this failure.
function Fetch.told(_, exchange, expected, text)
  local more, err, code
  repeat more, err, code = exchange:pull() until not more
  assert.are.equal(expected, code)
  assert.is_truthy(err:find(text, 1, true), err)
end

--- Connections accepted by the peer so far. Asked over a host of its own, which is closed again;
-- `script` comes first.
function Fetch:connections(script)
  local kept = self.host
  self.host = curl_host.new()
  local n = self:get((script or "") .. steps.count).envelope.accepted
  self.host:close()
  self.host = kept
  return n
end

--- Returns once the peer has no connection left but the one that asks. If one is leaked, this ends
-- by its time limit.
function Fetch:alone()
  return self:connections(steps.alone) > 0
end

return M
