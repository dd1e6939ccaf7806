--- `csv:FOLDER`: files that Excel opens, with Chinese text intact. Numbers of more than 15 digits are whole in the file; Excel
-- rounds them, unless their column is imported as text.
-- @module wdt.cli.sinks.csv
local files = require "wdt.cli.sinks.files"
local format = require "wdt.cli.formats.csv"
local schema = require "wdt.schema"
local ipairs, concat = ipairs, table.concat

local M = { as = "table", keyless = true }

--- See `wdt.cli.sinks.files`. The columns are the fields asked for, or all that are known: those that a row happens to have
-- would differ from file to file.
-- @tparam string folder
-- @tparam table job as for the others; and `method`, `fields`, `explode`, `header`, `refuse` (`wdt.cli.formats.csv`)
-- @treturn ?Sink
-- @return what is wrong: a text, or `{ en, zh }`
function M.open(folder, job)
  if not job.fields and not schema.methods[job.method] then
    return nil, { en = ("the fields of %s are not known: say which ones, by --fields"):format(job.method),
      zh = ("%s 的字段未知：请用 --fields 指定"):format(job.method) }
  end
  local parts = {}
  local function options(more)
    local o = { method = job.method, fields = job.fields, explode = job.explode, header = job.header, refuse = job.refuse,
      write = function(...)
        for _, piece in ipairs{ ... } do parts[#parts + 1] = piece end
      end, say = function() end }
    for name, value in pairs(more) do o[name] = value end
    return format.new(o)
  end
  local function taken()
    local text = concat(parts)
    parts = {}
    return text
  end
  options{ bom = true }:finish()
  local head, rows = taken(), options{ continued = true }
  return files.open(folder, job, "csv", function(row)
    rows:row(row)
    return taken()
  end, head)
end

return M
