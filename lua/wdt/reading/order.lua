--- The order in which the server sorts: promised by its documentation, or observed.
--
-- No document says in which order most methods' rows come, so it is learnt. A page whose times
-- never fall looks sorted by time, but so does a page sorted by id when ids happen to grow with
-- time. The two are told apart by pairs of neighbours with different times: sorted by id, their ids
-- all go one way; once they have gone both ways while the times of enough neighbours went one way,
-- the server seems to sort by time. One page that contradicts an order rules it out for good.
--
-- An order that was only observed may still be another one: rows sorted by their creation look
-- sorted by time as long as no late one shows. So it is followed only where every total stays what
-- it was (wdt.reading.seek), and each time that one does not, it is left alone for a longer while.
-- @module wdt.reading.order
local setmetatable, tonumber, min = setmetatable, tonumber, math.min

-- Neighbours that differ and must agree: by chance, one shuffled page in 20,000 does.
local ENOUGH = 7

-- Windows that are read without following after the first failure, how that grows with each, and
-- the most.
local PAUSE, GROWTH, LONGEST = 4, 4, 256

local Run = {}
Run.__index = Run

--- The value of the next row; nil tells nothing.
-- @tparam ?number value
-- @treturn boolean it is another value than the row before had
function Run:see(value)
  local last = self.last
  self.last = value or last
  if value == nil or last == nil or value == last then return false end
  if value > last then self.rises = self.rises + 1 else self.falls = self.falls + 1 end
  return true
end

--- Counts what another run has seen.
-- @tparam Run other
function Run:add(other)
  self.rises, self.falls = self.rises + other.rises, self.falls + other.falls
end

--- Which way the values go.
-- @treturn ?string `"asc"`, `"desc"`, or `"none"` (both ways); nil where neighbours that differ are
-- too few to tell
function Run:goes()
  if self.rises > 0 and self.falls > 0 then return "none" end
  if self.rises + self.falls < ENOUGH then return nil end
  return self.rises > 0 and "asc" or "desc"
end

local Page = {}
Page.__index = Page

--- A row of the page, in the order sent. Its id is compared where the time differs.
-- @param id the row's identity
-- @tparam ?number time epoch seconds of the window's clock
function Page:row(id, time)
  id = tonumber(id)
  if time == nil then self.timeless = true end -- nothing can be said of such rows
  if self.times:see(time) then
    self.ids:see(id)
  else
    self.ids.last = id or self.ids.last
  end
end

--- The direction in which the page's times go, and hardly by chance.
-- @treturn ?string `"asc"`, `"desc"`, or `"none"`
function Page:runs()
  return not self.timeless and self.times:goes() or nil
end

local Order = {}
Order.__index = Order

--- A complete page is remembered for what it shows.
-- @tparam Page page
function Order:learn(page)
  if self.documented or self.state == "none" then return end
  local times, ids = self.times, self.ids
  times:add(page.times)
  ids:add(page.ids)
  local way = times:goes()
  if page.timeless or way == "none" then
    self.state = "none"
  elseif way and ids:goes() == "none" and ids.rises + ids.falls >= ENOUGH then
    self.state = way
  end
end

--- True if a page runs in the order that is believed in.
-- @tparam Page page
-- @treturn boolean
function Order:conforms(page)
  if page.timeless then return false end
  return self.state == "asc" and page.times.falls == 0
    or self.state == "desc" and page.times.rises == 0
end

--- A page has broken the order: it is not believed again.
function Order:rule_out()
  self.state = "none"
end

--- A window begins. True if an observed order may be followed in it.
-- @treturn boolean
function Order:may_try()
  self.pause = self.pause - 1
  return self.pause < 0
end

--- Following an observed order has failed: some windows are read without.
function Order:give_way()
  self.pause, self.longer = self.longer, min(self.longer * GROWTH, LONGEST)
end

local M = {}

--- Returns what is seen of one property of rows, in the order sent: `rises` and `falls` between
-- neighbours.
-- @treturn Run
function M.run()
  return setmetatable({ rises = 0, falls = 0 }, Run)
end

--- Returns what all windows of a reading believe of the order: `state` is `"unknown"`, `"asc"`,
-- `"desc"` or `"none"`.
-- @tparam ?string documented `"asc"` or `"desc"` where the server's documentation promises it
-- @treturn Order
function M.new(documented)
  return setmetatable({ state = documented or "unknown", documented = documented ~= nil,
    times = M.run(), ids = M.run(), pause = 0, longer = PAUSE }, Order)
end

--- Returns what is seen of one page. Several windows may be read side by side, so this is each
-- one's own.
-- @treturn Page
function M.page()
  return setmetatable({ times = M.run(), ids = M.run(), timeless = false }, Page)
end

return M
