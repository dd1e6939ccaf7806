-- A run of wdt.sqlite for the allocation sweep (allocation.c): everything it does, once. SQLite's
-- own memory is not Lua's: here it is lost only where a statement or a database is, which the
-- sanitizer sees.
local core, sqlite = require "wdt.core", require "wdt.sqlite"

local layer = core.laying{ yes = "1", no = "0", modified = "at", version_at = 3, tables = {
  { width = 5, own = 2, fields = { { "id", "int", 2 }, { "at", "text", 3 }, { "no", "text", 4 },
    { "paid", "decimal", 5 } } } } }
layer:reset("me", "now")
local rows = {}
for i = 1, 3 do
  rows[i] = layer:put('{"id":' .. i .. ',"at":"v","no":"\\u65fa","paid":"' .. i .. '.50"}')
end
rows[4] = layer:put '{"id":9223372036854775807,"at":"v"}'

local db = assert(sqlite.connect ":memory:")
assert(db:execute "CREATE TABLE o (a TEXT, id BIGINT PRIMARY KEY, at TEXT, no TEXT, paid DECIMAL)")
assert(db:begin())
local INSERT = "INSERT INTO o VALUES (?, ?, ?, ?, ?)"
assert(db:put(INSERT, layer, 1, rows) == 4)
assert(db:commit())
assert(db:begin())
local n, err = db:put(INSERT, layer, 1, { 1 })
assert(n == nil and err:find("UNIQUE", 1, true))
assert(db:rollback())
assert(db:execute "no statement" == nil)
local cursor = assert(db:execute "SELECT id, no, paid FROM o ORDER BY o.id")
local row, seen = cursor:fetch({}, "n"), 0
while row do
  seen = seen + 1
  if seen == 4 then
    assert(("%d"):format(row[1]) == "9223372036854775807" and row[2] == nil)
  else
    assert(row[1] == seen and row[2] == "旺" and row[3] == seen + 0.5)
  end
  row = cursor:fetch({}, "n")
end
assert(seen == 4)
cursor:close()
assert(sqlite.connect "/proc/nowhere/db" == nil)
local left = assert(db:execute "SELECT 1") -- for the collector
assert(left:fetch() == 1)
layer:close()
db:close()
