--- Whole jobs, by CPU: this client as a library, as a command into files, as a sync into files and
-- databases, beside peers that do the same work. `sh spec/bench/job/run.sh` runs it on both Luas.
--
-- Everybody gets the same distinct orders (about 3.8 KB each) from one nginx worker that is not
-- counted; nothing is compressed. Contestants take turns, each a process of its own, round by
-- round; printed are medians of CPU seconds for a million rows, the start of the process included,
-- and of the ratios to `curl -o /dev/null` in the same round. The databases' servers are not
-- counted.
local beijing = require "wdt.beijing"
local databases = require "support.databases"
local gateway = require "bench.transfer.gateway"
local shell = require "support.shell"
local quote, format = shell.quote, string.format

local rounds, pages = tonumber(arg[1]) or 3, tonumber(arg[2]) or 300
local only = {}
for i = 3, #arg do only[arg[i]] = true end

local here = shell.root .. "/spec/bench/job"
local start, stop = gateway.first, gateway.first + pages * 100 - 1

local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return quote(arg[i])
end

-- Runs a command; returns the CPU seconds that it and its children took: dash prints those of the
-- shell, then those of its children, in a line each.
local function cpu_of(command)
  local output = shell.must(format("sh -c %s", quote(command .. " >/dev/null || exit 1; times")))
  local m, s, k, t = output:match "(%d+)m([%d.]+)s (%d+)m([%d.]+)s%s*$"
  return (m + k) * 60 + s + t
end

local function library(what)
  return function(box)
    return format("%s %s/../transfer/ours.lua %s/0 %d %d 1 %s", interpreter(), quote(here), box.url,
      start, pages, what)
  end
end

local function command(box, words)
  return format("WDT_EDITION=enterprise WDT_SID=bench WDT_APPKEY=bench WDT_APPSECRET=bench "
    .. "WDT_URL=%s/0 %s %s/lua/wdt/cli/command.lua %s --status 95 --rate 100000 --quiet", box.url,
    interpreter(), quote(shell.root), words)
end

local function export(file, more)
  return function(box)
    return command(box, format("stockouts --start '%s' --stop '%s' -o %s/%s%s",
      beijing.format(start), beijing.format(stop), quote(box.folder), file, more or ""))
  end
end

-- A target of text, or a database of spec/support/databases.lua, emptied each time.
local function sync(target, name)
  return function(box)
    local to, state
    if name then
      box.databases[name] = box.databases[name] or databases[name](box.folder)
      local db = box.databases[name]
      for _, one in ipairs{ "job", "_wdt_jobs", "_wdt_windows", "_wdt_columns",
        "job_details_list" } do
        pcall(db.run, "DROP TABLE " .. one)
      end
      to, state = db.target, ""
    else
      shell.must(format("rm -rf %s/copy %s/state", quote(box.folder), quote(box.folder)))
      to, state = target .. box.folder .. "/copy", " --state " .. quote(box.folder .. "/state")
    end
    return command(box, format("sync job --to %s --what stockouts --from '%s' --stop '%s'%s",
      quote(to), beijing.format(start), beijing.format(stop), state))
  end
end

-- A peer, where its language is installed, which is what the first command tells; it may compile
-- the program, too.
local function peer(needs, program, file)
  return function(box)
    local place = { HERE = quote(here), FOLDER = quote(box.folder) }
    if select(2, shell.run((needs:gsub("%$(%u+)", place)))) ~= 0 then return nil end
    return format("%s %s/0/stockout_order_query_trade.php %s/bodies %d%s",
      program:gsub("%$(%u+)", place), box.url, quote(box.folder), pages, file or "")
  end
end

local function curl(box)
  local lines = { "no-progress-meter" }
  for i = 1, pages do
    lines[#lines + 1] = format('%surl = "%s/0/stockout_order_query_trade.php"\ndata = "%s"\n'
      .. 'output = "/dev/null"', i > 1 and "next\n" or "", box.url, box.bodies[i])
  end
  shell.write(box.folder .. "/curl", table.concat(lines, "\n") .. "\n")
  return format("curl -K %s/curl", quote(box.folder))
end

local jobs = {
  { "curl", "curl -o /dev/null", curl },
  { "tables", "whole rows", library "tables" },
  { "fields", "6 of 94 fields", library "fields" },
  { "json", 'as = "json"', library "json" },
  { "ndjson", "wdt -o x.ndjson", export "x.ndjson" },
  { "csv", "wdt -o x.csv", export "x.csv" },
  { "exploded", "wdt -o x.csv --explode", export("x.csv", " --explode details_list") },
  { "sync-ndjson", "wdt sync --to ndjson:", sync "ndjson:" },
  { "sync-csv", "wdt sync --to csv:", sync "csv:" },
  { "sqlite", "wdt sync --to sqlite:", sync(nil, "sqlite") },
  { "postgres", "wdt sync --to postgres:", sync(nil, "postgres") },
  { "mysql", "wdt sync --to mysql:", sync(nil, "mysql") },
  { "php", "PHP curl + json_decode", peer("php -r 'curl_init();'", "php $HERE/../transfer/peer.php",
    " 1") },
  { "go", "Go net/http + encoding/json", peer("go build -o $FOLDER/go $HERE/peer.go",
    "$FOLDER/go") },
  { "node", "Node http + JSON.parse", peer("command -v node", "node $HERE/peer.js") },
  { "python", "python3-requests + json", peer("python3 -c 'import requests'",
    "python3 $HERE/peer.py") },
}

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function run(box)
  box.bodies = gateway.bodies(pages)
  shell.write(box.folder .. "/bodies", table.concat(box.bodies, "\n") .. "\n")
  local taken = {}
  for round = 1, rounds do
    for i, job in ipairs(jobs) do
      local line = (not next(only) or only[job[1]] or job[1] == "curl") and job[3](box)
      if line then
        taken[i] = taken[i] or {}
        taken[i][round] = cpu_of(line) / pages * 1e4
      end
    end
  end
  print(format("%s, %d rounds of %d orders", rawget(_G, "jit") and "LuaJIT" or _VERSION, rounds,
    pages * 100))
  print(format("%-30s %22s %10s", "", "CPU s a million rows", "to curl"))
  local ratios = {} -- first, since a median sorts
  for i, list in pairs(taken) do
    ratios[i] = {}
    for round = 1, rounds do ratios[i][round] = list[round] / taken[1][round] end
  end
  for i, job in ipairs(jobs) do
    if taken[i] then
      print(format("%-30s %22.1f %10.1f", job[2], median(taken[i]), median(ratios[i])))
    elseif not next(only) then
      print(format("%-30s %22s", job[2], "not installed"))
    end
  end
end

local ngx, url = gateway.start(pages)
local box = { url = url, folder = shell.folder(), databases = {} }
local ok, err = xpcall(run, debug.traceback, box)
for _, db in pairs(box.databases) do db.stop() end
ngx:stop()
shell.must("rm -rf " .. quote(box.folder))
if not ok then error(err, 0) end
