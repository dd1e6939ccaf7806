--- Rows as a page shows them: the few columns that a person looks at first, with their titles.
-- @module wdt.serve.preview
local fields = require "wdt.format.fields"
local json = require "wdt.json"
local ipairs, setmetatable = ipairs, setmetatable

local Preview = {}
Preview.__index = Preview

local M = {}

--- @tparam table o as a format of `wdt.format` takes it
-- @treturn Preview
function M.new(o)
  o.preview = true
  return setmetatable({ o = o, fields = fields.new(o) }, Preview)
end

function Preview:row(row)
  self.fields:see(row)
  for _, cells in ipairs(self.fields:lines(row)) do
    self.o.write(self.any and "," or "", json.encode(json.list(cells)))
    self.any = true
  end
end

function Preview:finish()
  if not self.fields.columns then self.fields:see{} end
  self.o.write('],"titles":', json.encode(json.list(self.fields:titles(self.o.header))))
end

return M
