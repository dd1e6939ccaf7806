-- A copy of all shipped stockouts in SQLite, as documents: run it every minute, or let it follow. Needs LuaSQL (Debian:
-- lua-sql-sqlite3). Killed at any moment, nothing is lost: what was read twice is written twice, under the same key.
--
--   lua5.4 sync_sqlite.lua [DATABASE FIRST-SECOND [follow]]      e.g. shipped.db "2026-01-01 00:00:00"
local luasql = require "luasql.sqlite3"
local wdt = require "wdt"

local path, from, follow = arg[1] or "shipped.db", arg[2] or "2026-11-01 00:00:00", arg[3] == "follow"

local db = assert(luasql.sqlite3():connect(path))

assert(db:execute "PRAGMA busy_timeout = 10000"):close() -- whoever reads it meanwhile makes this wait, not fail
assert(db:execute "CREATE TABLE IF NOT EXISTS stockout (stockout_id TEXT PRIMARY KEY, modified TEXT, document TEXT)")
assert(db:setautocommit(false))

-- The identity is stockout_id (the number changes when an order is audited again, seed E §1.5); an older version never
-- replaces a newer one. SQLite takes the row's own JSON apart.
local UPSERT = [[
  INSERT INTO stockout
  SELECT CAST(json_extract(d, '$.stockout_id') AS TEXT), json_extract(d, '$.modified'), d FROM (SELECT '%s' AS d) WHERE true
  ON CONFLICT (stockout_id) DO UPDATE SET modified = excluded.modified, document = excluded.document
  WHERE excluded.modified >= stockout.modified]]

local function upsert(document)
  local text = document:gsub("'", "''"):gsub("%%", "%%%%")
  assert(db:execute((UPSERT:gsub("%%s", text))))
end

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", query = { as = "json" }, from = from, follow = follow,
  state = wdt.state.file(path .. ".state"), revisit = { "1d", "7d", "30d" }, audit = true })

for window in job:windows() do
  for document in window:rows() do upsert(document) end -- 1. the rows are written,
  assert(db:commit())                                   -- 2. the database has them for good,
  assert(window:commit())                               -- 3. the window is done.
end

local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
db:close()
