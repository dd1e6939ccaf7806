--- Holds a report against SQL that was written for itself (`support.report_sql`).
local assert = require "luassert"
local beijing = require "wdt.beijing"
local report_sql = require "support.report_sql"

local M = {}

local DAY = 86400

local function four_decimals(value)
  local number = tonumber(value or 0)
  return (("%.4f"):format(number + (number < 0 and -1e-9 or 1e-9)):gsub("^%-(0%.0000)$", "%1"))
end

-- Rows as sorted texts of the columns that tell: keys, and figures to four decimals.
local function lines_of(rows, one)
  local list = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for _, column in ipairs(one.columns) do
      local name, kind = column[1], column[3]
      if kind then
        cells[#cells + 1] = name .. "=" .. four_decimals(row[name])
      elseif name ~= "account" and not name:find "_name$" or name == "logistics_name" then
        cells[#cells + 1] = name .. "=" .. tostring(row[name])
      end
    end
    list[i] = table.concat(cells, " ")
  end
  table.sort(list)
  return list
end

-- The last day of a copy less 30, as a text.
local function since(db)
  local last = db.all "SELECT MAX(consign_time) AS t FROM stockouts WHERE status >= 95"[1].t
  return beijing.format(beijing.parse(last:sub(1, 10) .. " 00:00:00") - 30 * DAY):sub(1, 10)
end

--- Asserts that a report and that SQL tell the same.
-- @tparam table db of `support.databases`
-- @tparam string dialect
-- @tparam string edition whose names the tables bear
-- @tparam Reports reports
-- @tparam table one a report, as `wdt.report.names` has it
-- @treturn integer rows
function M.check(db, dialect, edition, reports, one)
  assert(reports:make(one.name))
  local rows = {}
  for row in assert(reports:rows(one.name)) do rows[#rows + 1] = row end
  local told = db.all(report_sql.query(one.name, edition, dialect, since(db)))
  assert.same(lines_of(told, one), lines_of(rows, one))
  return #rows
end

return M
