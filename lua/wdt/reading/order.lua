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

-- Neighbours with different times that must agree: by chance, one shuffled page in 20,000 does.
local ENOUGH = 7

-- Windows that are read without following after the first failure, how that grows with each, and
-- the most.
local PAUSE, GROWTH, LONGEST = 4, 4, 256

local Page = {}
Page.__index = Page

--- A row of the page, in the order sent.
-- @param id the row's identity
-- @tparam ?number time epoch seconds of the window's clock
function Page:row(id, time)
  id = tonumber(id)
  local last_id, last_time = self.last_id, self.last_time
  if time == nil then
    self.rises, self.falls = true, true -- nothing can be said of such rows
  elseif last_time ~= nil and time ~= last_time then
    if time > last_time then self.rises = true else self.falls = true end
    if id and last_id then
      self.steps = self.steps + 1
      if id > last_id then self.up = true else self.down = true end
    end
  end
  self.last_id, self.last_time = id or last_id, time or last_time
end

--- The direction in which the page's times go, and hardly by chance.
-- @treturn ?string `"asc"` or `"desc"`
function Page:runs()
  if self.rises == self.falls or self.steps < ENOUGH then return nil end
  return self.rises and "asc" or "desc"
end

local Order = {}
Order.__index = Order

--- A complete page is remembered for what it shows.
-- @tparam Page page
function Order:learn(page)
  if self.documented or self.state == "none" then return end
  self.rises, self.falls = self.rises or page.rises, self.falls or page.falls
  self.up, self.down, self.steps = self.up or page.up, self.down
    or page.down, self.steps + page.steps
  if self.rises and self.falls then
    self.state = "none"
  elseif self.up and self.down and self.steps >= ENOUGH then
    self.state = self.rises and "asc" or "desc"
  end
end

--- True if a page runs in the order that is believed in.
-- @tparam Page page
-- @treturn boolean
function Order:conforms(page)
  return self.state == "asc" and not page.falls or self.state == "desc" and not page.rises
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

--- Returns what all windows of a reading believe of the order: `state` is `"unknown"`, `"asc"`,
-- `"desc"` or `"none"`.
-- @tparam ?string documented `"asc"` or `"desc"` where the server's documentation promises it
-- @treturn Order
function M.new(documented)
  return setmetatable({ state = documented or "unknown", documented = documented ~= nil, steps = 0,
    pause = 0,
    longer = PAUSE }, Order)
end

--- Returns what is seen of one page. Several windows may be read side by side, so this is each
-- one's own. `rises`, `falls`: what time does within the page; `up`, `down`: what the id does
-- where the time differs; `steps`: how often it differs.
-- @treturn Page
function M.page()
  return setmetatable({ rises = false, falls = false, up = false, down = false, steps = 0 }, Page)
end

return M
