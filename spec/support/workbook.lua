--- Workbooks, read back by a program that shares nothing with the one that writes them: openpyxl.
local cjson = require "cjson"
local shell = require "support.shell"

local M = {}

local READ = [[
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
def cell(value):
    return value if value is None or isinstance(value, str) else {"number": repr(value)}
json.dump([[[cell(c.value) for c in row] for row in sheet.iter_rows()] for sheet in book],
    sys.stdout)
]]

--- Reads a workbook.
-- @tparam string path
-- @treturn {{{string|table}}} the rows of each sheet: texts, and numbers as `{ number = "12.5" }`;
-- cjson.null for an empty cell
function M.read(path)
  return cjson.decode(shell.must(("/usr/bin/python3 -c %s %s"):format(shell.quote(READ),
    shell.quote(path))))
end

return M
