--- Makes a workbook of the cells that `wdt.serve.workbook` has left in a file; runs in a thread of
-- nginx's pool, where there is no nginx.
-- @module wdt.serve.workbook_file
local xlsx = require "wdt.format.xlsx"
local io, os, tonumber = io, os, tonumber

local M = {}

local CUT = "the cells of the workbook are cut short"

-- The next cell: true and what it holds; or false.
local function read_cell(file)
  local kind, length = (file:read "*l" or ""):match "^(%l+) (%d+)$"
  if not kind then return false end
  length = tonumber(length)
  local text = length == 0 and "" or file:read(length)
  if not text or #text < length then return false end
  if kind == "empty" then return true, nil end
  return true, kind == "number" and tonumber(text) or text
end

-- Puts all rows into a book: true; or nil, what is wrong.
local function fill(file, book)
  for line in file:lines() do
    local n = tonumber(line:match "^row (%d+)$")
    if not n then return nil, CUT end
    local cells = {}
    for i = 1, n do
      local ok
      ok, cells[i] = read_cell(file)
      if not ok then return nil, CUT end
    end
    local ok, err = book:row(cells, n)
    if not ok then return nil, err end
  end
  return book:close()
end

--- Writes it. Where the file of cells is gone by then, its request has ended, and the workbook is
-- removed.
-- @tparam string spool
-- @tparam string path
-- @tparam {string} titles
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function M.write(spool, path, titles)
  local file, err = io.open(spool, "rb")
  if not file then return nil, err end
  local book
  book, err = xlsx.book(path, titles)
  if not book then
    file:close()
    return nil, err
  end
  local ok
  ok, err = fill(file, book)
  file:close()
  book:free()
  local still = io.open(spool, "rb")
  if not still then os.remove(path) else still:close() end
  return ok, err
end

return M
