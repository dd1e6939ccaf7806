--- Describes what a reading can't show: rows that the API keeps back from a route, whatever is
-- asked. The catalogue names them for each method (`hides`); here stands what the names mean, and
-- what to do.
-- @module wdt.edition.blind
local catalog = require "wdt.catalog"
local pairs, ipairs = pairs, ipairs

local M = {}

-- By name; `shown_by`: the route that shows them, nil where none does. Source: facts on Qimen §1,
-- and the vendor's pages.
local KINDS = {
  taobao = { shown_by = "qimen", en = "Taobao-family orders", zh = "淘系订单",
    advice = { en = "apply for Qimen (奇门), and read by both routes",
      zh = "请申请奇门接口，并同时经两条通道读取" } },
  supply = { shown_by = "qimen", en = "system-supply orders", zh = "系统供销订单",
    advice = { en = "apply for Qimen (奇门), and read by both routes",
      zh = "请申请奇门接口，并同时经两条通道读取" } },
  pinduoduo = { en = "Pinduoduo orders", zh = "拼多多订单",
    advice = { en = "read them from Pinduoduo's own platform", zh = "请直接对接拼多多开放平台" } },
  -- no document tells whether Qimen shows them
  others = { shown_by = "direct", en = "perhaps orders of other platforms",
    zh = "可能还有其他平台的订单",
    advice = { en = "read by both routes", zh = "请同时经两条通道读取" } },
}

-- The order in which people are told of them.
local ORDER = { "taobao", "supply", "pinduoduo", "others" }

--- Returns what is hidden, as people are told it.
-- @tparam {string...} names as `of` has them, or a state kept them
-- @treturn {table...} `{ name, en, zh, advice = { en, zh } }`, without names that are not known
function M.describe(names)
  local list, wanted = {}, {}
  for _, name in ipairs(names) do wanted[name] = true end
  for _, name in ipairs(ORDER) do
    local kind = KINDS[name]
    if wanted[name] then
      list[#list + 1] = { name = name, en = kind.en, zh = kind.zh,
        advice = { en = kind.advice.en, zh = kind.advice.zh } }
    end
  end
  return list
end

--- The names of what methods hide from all of these routes.
-- @tparam string edition
-- @tparam {string...} methods
-- @tparam {string...} routes in use
-- @treturn {string...}
function M.of(edition, methods, routes)
  local hidden, used, names = {}, {}, {}
  for _, route in ipairs(routes) do used[route] = true end
  for _, method in ipairs(methods) do
    local entry = catalog[edition][method]
    for name in pairs(entry and entry.hides or {}) do hidden[name], hidden.others = true, true end
  end
  for _, name in ipairs(ORDER) do
    local route = KINDS[name].shown_by
    if hidden[name] and not (route and used[route]) then names[#names + 1] = name end
  end
  return names
end

return M
