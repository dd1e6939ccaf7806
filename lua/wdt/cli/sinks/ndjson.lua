--- `ndjson:FOLDER`: files of one row a line, as the gateway sent it.
-- @module wdt.cli.sinks.ndjson
local files = require "wdt.cli.sinks.files"

local M = { as = "json", keyless = true }

local function line_of(document)
  return document .. "\n"
end

--- See `wdt.cli.sinks.files`.
function M.open(folder, job)
  return files.open(folder, job, "ndjson", line_of)
end

return M
