--- Which route shows a row. The API's own gateways hide what belongs to Taobao's shops; Qimen,
-- which is Taobao's, is promised to show nothing else. A few rows come by both (facts on Qimen
-- §1).
-- @module wdt.sandbox.world.routes
local random = require "wdt.sandbox.random"
local floor, ipairs = math.floor, ipairs

local M = {
  --- The shops of Taobao's platforms.
  SHOPS = { "tm_flagship", "tb_outlet" },
}

-- The shop of a row that is none of theirs after all.
local OTHER = "jd_self"

local TAOBAO, SHOP, BOTH = 7000000, 7500000, 8000000 -- streams of draws

--- Sorts a row, or a kind of rows, into the part of a route.
-- @tparam table o `seed`; `taobao`, `both`: the world's shares
-- @tparam integer n the row's number
-- @tparam string shop that it has otherwise
-- @treturn boolean whether a Taobao shop has it
-- @treturn boolean whether every route shows it
-- @treturn string its shop
function M.sort(o, n, shop)
  if (o.taobao or 0) == 0 then return false, false, shop end
  local both = random.fraction(o.seed, BOTH + n) < (o.both or 0)
  if random.fraction(o.seed, TAOBAO + n) >= o.taobao then
    for _, theirs in ipairs(M.SHOPS) do
      if shop == theirs then shop = OTHER end
    end
    return false, both, shop
  end
  return true, both, M.SHOPS[floor(random.fraction(o.seed, SHOP + n) * #M.SHOPS) + 1]
end

--- True if a route shows such a row.
-- @tparam ?string route `"direct"` or `"qimen"`; nil: all there is
-- @tparam boolean taobao
-- @tparam boolean both
-- @treturn boolean
function M.shows(route, taobao, both)
  return route == nil or both or (taobao or false) == (route == "qimen")
end

return M
