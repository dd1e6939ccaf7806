--- Identical readings at the same time are made once, in each worker: the first one reads, and the
-- others follow its rows while it runs, each as fast as its own client takes them.
--
-- The first one's rows are kept from its first one on, up to a limit: so memory is bounded, and no
-- follower holds it up. A follower reads on its own where the first one goes beyond the limit, ends
-- early (its client goes away, its time is over), or shows no row for a while (its client is
-- slow). It then reads the whole range, and leaves out as many of each row as it has handed out:
-- its reading is proved by itself.
-- @module wdt.serve.shared
local json = require "wdt.json"
local map = require "wdt.map"
local ngx = require "ngx"
local once = require "wdt.serve.once"
local semaphore = require "ngx.semaphore"
local turns = require "wdt.nginx.turns"
local next, setmetatable, type = next, setmetatable, type

local Leader, Follower = {}, {}
Leader.__index, Follower.__index = Leader, Follower

local M = {
  --- Rows of a reading that are kept for those who follow it, of all readings of a worker together,
  -- and seconds that a follower waits for the next row.
  MOST_ROWS = 2000, MOST_KEPT = 8000, WAIT = 5,
}

-- Readings that may be followed from their first row on, by their question; and rows kept of them.
local flights, kept = {}, 0

-- ---- the first one ----

-- Wakes those who wait for rows.
local function wake(flight)
  if flight.waiting > 0 then flight.lights:post(flight.waiting) end
  flight.waiting = 0
end

-- Keeps no further row. Those who follow hold the flight, and with it its rows.
function Leader:leave()
  local flight = self.flight
  if not flight then return end
  self.flight, flight.over = nil, true
  kept = kept - flight.n
  if flights[flight.key] == flight then flights[flight.key] = nil end
  wake(flight)
end

-- Keeps what was handed out, unless that would be too much.
function Leader:keep(row, err, code)
  local flight = self.flight
  if row == nil then
    flight.ended = { err, code }
    self:leave()
  elseif flight.n >= M.MOST_ROWS or kept >= M.MOST_KEPT then
    self:leave()
  else
    flight.n, kept = flight.n + 1, kept + 1
    flight.rows[flight.n] = row
    wake(flight)
  end
end

--- As of `wdt.stream`.
function Leader:next()
  local row, err, code = self.stream:next()
  if self.flight then self:keep(row, err, code) end
  return row, err, code
end

--- As of `wdt.stream`.
function Leader:observe(told)
  self.stream:observe(told)
end

--- As of `wdt.stream`.
function Leader:progress()
  return self.stream:progress()
end

--- Idempotent.
function Leader:close()
  self:leave()
  self.stream:close()
end

-- ---- those who follow ----

-- A row as a text: equal rows are equal texts.
local function text_of(row)
  return type(row) == "string" and row or json.encode(row)
end

-- Reads on its own from now on.
function Follower:part()
  local sent, flight = {}, self.flight
  for i = 1, self.at do
    local text = text_of(flight.rows[i])
    sent[text] = (sent[text] or 0) + 1
    turns.rest()
  end
  self.sent, self.flight, self.own = sent, nil, self.open()
  self.own:observe{ page = self.on_page }
end

-- The next row of its own that it has not handed out.
function Follower:next_own()
  local row, err, code = self.own:next()
  while row ~= nil do
    local text = next(self.sent) and text_of(row)
    local times = text and self.sent[text]
    if not times then return row end
    self.sent[text] = times > 1 and times - 1 or nil
    turns.rest()
    row, err, code = self.own:next()
  end
  return nil, err, code
end

-- Waits until there is another row, or none will come. False where it takes too long.
function Follower:wait()
  local flight, stop = self.flight, ngx.now() + M.WAIT
  if self.on_page then self.on_page() end
  while self.at == flight.n and not flight.over do
    local rest = stop - ngx.now()
    if rest < once.SOONEST then return false end
    flight.waiting = flight.waiting + 1
    if not flight.lights:wait(rest) then flight.waiting = flight.waiting - 1 end
  end
  return true
end

--- As of `wdt.stream`.
function Follower:next()
  local flight = self.flight
  if flight and self.at == flight.n and not flight.over and not self:wait() then
    self:part()
    flight = nil
  end
  if flight and self.at < flight.n then
    self.at = self.at + 1
    return flight.rows[self.at]
  elseif flight and flight.ended then
    return nil, flight.ended[1], flight.ended[2]
  elseif flight then
    self:part()
  end
  return self:next_own()
end

--- As of `wdt.stream`, with `page` alone.
function Follower:observe(told)
  self.on_page = told.page
end

--- As of `wdt.stream`; the calls are the first one's.
function Follower:progress()
  if self.own then return self.own:progress() end
  local progress = map.copy(self.flight.stream:progress())
  progress.calls = 0
  -- the first one may be ahead
  if self.at < self.flight.n then progress.resume_at = self.start end
  return progress
end

--- Idempotent.
function Follower:close()
  if self.own then self.own:close() end
end

-- ---- either ----

--- Reads, or follows who reads the same.
-- @tparam string key of the question
-- @tparam ?integer start epoch seconds: where its range begins
-- @tparam function open returns a stream (`wdt.stream`), for one who reads
-- @treturn Stream with `next`, `observe`, `progress`, `close`
function M.open(key, start, open)
  local flight = flights[key]
  if flight then
    return setmetatable({ flight = flight, at = 0, start = start, open = open }, Follower)
  end
  local stream = open()
  flight = { key = key, stream = stream, rows = {}, n = 0, waiting = 0,
    lights = semaphore.new(0) }
  flights[key] = flight
  return setmetatable({ stream = stream, flight = flight }, Leader)
end

return M
