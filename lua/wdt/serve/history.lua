--- The history of accounts, of points in a file for each day. It is read in a thread of nginx's
-- pool, where there is no nginx: the days of many accounts are many lines.
-- @module wdt.serve.history
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local json = require "wdt.json"
local floor, io, ipairs, max, os, pcall = math.floor, io, ipairs, math.max, os, pcall

local M = {}

--- Names of what is added up between two points.
M.SUMS = { "calls", "failures", "waited" }

-- Seconds for which points are kept.
local KEPT = 31 * 86400

local function file_of(folder, second)
  return ("%s/history-%s"):format(folder, beijing.format(second):sub(1, 10))
end

--- Writes points, and forgets the oldest day.
-- @tparam string folder
-- @tparam integer now epoch seconds
-- @tparam string lines JSON of each point, a line each
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function M.add(folder, now, lines)
  local file, err = io.open(file_of(folder, now), "a")
  if not file then return nil, err end
  local written, why = file:write(lines)
  local closed, problem = file:close()
  os.remove(file_of(folder, now - KEPT))
  if not written or not closed then return nil, why or problem end
  return true
end

-- Visits the points of an account on a day.
local function each_point(path, account, visit)
  local file = io.open(path, "r")
  if not file then return end
  local mark = '"account":' .. json.encode(account)
  for line in file:lines() do
    -- the last one of a machine that fell may be half there
    local fine, point = pcall(cjson.decode, line:find(mark, 1, true) and line or "")
    if fine and point.account == account then
      point.account = nil
      visit(point)
    end
  end
  file:close()
end

--- Reads the history of an account.
-- @tparam string folder
-- @tparam string account
-- @tparam integer now epoch seconds
-- @tparam integer days how many, up to today's
-- @tparam integer most points; neighbours are added up where there are more
-- @treturn {table} `t` (epoch seconds), `calls`, `failures`, `waited`, `rows`, `lag`, oldest first
function M.read(folder, account, now, days, most)
  local points = {}
  for back = days - 1, 0, -1 do
    each_point(file_of(folder, now - back * 86400), account, function(point)
      points[#points + 1] = point
    end)
  end
  local step = floor(#points / most) + 1
  local list = {}
  for i, point in ipairs(points) do
    local into = list[floor((i - 1) / step) + 1]
    if into then
      for _, name in ipairs(M.SUMS) do into[name] = into[name] + point[name] end
      into.t, into.rows, into.lag = point.t, point.rows, max(into.lag or 0, point.lag or 0)
    else
      list[#list + 1] = point
    end
  end
  return list
end

return M
