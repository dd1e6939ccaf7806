--- A workbook for the web service: its cells go into a file, out of which a thread of nginx's pool
-- makes it. libxlsxwriter writes all of a workbook when it is closed, which takes seconds for many
-- rows, and no worker waits for that.
-- @module wdt.serve.workbook
local ngx = require "ngx"
local concat, io, setmetatable, tostring, type = table.concat, io, setmetatable, tostring, type

local Book = {}
Book.__index = Book

local M = {}

--- Begins one, as `wdt.format.xlsx` takes it.
-- @tparam string spool where its cells stand meanwhile; the caller removes it
-- @tparam string path of the workbook
-- @tparam {string} titles
-- @treturn ?Book
-- @treturn ?string what is wrong
function M.new(spool, path, titles)
  local file, err = io.open(spool, "wb")
  if not file then return nil, err end
  return setmetatable({ file = file, spool = spool, path = path, titles = titles }, Book)
end

--- Adds a row: of each cell its kind and length in a line, then its bytes.
-- @tparam table cells texts, numbers, and nil for an empty one
-- @tparam integer n how many
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function Book:row(cells, n)
  local parts = { ("row %d\n"):format(n) }
  for i = 1, n do
    local cell = cells[i]
    local kind = type(cell) == "number" and "number" or cell == nil and "empty" or "text"
    local text = kind == "number" and ("%.17g"):format(cell) or cell or ""
    parts[#parts + 1] = ("%s %d\n"):format(kind, #text) .. text
  end
  return self.file:write(concat(parts))
end

--- Has the workbook written.
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function Book:close()
  local closed, err = self.file:close()
  if not closed then return nil, err end
  local fine, ok, why = ngx.run_worker_thread("wdt", "wdt.serve.workbook_file", "write", self.spool,
    self.path, self.titles)
  if not fine then return nil, tostring(ok) end
  return ok, why
end

return M
