--- One array, written row by row. It is closed once all rows are there: a reader never takes half
-- of it for the whole.
-- @module wdt.format.json
local json = require "wdt.json"
local setmetatable = setmetatable

local Json = {}
Json.__index = Json

local M = { raw = true }

--- @tparam table o `write`, `raw` (whether rows come as bytes), `continued` (rows are there)
function M.new(o)
  return setmetatable({ write = o.write, raw = o.raw, any = o.continued }, Json)
end

function Json:row(row)
  self.write(self.any and ",\n" or "[\n", self.raw and row or json.encode(row))
  self.any = true
end

function Json.flush() end

function Json:finish()
  self.write(self.any and "\n]\n" or "[]\n")
end

return M
