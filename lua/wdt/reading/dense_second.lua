--- Reads a dense second: one that holds more rows than a page and can't be cut by time.
--
-- It is cut by other parameters (shop_no, warehouse_no, status), with the values that rows of this
-- reading have shown, until each piece fits a page and so is a snapshot. Values that no row has
-- shown would be missed, and rows may come, go and move between the pieces. So everything is read
-- twice, and the total of the whole is asked for before, between and after: only if the three
-- totals are equal, and equal to the rows and to the distinct rows of both rounds, is the second
-- `conserved`. In every other case it is swept, and nothing is claimed (`none`).
--
-- Where neighbours share their boundary second, what can't be cut by time are two seconds. A server
-- that is known to include the end of a window is asked for either of them by itself first.
-- @module wdt.reading.dense_second
local map = require "wdt.map"
local proof = require "wdt.reading.proof"
local sweep = require "wdt.reading.sweep"
local setmetatable, pairs, type, tostring = setmetatable, pairs, type, tostring
local max, ceil, sort = math.max, math.ceil, table.sort

-- pieces per page that a sweep would read; beyond that cutting costs more than it proves
local MOST_PIECES = 4

local ROUNDS = 2

local DenseSecond = {}
DenseSecond.__index = DenseSecond

local function with(params, name, value)
  local copy = { [name] = value }
  map.add(copy, params)
  return copy
end

-- A number that has more digits than JSON is sure to keep goes as text, as it comes where Lua has
-- no integers.
local function sendable(value)
  if type(value) == "number" and (value >= 1e14 or value <= -1e14) then return tostring(value) end
  return value
end

-- A field may hold numbers and texts.
local function by_text(a, b) return tostring(a) < tostring(b) end

-- Replaces a piece by one piece for each second, where it has two, or for each value of the next
-- parameter.
function DenseSecond:split(piece)
  local todo = self.todo
  if self.closed and piece.start < piece.stop and self.total < 2 * self.pages.size then
    for second = piece.start, piece.stop do
      todo[#todo + 1] = { start = second, stop = second, params = piece.params,
        depth = piece.depth }
    end
    return true
  end
  local depth = piece.depth + 1
  local cut, values = self.cuts[depth], {}
  for value in pairs(cut and self.learnt[cut.field] or {}) do values[#values + 1] = value end
  sort(values, by_text) -- the same run for the same rows
  for i = 1, #values do
    todo[#todo + 1] = { start = piece.start, stop = piece.stop,
      params = with(piece.params, cut.param, sendable(values[i])),
      depth = depth }
  end
  return #values > 0 and #todo <= self.most
end

function DenseSecond:whole()
  return { start = self.start, stop = self.stop, params = self.params, depth = 0 }
end

-- Begins to read all pieces.
function DenseSecond:begin_round()
  self.rounds, self.received, self.distinct, self.ids = self.rounds + 1, 0, 0, {}
  -- copies are counted in one piece
  if self.copies or not self:split(self:whole()) then self:give_up() end
end

function DenseSecond:give_up()
  self.inner = sweep.new{ start = self.start, stop = self.stop, overlap = self.overlap,
    params = self.params,
    pages = self.pages, seen = self.seen, copies = self.copies }
end

function DenseSecond:ask()
  if self.inner then return self.inner:ask() end
  if self.certificate then return nil end
  self:again()
  local piece = self.todo[#self.todo] or self:whole()
  return { start = piece.start, stop = piece.stop, page_no = 0, page_size = self.pages.asked,
    params = piece.params }
end

function DenseSecond:again()
  if self.inner then return self.inner:again() end
  self.rows, self.twice, self.shown, self.turn = 0, 0, {}, self.seen:turn()
end

function DenseSecond:row(id, modified, time)
  if self.inner then return self.inner:row(id, modified, time) end
  self.rows = self.rows + 1
  self.shown[self.rows] = tostring(id)
  local fresh, twice = self.seen:fresh(id, modified, time, self.turn)
  if twice then self.twice = self.twice + 1 end
  return fresh
end

-- A piece is a snapshot: counts its rows into the round.
function DenseSecond:count()
  self.received = self.received + self.rows
  for i = 1, self.rows do
    local id = self.shown[i]
    if not self.ids[id] then self.ids[id], self.distinct = true, self.distinct + 1 end
  end
end

-- All pieces of a round have been read, and the total of the whole has been asked for again.
function DenseSecond:judge(total)
  if total ~= self.total or not proof.agrees(self.received, self.distinct, total) then
    return self:give_up() end
  if self.rounds < ROUNDS then return self:begin_round() end
  self.certificate = "conserved"
end

function DenseSecond:page(total)
  if self.inner then
    self.inner:page(total)
    self.certificate = self.inner.certificate and "none"
    return
  end
  local todo = self.todo
  local piece = todo[#todo]
  if piece == nil then return self:judge(total) end
  local verdict = self.pages:judge(self.rows, self.rows - self.twice, total)
  if verdict == "odd" and self.pages:again(self.tries) then
    self.tries = self.tries + 1
    return
  end
  self.tries, todo[#todo] = 0, nil
  if verdict == "whole" then
    self:count()
  elseif verdict == "odd" or not self:split(piece) then
    self:give_up()
  end
end

local M = {}

--- @tparam table w `{ start, stop, overlap, closed, params, pages, seen, cuts, learnt, total }`:
-- the second, the parameters it may be cut by, the values that their fields were seen to have, and
-- the total that page 0 told
-- @treturn DenseSecond
function M.new(w)
  local self = setmetatable({ start = w.start, stop = w.stop, overlap = w.overlap,
    closed = w.closed,
    params = w.params or {},
    pages = w.pages, seen = w.seen, cuts = w.cuts, learnt = w.learnt, total = w.total, todo = {},
    rows = 0, twice = 0,
    tries = 0, rounds = 0, copies = w.copies, most =
      max(20, MOST_PIECES * ceil((w.total or 0) / w.pages.size)) }, DenseSecond)
  self:begin_round()
  return self
end

return M
