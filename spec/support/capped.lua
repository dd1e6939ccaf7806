--- Readings of a server that caps its pages at 3 rows, and whose totals are odd as well.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local M = {}

local START = beijing.parse "2026-11-01 00:00:00"

--- Reads a world of seconds with so many rows each, some time apart.
-- @tparam string total of `wdt.sandbox.oddities`
-- @tparam {integer,...} counts
-- @tparam string how `"seek"` or `"sweep"`
-- @tparam integer lanes
-- @treturn string certificate
-- @treturn integer rows found
-- @treturn integer rows that there are
function M.read(total, counts, how, lanes)
  local box = sandbox.new{ seed = 5, now = START + 86400, order = "id_asc", page_cap = 3,
    odd = { total = total } }
  local rows, found = 0, 0
  for i, count in ipairs(counts) do
    for _ = 1, count do
      box.world:put{ modified = START + i * 40, consign_time = START + i * 40, status = 95 }
      rows = rows + 1
    end
  end
  local stream = wdt.new(box:settings "enterprise"):stockouts{ start = START,
    stop = START + 8040, status = 95, read = how, lanes = lanes, page_size = 12 }
  for _ in stream do found = found + 1 end
  return stream:progress().certificate, found, rows
end

return M
