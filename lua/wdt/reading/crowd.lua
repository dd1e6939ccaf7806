--- Reads a crowded second: one that holds more rows than a page and can't be cut by time.
--
-- It is cut by other parameters (shop_no, warehouse_no, status), with the values that rows of this reading have shown, until
-- each piece fits a page and so is a snapshot. Values that no row has shown would be missed, so the whole is asked for once
-- more: only if its total is the same as before, and the same as the sum of the pieces, is the second `conserved`. In every
-- other case it is swept, and nothing is claimed (`none`).
-- @module wdt.reading.crowd
local sweep = require "wdt.reading.sweep"
local setmetatable, pairs, type, tostring = setmetatable, pairs, type, tostring
local max, ceil, sort = math.max, math.ceil, table.sort

local MOST_PIECES = 4 -- pieces per page that a sweep would read; beyond that cutting costs more than it proves

local Crowd = {}
Crowd.__index = Crowd

local function with(params, name, value)
  local copy = { [name] = value }
  for k, v in pairs(params) do copy[k] = v end
  return copy
end

-- A number that has more digits than JSON is sure to keep goes as text, as it comes where Lua has no integers.
local function sendable(value)
  if type(value) == "number" and (value >= 1e14 or value <= -1e14) then return tostring(value) end
  return value
end

-- A field may hold numbers and texts.
local function by_text(a, b) return tostring(a) < tostring(b) end

-- Replaces the piece on top by one piece for each value of the next parameter.
function Crowd:split(params, depth)
  local cut = self.cuts[depth]
  local values = {}
  for value in pairs(cut and self.learnt[cut.field] or {}) do values[#values + 1] = value end
  sort(values, by_text) -- the same run for the same rows
  for i = 1, #values do
    self.todo[#self.todo + 1] = { params = with(params, cut.param, sendable(values[i])), depth = depth }
  end
  return #values > 0 and #self.todo <= self.most
end

function Crowd:give_up()
  self.inner = sweep.new{ start = self.start, stop = self.stop, shared = self.shared, params = self.params,
    pages = self.pages, seen = self.seen }
end

function Crowd:ask()
  if self.inner then
    local ask = self.inner:ask()
    if ask == nil then self.certificate = "none" end
    return ask
  end
  if self.certificate then return nil end
  self:again()
  local piece = self.todo[#self.todo]
  return { start = self.start, stop = self.stop, page_no = 0, page_size = self.pages.asked,
    params = piece and piece.params or self.params }
end

function Crowd:again()
  if self.inner then return self.inner:again() end
  self.rows = 0
end

function Crowd:row(id, modified, time)
  if self.inner then return self.inner:row(id, modified, time) end
  self.rows = self.rows + 1
  return self.seen:fresh(id, modified, time)
end

function Crowd:page(total)
  if self.inner then return self.inner:page(total) end
  local piece = self.todo[#self.todo]
  if piece == nil then -- the whole second, once more
    if total == self.total and self.sum == total then
      self.certificate = "conserved"
    else
      self:give_up()
    end
    return
  end
  self.todo[#self.todo] = nil
  if self.rows >= total then
    self.sum = self.sum + self.rows
  elseif not self:split(piece.params, piece.depth + 1) then
    self:give_up()
  end
end

local M = {}

--- @tparam table w `{ start, stop, shared, params, pages, seen, cuts, learnt, total }`: the second, the parameters it may be
-- cut by, the values that their fields were seen to have, and the total that page 0 told
-- @treturn Crowd
function M.new(w)
  local crowd = setmetatable({ start = w.start, stop = w.stop, shared = w.shared, params = w.params or {},
    pages = w.pages, seen = w.seen, cuts = w.cuts, learnt = w.learnt, total = w.total, sum = 0, todo = {}, rows = 0,
    most = max(20, MOST_PIECES * ceil(w.total / w.pages.size)) }, Crowd)
  if not crowd:split(crowd.params, 1) then crowd:give_up() end
  return crowd
end

return M
