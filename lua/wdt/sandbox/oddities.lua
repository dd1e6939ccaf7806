--- Odd ways to answer that production servers have shown: answers that look like success and are
-- not what they seem.
--
-- | oddity | |
-- | --- | --- |
-- | `short`, `empty` | probability that a page with rows comes with fewer, or with none |
-- | `crowded` | seconds that a call takes; a page that is asked for meanwhile is empty |
-- | `hollow` | probability of no rows and total 0 whatever there is |
-- | `pages` | pages after so many are empty |
-- | `joined` | probability that a row comes twice, in this page and in the total |
-- | `apart` | seconds between the statement that counts and the one that takes the rows |
-- | `turns` | probability that a page is sorted in another order |
-- | `total` | `"own"`: the page's rows; `"capped"` at the page size asked for; `"zero"`;
-- `"negative"`; `"more"`, `"less"` by one; `"stale"` |
-- | `offset` | `"asked"`: offsets count by the page size asked for, also where pages are capped |
-- | `fraction` | true: every other row stands half a second later than it shows |
-- | `collation` | true: shops that differ in capitals only are one where they are asked for |
-- | `ahead` | probability that `Date` is ahead, by a minute to a day |
-- | `undated` | true: answers have no `Date` |
-- | `milliseconds` | probability that an answer spells `modified` in epoch milliseconds |
-- @module wdt.sandbox.oddities
local beijing = require "wdt.beijing"
local map = require "wdt.map"
local ipairs = ipairs
local min, remove, insert = math.min, table.remove, table.insert

local M = {}

local ORDERS = { "id_asc", "id_desc", "time_asc", "time_desc" }

local TOTALS = {
  own = function(_, rows) return #rows end,
  capped = function(count, _, size) return min(count, size) end,
  zero = function() return 0 end,
  negative = function() return -1 end,
  more = function(count) return count + 1 end,
  less = function(count) return count - 1 end,
  stale = function(count, _, _, state)
    local before = state.before or count
    state.before = count
    return before
  end,
}

local function copy_of(rows)
  local list = {}
  for i = 1, #rows do list[i] = rows[i] end
  return list
end

-- A page of the rows that match as this server compares them.
local function compared(odd, world, filter)
  local all, rows, count = {}, {}, 0
  map.add(all, filter)
  all.offset, all.limit = 0, nil
  local shop = odd.collation and filter.shop_no
  if shop then all.shop_no = nil end
  for _, row in ipairs((world:page(all))) do
    local later = odd.fraction and row.id % 2 == 1 and filter.clock
      and row[filter.clock] == filter.to
    if not later and (not shop or row.shop_no:lower() == shop:lower()) then
      count = count + 1
      if count > filter.offset and #rows < filter.limit then rows[#rows + 1] = row end
    end
  end
  return rows, count
end

local function page_of(odd, world, filter)
  if odd.fraction or odd.collation then return compared(odd, world, filter) end
  return world:page(filter)
end

--- The rows and total of a page, as an odd server answers.
-- @tparam table odd probabilities and kinds, as above
-- @tparam table state the server's own; empty at first
-- @tparam table world
-- @tparam table filter with `offset`, `limit`
-- @tparam table q `{ page_no, page_size }`
-- @tparam function draw
-- @tparam number now
-- @treturn table rows
-- @treturn integer total
function M.page(odd, state, world, filter, q, draw, now)
  if odd.offset == "asked" then filter.offset = q.page_no * q.page_size end
  if draw() < (odd.turns or 0) then filter.order = ORDERS[draw(#ORDERS)] end
  local rows, count = page_of(odd, world, filter)
  if odd.apart and not filter.at then
    world:advance(world.now + odd.apart)
    rows = world:page(filter)
  end
  rows = copy_of(rows)
  local u = draw()
  if u < (odd.hollow or 0) then return {}, 0 end
  if rows[1] and draw() < (odd.joined or 0) then
    insert(rows, 1, rows[1])
    count = count + 1
    if #rows > filter.limit then remove(rows) end
  end
  if odd.pages and q.page_no >= odd.pages or draw() < (odd.empty or 0) then rows = {} end
  if odd.crowded then
    if now < (state.busy_until or 0) then rows = {} end
    state.busy_until = now + odd.crowded
  end
  if draw() < (odd.short or 0) then
    for _ = 1, draw(3) do remove(rows) end
  end
  local total = TOTALS[odd.total]
  return rows, total and total(count, rows, q.page_size, state) or count
end

local function milliseconds(text)
  local second = beijing.parse(text)
  return second and '"modified":' .. ("%d000"):format(second)
end

--- Makes an answer odd that was given at a moment.
-- @tparam table odd
-- @tparam table response `{ body, headers }`, which is changed
-- @tparam function date text of `Date` for so many seconds later
-- @tparam function draw
function M.answer(odd, response, date, draw)
  local ahead, spelt = draw(), draw()
  if odd.undated then
    response.headers.Date = nil
  elseif ahead < (odd.ahead or 0) then
    response.headers.Date = date(60 + draw(86340))
  end
  if spelt < (odd.milliseconds or 0) and response.body then
    response.body = response.body:gsub('"modified": ?"(%d[^"]+)"', milliseconds)
  end
end

return M
