--- Runs spec/bench/one.lua or path.lua under callgrind, by the interpreter that runs this.
local shell = require "support.shell"

local format = string.format

local M = {}

--- Decodes pages and hands over what was counted from the call of one function of C to the call of
-- another.
-- @tparam table o `program`: "one" or "path"; `mode`, `passes`, `orders` a page: see there; `from`,
-- `to`: the functions, which may be one that is called twice
-- @tparam function read called with the path of callgrind's file
-- @return what `read` returns
function M.count(o, read)
  local folder = shell.folder()
  local pages, out = shell.quote(folder .. "/pages"), folder .. "/out"
  local one = format("%s spec/bench/%s.lua %s", shell.lua, o.program or "one", o.mode)
  shell.must(format("%s make %s %d", one, pages, o.orders))
  shell.must(format("valgrind --tool=callgrind --callgrind-out-file=%s --zero-before=%s "
    .. "--dump-before=%s %s %d %s %d 2>&1", shell.quote(out), o.from, o.to, one, o.passes, pages,
    o.orders))
  local results = { read(out .. (o.from == o.to and ".2" or ".1")) }
  shell.must("rm -rf " .. shell.quote(folder))
  return (rawget(_G, "unpack") or table.unpack)(results) -- luacheck: ignore 143 (5.2 and later)
end

return M
