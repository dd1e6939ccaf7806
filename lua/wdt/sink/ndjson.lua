--- `ndjson:FOLDER`: files of one row a line, as the gateway sent it.
-- @module wdt.sink.ndjson
local files = require "wdt.sink.files"

local M = { form = "ndjson:FOLDER", as = "json", keyless = true, ending = "\n" }

--- See `wdt.sink.files`.
function M.open(folder, options)
  return files.open(M, folder, options)
end

return M
