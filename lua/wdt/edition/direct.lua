--- The usual route: the API's own gateway. All of it is as the edition says. The face of a route:
-- `wdt.edition`.
-- @module wdt.edition.direct
local setmetatable = setmetatable

local function same(entry) return entry end

--- @tparam table edition
-- @treturn table a route
return function(edition)
  return setmetatable({ NAME = "direct", TITLE = { en = "its own gateway", zh = "自有接口" },
    FIRST_PAGE = 0, entry = same }, { __index = edition })
end
