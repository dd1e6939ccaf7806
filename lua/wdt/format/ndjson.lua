--- One row a line, by default the bytes that the gateway sent.
-- @module wdt.format.ndjson
local json = require "wdt.json"
local setmetatable = setmetatable

local Ndjson = {}
Ndjson.__index = Ndjson

local M = { raw = true }

--- @tparam table o `write`, `raw` (whether rows come as bytes)
function M.new(o)
  return setmetatable({ write = o.write, raw = o.raw }, Ndjson)
end

function Ndjson:row(row)
  self.write(self.raw and row or json.encode(row), "\n")
end

function Ndjson.flush() end

function Ndjson.finish() end

return M
