--- Rows into databases as tables: the sinks against a hand-written program
-- (spec/bench/sinks/peer.c) for the same rows, tables and indexes, taken in turns.
--
--     sh spec/bench/sinks.sh [ROWS [ROUNDS [DATABASE]]]
--
-- Prints medians of rows a second and of the client's CPU a row. The peer is given rows that are
-- taken apart already; the sink takes them as the JSON that came.
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

-- Returns what the tables hold, as the peer takes it.
local function write_cells(db, path)
  local out, heads = {}, {}
  local rows = {}
  for k, name in ipairs{ "stockouts", "stockouts_details_list" } do
    local names = {}
    for _, column in ipairs(db.all(("SELECT column_name AS name FROM _wdt_columns WHERE "
      .. "table_name = '%s'"):format(name))) do
      names[#names + 1] = column.name
    end
    local first = k == 1 and { "_account", "stockout_id" } or { "_account", "_stockout_id" }
    local has = { [first[1]] = true, [first[2]] = true }
    for _, column in ipairs(names) do
      if not has[column] then first[#first + 1] = column end
    end
    heads[k] = table.concat(first, "\t")
    for _, row in ipairs(db.all(("SELECT * FROM %s ORDER BY %s"):format(name,
      table.concat(first, ", ", 1, 2)))) do
      local cells = {}
      for i, column in ipairs(first) do cells[i] = cell(row[column]) end
      local id = row[first[2]]
      rows[id] = rows[id] or {}
      table.insert(rows[id], (k == 1 and "R\t" or "L\t") .. table.concat(cells, "\t"))
    end
  end
  for _, lines in pairs(rows) do out[#out + 1] = table.concat(lines, "\n") end
  shell.write(path, table.concat(heads, "\n") .. "\n" .. table.concat(out, "\n") .. "\n")
end

local n, rounds, only = tonumber(arg[1]) or 6000, tonumber(arg[2]) or 5, arg[3]
local folder, root = shell.folder(), shell.root

local function build(name, more)
  local program = folder .. "/peer-" .. name
  shell.must(("gcc -O2 -DPEER_%s -o %s %s/spec/bench/sinks/peer.c %s 2>&1"):format(
    name:upper(), program, shell.quote(root), more))
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

-- One database: medians of ours and of the peer.
local function compare(name)
  local db = databases[name](folder)
  local list, peer = documents(n), build(name, LIBRARIES[name])
  copy(db.target, list)
  write_cells(db, folder .. "/cells")
  local address = name == "sqlite" and db.target:match ":(.*)$"
    or name == "postgres" and shell.quote(db.target:match ":(.*)$")
    or db.target:gsub("^mysql://erp@([^:]+):(%d+)/erp$", "%1 %2")
  local times = { ours = {}, peer = {} }
  for _ = 1, rounds do
    for _, which in ipairs{ "peer", "ours" } do
      for _, table_name in ipairs{ "stockouts_details_list", "stockouts" } do
        db.run("DELETE FROM " .. table_name)
      end
      if name ~= "mysql" then db.run "VACUUM" end
      local line = which == "peer" and ("%s %s/cells %s"):format(peer, folder, address)
        or ("%s %s/spec/bench/sinks.lua copy %s %d"):format(shell.lua, shell.quote(root),
          shell.quote(db.target), n)
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
print(("%-10s %12s %12s %8s %14s %14s"):format("", "rows/s", "peer's", "ratio", "us of CPU a row",
  "peer's"))
for _, name in ipairs{ "sqlite", "postgres", "mysql" } do
  if not only or only == name then
    local times = compare(name)
    local ours, peer = median(times.ours, 1), median(times.peer, 1)
    print(("%-10s %12.0f %12.0f %8.2f %14.1f %14.1f"):format(name, n / ours, n / peer, peer / ours,
      median(times.ours, 2) / n * 1e6, median(times.peer, 2) / n * 1e6))
  end
end
shell.must("rm -rf " .. shell.quote(folder))
