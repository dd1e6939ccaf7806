--- What the rows of pages tell about the order in which the server sorts.
--
-- No document says in which order rows come, so it is learnt. A page whose times never fall looks sorted by time, but so
-- does a page sorted by id when ids happen to grow with time. The two are told apart by pairs of neighbours with different
-- times: sorted by id, their ids all go one way; once they have gone both ways while the times went one way, the server
-- sorts by time. One page that contradicts an order rules it out for good.
-- @module wdt.reading.order
local setmetatable, tonumber = setmetatable, tonumber

local Order = {}
Order.__index = Order

--- A page begins (or begins again).
function Order:page()
  self.rises, self.falls = false, false -- of time, within this page
  self.up, self.down = false, false     -- of the id, where the time differs
  self.last_id, self.last_time = nil, nil
end

--- A row of the page, in the order sent.
-- @param id the row's identity
-- @tparam ?number time epoch seconds of the window's clock
function Order:row(id, time)
  id = tonumber(id)
  local last_id, last_time = self.last_id, self.last_time
  if time == nil or id == nil then
    self.rises, self.falls = true, true -- nothing can be said of such rows
  elseif last_time ~= nil and time ~= last_time then
    if time > last_time then self.rises = true else self.falls = true end
    if id > last_id then self.up = true else self.down = true end
  end
  self.last_id, self.last_time = id or last_id, time or last_time
end

--- The page is complete: what it shows is remembered.
function Order:learn()
  if self.documented then return end
  if self.rises and self.falls then
    self.state = "none"
  elseif self.state == "unknown" and self.up and self.down then
    self.state = self.rises and "asc" or "desc"
  elseif self.state == "asc" and self.falls or self.state == "desc" and self.rises then
    self.state = "none"
  end
end

--- Whether this page runs in the order that is believed in.
-- @treturn boolean
function Order:conforms()
  return self.state == "asc" and not self.falls or self.state == "desc" and not self.rises
end

local M = {}

--- @tparam ?string documented `"asc"` or `"desc"` where the server's documentation promises it
function M.new(documented)
  local order = setmetatable({ state = documented or "unknown", documented = documented ~= nil }, Order)
  order:page()
  return order
end

return M
