-- A copy of all shipped stockouts in PostgreSQL, as documents: run it every minute, or let it follow. Needs LuaSQL (Debian:
-- lua-sql-postgres). Killed at any moment, nothing is lost: what was read twice is written twice, under the same key.
--
--   lua5.4 sync_postgres.lua [CONNECTION STATE FIRST-SECOND [follow]]   e.g. "dbname=erp" shipped.state "2026-01-01 00:00:00"
local luasql = require "luasql.postgres"
local wdt = require "wdt"

local connection, state = arg[1] or "dbname=erp", arg[2] or "shipped-postgres.state"
local from, follow = arg[3] or "2026-11-01 00:00:00", arg[4] == "follow"

local db = assert(luasql.postgres():connect(connection))
assert(db:execute "SET client_encoding TO 'UTF8'")
assert(db:execute "SET client_min_messages TO warning")
assert(db:execute "SET standard_conforming_strings TO on")
assert(db:execute [[
  CREATE TABLE IF NOT EXISTS stockout (stockout_id bigint PRIMARY KEY, modified timestamp NOT NULL, document jsonb NOT NULL)]])
assert(db:setautocommit(false))

-- The identity is stockout_id (the number changes when an order is audited again, seed E §1.5); an older version never
-- replaces a newer one. PostgreSQL takes the row's own JSON apart; \u0000, which it can't hold, becomes a blank (behind an even
-- number of backslashes it is no escape).
local UPSERT = [[
  INSERT INTO stockout
  SELECT (d->>'stockout_id')::bigint, (d->>'modified')::timestamp, d FROM (SELECT '%s'::jsonb AS d) AS row
  ON CONFLICT (stockout_id) DO UPDATE SET modified = excluded.modified, document = excluded.document
  WHERE excluded.modified >= stockout.modified]]

local function upsert(document)
  -- LuaSQL's own escape gives up on long texts in Lua 5.1; in a standard string only the quote is special.
  local text = document:gsub("(\\+)u0000", function(b) return #b % 2 == 1 and b:sub(2) .. " " or nil end)
  text = text:gsub("'", "''"):gsub("%%", "%%%%")
  assert(db:execute((UPSERT:gsub("%%s", text))))
end

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", query = { as = "json" }, from = from, follow = follow,
  state = wdt.state.file(state), revisit = { "1d", "7d", "30d" }, audit = true })

for window in job:windows() do
  for document in window:rows() do upsert(document) end -- 1. the rows are written,
  assert(db:commit())                                   -- 2. the database has them for good,
  assert(window:commit())                               -- 3. the window is done.
end

local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
db:close()
