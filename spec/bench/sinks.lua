--- Rows into databases as tables: the sinks against a hand-written program
-- (spec/bench/sinks/peer.c) for the same rows, tables and indexes, taken in turns.
--
--     sh spec/bench/sinks.sh [ROWS [ROUNDS [DATABASE]]]
--
-- Prints medians of rows a second and of the client's CPU a row. The peer is given the rows as the
-- sink is, as JSON, which it takes apart by simdjson; and, for what the databases alone take, rows
-- that are taken apart already ("cells").
local core = require "wdt.core"
local databases = require "support.databases"
local json = require "wdt.json"
local pages = require "bench.pages"
local schema = require "wdt.schema"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local METHOD = "stockout_order_query_trade"
local ENTRY = { ids = { "stockout_id" }, modified = "modified",
  clock = { { field = "consign_time" } } }
local WINDOW = 1500

-- Orders as JSON.
local function documents(n)
  local list, decoder = {}, core.decoder{ path = "stockout_list", as = "json" }
  for seed = 1, math.ceil(n / 100) do
    decoder:reset()
    decoder:feed(pages.page(seed))
    for row in function() return (decoder:next()) end do
      if #list < n then list[#list + 1] = row end
    end
  end
  decoder:close()
  return list
end

local function monotonic()
  local file = assert(io.open "/proc/uptime") -- to 10 ms
  local text = file:read "*l"
  file:close()
  return tonumber(text:match "^[%d.]+")
end

-- Copies into a target: seconds, and seconds of CPU.
local function copy(target, list)
  local sink = assert(sink_of.open(target, { name = "stockouts", account = "bench" }))
  assert(sink:prepare{ name = "stockouts", entry = ENTRY, method = METHOD, committed = 0,
    fields = schema.methods[METHOD] })
  assert(sink:begin(0, "w"))
  local began, used, windows = monotonic(), os.clock(), 0
  for i, document in ipairs(list) do
    assert(sink:row(document))
    if i % WINDOW == 0 or i == #list then
      assert(sink:commit(0))
      windows = windows + 1
      assert(sink:begin(windows, "w"))
    end
  end
  local seconds, cpu = monotonic() - began, os.clock() - used
  sink:close()
  return seconds, cpu
end

if arg[1] == "copy" then -- in a process of its own
  print(("%.6f %.6f"):format(copy(arg[2], documents(tonumber(arg[3])))))
  return
end

local function cell(text)
  return text and (text:gsub("[\\\t\n]", { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n" }))
    or "\\N"
end

-- The columns of a table as the peer takes them, those of its key first; and their names.
local function head_of(db, name, key)
  local words, names = { "_account:text", key .. ":text" }, { "_account", key }
  for _, column in ipairs(db.all(("SELECT column_name AS name, kind FROM _wdt_columns WHERE "
    .. "table_name = '%s'"):format(name))) do
    if column.name ~= "_account" and column.name ~= key then
      names[#names + 1], words[#words + 1] = column.name, column.name .. ":" .. column.kind
    end
  end
  return table.concat(words, "\t"), names
end

local TABLES = { { "stockouts", "stockout_id" }, { "stockouts_details_list", "_stockout_id" } }

-- Writes what the peer takes: rows as JSON, and as the tables hold them.
local function write_rows(db, folder, list)
  local heads, rows, out = {}, {}, {}
  for k, one in ipairs(TABLES) do
    local head, names = head_of(db, one[1], one[2])
    heads[k] = head
    for _, row in ipairs(db.all(("SELECT * FROM %s ORDER BY %s, %s"):format(one[1], names[1],
      names[2]))) do
      local cells, id = {}, row[one[2]]
      for i, column in ipairs(names) do cells[i] = cell(row[column]) end
      rows[id] = rows[id] or {}
      table.insert(rows[id], (k == 1 and "R\t" or "L\t") .. table.concat(cells, "\t"))
    end
  end
  for _, lines in pairs(rows) do out[#out + 1] = table.concat(lines, "\n") end
  local head = table.concat(heads, "\n") .. "\n"
  shell.write(folder .. "/cells", head .. table.concat(out, "\n") .. "\n")
  shell.write(folder .. "/rows", head .. table.concat(list, "\n") .. "\n")
end

local n, rounds, only = tonumber(arg[1]) or 6000, tonumber(arg[2]) or 5, arg[3]
local folder, root = shell.folder(), shell.root

local function build(name, more)
  local program = folder .. "/peer-" .. name
  shell.must(("cd %s && gcc -O2 -DPEER_%s -c -o %s.o spec/bench/sinks/peer.c %s 2>&1 && "
    .. "g++ -O2 -o %s %s.o spec/bench/sinks/rows.cc %s -lsimdjson 2>&1"):format(shell.quote(root),
    name:upper(), program, more, program, program, more))
  return program
end

local LIBRARIES = { sqlite = "-lsqlite3", postgres = "-I/usr/include/postgresql -lpq",
  mysql = "$(mariadb_config --include --libs)" }

local function numbers(output)
  local seconds, cpu = output:match "([%d.]+) ([%d.]+)"
  return { tonumber(seconds), tonumber(cpu) }
end

local function median(list, at)
  local values = {}
  for i, one in ipairs(list) do values[i] = one[at] end
  table.sort(values)
  return values[math.floor((#values + 1) / 2)]
end

local WHICH = { "cells", "rows", "ours" }

-- One database: the times of ours and of the peer.
local function compare(name)
  local db = databases[name](folder)
  local list, peer = documents(n), build(name, LIBRARIES[name])
  copy(db.target, list)
  write_rows(db, folder, list)
  local address = name == "sqlite" and db.target:match ":(.*)$"
    or name == "postgres" and shell.quote(db.target:match ":(.*)$")
    or db.target:gsub("^mysql://erp@([^:]+):(%d+)/erp$", "%1 %2")
  local times = { cells = {}, rows = {}, ours = {} }
  for _ = 1, rounds do
    for _, which in ipairs(WHICH) do
      for _, table_name in ipairs{ "stockouts_details_list", "stockouts" } do
        db.run("DELETE FROM " .. table_name)
      end
      if name ~= "mysql" then db.run "VACUUM" end
      local line = which == "ours"
        and ("%s %s/spec/bench/sinks.lua copy %s %d"):format(shell.lua, shell.quote(root),
          shell.quote(db.target), n)
        or ("%s %s %s/%s %s"):format(peer, which, folder, which, address)
      table.insert(times[which], numbers(shell.must(line)))
      assert(tonumber(db.all "SELECT count(*) AS n FROM stockouts"[1].n) == n, which)
    end
  end
  db.stop()
  return times
end

print(("%s, %d orders of 94 fields and their lines (%s ...)"):format(
  rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION, n,
  json.encode(documents(1)[1]):sub(1, 40)))
print(("%-10s %9s %9s %6s %9s %6s %10s %8s %8s"):format("", "rows/s", "peer's", "ratio",
  "of cells", "ratio", "us CPU/row", "peer's", "of cells"))
for _, name in ipairs{ "sqlite", "postgres", "mysql" } do
  if not only or only == name then
    local times, speed, cpu = compare(name), {}, {}
    for _, which in ipairs(WHICH) do
      speed[which] = n / median(times[which], 1)
      cpu[which] = median(times[which], 2) / n * 1e6
    end
    print(("%-10s %9.0f %9.0f %6.2f %9.0f %6.2f %10.1f %8.1f %8.1f"):format(name, speed.ours,
      speed.rows, speed.ours / speed.rows, speed.cells, speed.ours / speed.cells, cpu.ours,
      cpu.rows, cpu.cells))
  end
end
shell.must("rm -rf " .. shell.quote(folder))
