--- `ndjson:FOLDER`: files of one row a line, as the gateway sent it.
-- @module wdt.sink.ndjson
local files = require "wdt.sink.files"

local M = { form = "ndjson:FOLDER", as = "json", keyless = true }

local function line_of(document)
  return document .. "\n"
end

--- See `wdt.sink.files`.
function M.open(folder, options)
  return files.open(M, folder, options, line_of)
end

return M
