--- The order in which the server sorts, where its documentation promises one.
--
-- An order that was only observed proves nothing: rows sorted by their creation look sorted by time as long as no late one
-- shows, and the late one is then missed. So only a promise is believed, and only until one page breaks it.
-- @module wdt.reading.order
local setmetatable = setmetatable

local Page = {}
Page.__index = Page

--- A row of the page, in the order sent.
-- @tparam ?number time epoch seconds of the window's clock
function Page:row(time)
  local last = self.last
  if time == nil then
    self.rises, self.falls = true, true -- nothing can be said of such rows
  elseif last ~= nil and time ~= last then
    if time > last then self.rises = true else self.falls = true end
  end
  self.last = time or last
end

--- True if the page's times only rise, and do.
-- @treturn boolean
function Page:ascends()
  return self.rises and not self.falls
end

local Order = {}
Order.__index = Order

--- True if a page runs in the order that is believed in.
-- @tparam Page page
-- @treturn boolean
function Order:conforms(page)
  return self.state == "asc" and not page.falls or self.state == "desc" and not page.rises
end

--- A page has broken the promise: it is not believed again.
function Order:rule_out()
  self.state = "none"
end

local M = {}

--- What all windows of a reading believe of the order: `state` is `"asc"`, `"desc"` or `"none"`.
-- @tparam ?string documented `"asc"` or `"desc"` where the server's documentation promises it
-- @treturn Order
function M.new(documented)
  return setmetatable({ state = documented or "none" }, Order)
end

--- What is seen of one page. Several windows may be read side by side, so this is each one's own.
-- @treturn Page with `rises` and `falls`: what time does within the page
function M.page()
  return setmetatable({ rises = false, falls = false }, Page)
end

return M
