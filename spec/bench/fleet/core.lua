--- How many accounts a core can serve, each at its budget: what an account's calls of a minute cost
-- the client, each a full page of orders (about 400 KB), by where the rows go. Beside that stands
-- what `curl -o /dev/null` takes in the same round, since CPU seconds of a busy machine are longer.
local copies = require "support.databases"
local gateway = require "bench.transfer.gateway"
local shell = require "support.shell"
local quote = shell.quote

local RATE, PAGE = 60, 100
local PAGES, ROUNDS = 300, 3

-- The contestants: a name, the target (a text, or a database of spec/support/databases.lua with
-- what its address is followed by), and the accounts that are wanted.
local targets = {
  { "rows only", "rows", 1000 },
  { "NDJSON", "ndjson:", 1500 },
  { "SQLite, documents", { "sqlite", "layout=documents" }, 450 },
  { "SQLite, tables", { "sqlite", "layout=tables" }, 450 },
  { "PostgreSQL, documents", { "postgres", "layout=documents" }, 450 },
  { "PostgreSQL, tables", { "postgres", "layout=tables" }, 450 },
  { "MariaDB, documents", { "mysql", "layout=documents" }, 350 },
  { "MariaDB, tables", { "mysql", "layout=tables" }, 350 },
}

-- The address and the state of a target that holds nothing yet.
local function emptied(box, target)
  if type(target) == "string" then
    if target == "rows" then return target, "" end
    shell.must(("rm -rf %s/copy %s/state"):format(quote(box.folder), quote(box.folder)))
    return target .. box.folder .. "/copy", "file:" .. box.folder .. "/state"
  end
  local name, options = target[1], target[2]
  box.databases[name] = box.databases[name] or copies[name](box.folder)
  local db = box.databases[name]
  for _, one in ipairs{ "job", "job_details_list", "_wdt_jobs", "_wdt_windows", "_wdt_columns" } do
    pcall(db.run, "DROP TABLE " .. one) -- the first time there is none
  end
  return db.target .. (db.target:find("?", 1, true) and "&" or "?") .. options, ""
end

-- CPU seconds of a full page.
local function measure(box, target)
  local into, state = emptied(box, target)
  local said, status = shell.run(("%s %s/spec/bench/fleet/account.lua %s/0 %s %d %d %s %s"):format(
    box.interpreter, quote(shell.root), box.url, quote(box.ca_file), gateway.first,
    gateway.first + PAGES * PAGE - 1, quote(into), quote(state)))
  local cpu, rows = said:match "^([%d.]+) (%d+)\n$"
  assert(status == 0 and tonumber(rows) == PAGES * PAGE, said)
  return cpu / PAGES
end

-- CPU seconds of a page that is thrown away; dash prints those of its children in the second line,
-- in hundredths, so there have to be many.
local function thrown_away(box)
  local lines = { "no-progress-meter" }
  for i, body in ipairs(gateway.bodies(PAGES)) do
    lines[i + 1] = ('%surl = "%s/0/stockout_order_query_trade.php"\ndata = "%s"\n'
      .. 'output = "/dev/null"\ncompressed%s'):format(i > 1 and "next\n" or "", box.url, body,
      box.ca_file ~= "" and ('\ncacert = "%s"'):format(box.ca_file) or "")
  end
  shell.write(box.folder .. "/curl", table.concat(lines, "\n") .. "\n")
  local said = shell.must(("sh -c 'for i in 1 2 3 4 5; do curl -K %s/curl || exit 1; done; "
    .. "times'"):format(box.folder))
  local k, t, m, s = said:match "(%d+)m([%d.]+)s (%d+)m([%d.]+)s%s*$"
  return ((k + m) * 60 + t + s) / (5 * PAGES)
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function compare(box, tell, how)
  local taken, times = {}, {}
  for round = 1, ROUNDS do -- in turn, so that what disturbs one disturbs all
    local curl = thrown_away(box)
    for i, target in ipairs(targets) do
      taken[i], times[i] = taken[i] or {}, times[i] or {}
      taken[i][round] = measure(box, target[2])
      times[i][round] = taken[i][round] / curl
    end
  end
  for i, target in ipairs(targets) do
    local page, wanted = median(taken[i]), how == "plain" and target[3]
    local accounts = 60 / (RATE * page)
    tell(("accounts a core, %s, %s"):format(how, target[1]),
      ("%.0f%s, %.2f ms CPU a page, %.1f times curl"):format(accounts,
        wanted and (" (>= %d)"):format(wanted) or "", page * 1000, median(times[i])),
      not wanted or accounts >= wanted)
  end
end

local function with_gateway(tell, interpreter, how)
  local folder = shell.folder()
  local secure = how ~= "plain"
  local ngx, url = gateway.start(PAGES, secure and folder or nil)
  local box = { folder = folder, url = url, ca_file = secure and folder .. "/cert.pem" or "",
    interpreter = interpreter, databases = {} }
  local ok, err = pcall(compare, box, tell, how)
  for _, db in pairs(box.databases) do db.stop() end
  ngx:stop()
  shell.must("rm -rf " .. quote(folder))
  assert(ok, err)
end

--- Measures.
-- @tparam function tell takes a line's name, its figure as a text, and whether it is as wanted
-- @tparam string interpreter that runs the processes
return function(tell, interpreter)
  with_gateway(tell, interpreter, "plain")
  with_gateway(tell, interpreter, "TLS + gzip")
end
