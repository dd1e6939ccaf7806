--- Describes what the commands that report share: their options, and JSON for programs.
-- @module wdt.cli.report
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local options = require "wdt.cli.options"
local setmetatable = setmetatable

local M = {}

--- `--start` and `--stop`.
M.RANGE = {
  { "--start", "TIME", convert = options.moment "00:00:00", en = "first second, Beijing time",
    zh = "起始（含），北京时间" },
  { "--stop", "TIME", convert = options.moment "23:59:59", en = "last second", zh = "截止（含）" },
}

--- `--format`.
M.FORMAT = { "--format", "FORMAT", choices = { "table", "json" },
  en = "table (default), or json for programs",
  zh = "table 表格（默认），或 json 供程序读取" }

--- A list that stays a list in JSON when it is empty.
-- @tparam table list
-- @treturn table the same
function M.list(list)
  return setmetatable(list, core.array_mt)
end

--- A report for programs, which never changes with the language.
-- @tparam table found
-- @treturn string one line
function M.json(found)
  return json.encode(found) .. "\n"
end

return M
