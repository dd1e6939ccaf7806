-- Describes what the clients of `wdt serve` are to each other:
--
--   lua5.4 spec/bench/serve/run.lua readers [N] [A_SECOND]
--       N clients (10000) come, A_SECOND (1000) of them a second, ask for rows and read a byte a
--       second; a neighbour asks small things before, while they come, and while they are there
--   lua5.4 spec/bench/serve/run.lua day [REQUESTS]
--       a day's requests (20000) of all kinds, at once: rows in every format, single answers,
--       pages, refusals, clients that go away or are slow, and the file read again now and then;
--       the memory of the workers has to stay as it is
--
-- with LUA_PATH, LUA_CPATH and WDT_SANDBOX_CPATH as spec/run.sh sets them. Exits with 1 where a
-- bound is broken: a neighbour's p99 of more than 25 ms of the worker's own time, or memory that
-- grows.
local measured = require "bench.serve.measured"
local shell = require "support.shell"
local visitor = require "support.visitor"

local programs = {}

-- A line of figures; returns the p99 of the worker's time.
local function show(when, got)
  print(("%-24s %6d %5d %8.2f %7.2f %7.2f %9.2f %7.2f %7.2f"):format(when, got.good, got.bad,
    got.p50, got.p99, got.most, got.work50, got.work99, got.work_most))
  return got.work99
end

function programs.readers(n, a_second)
  n, a_second = n or 10000, a_second or 1000
  local visit = visitor.start()
  local bench = measured.start(visit, 40000)
  print("                                    a neighbour's ms           of the worker's own time")
  print("                          200s others    p50     p99     max       p50     p99     max")
  local worst = show("alone", bench:probe(10))
  local arriving = math.ceil(n / a_second)
  local held = bench:hold(n, a_second, arriving + 25)
  worst = math.max(worst, show("while they come", bench:probe(arriving)))
  worst = math.max(worst, show("while they are there", bench:probe(15)))
  print("the readers' answers: " .. held:read "*a":gsub("^sent\n", ""))
  held:close()
  worst = math.max(worst, show("after them", bench:probe(5)))
  print(("memory of the worker: %d kB"):format(bench:memory()))
  bench:stop()
  visit:stop()
  return worst <= 25
end

function programs.day(requests)
  requests = requests or 20000
  local visit = visitor.start()
  local bench = measured.start(visit, 40000)
  local first, growth, rounds = nil, 0, 10
  print "requests   kB of the worker"
  for i = 1, rounds do
    if i == rounds / 2 + 1 then bench:reload() end
    local counts = bench:traffic(math.ceil(requests / rounds))
    local kb = bench:memory()
    print(("%8d %8d   %s"):format(i * math.ceil(requests / rounds), kb, counts))
    if i % (rounds / 2) == 2 then first = kb end
    growth = math.max(growth, kb - (first or kb))
    if i == rounds / 2 then first = nil end
  end
  print(("growth of a worker after its first two rounds: %d kB"):format(growth))
  print("faults: " .. shell.run("grep -c 'wdt serve:' " .. shell.quote(bench.service.folder
    .. "/out")))
  bench:stop()
  visit:stop()
  return growth < 8192
end

local program = programs[arg[1]] or error("readers or day?", 0)
os.exit(program(tonumber(arg[2]), tonumber(arg[3])) and 0 or 1)
