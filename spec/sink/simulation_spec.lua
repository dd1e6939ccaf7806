-- Copies by seed: a moving world, a gateway that fails and goes away, a process that is killed at
-- any row, into files and into SQLite. Whenever a pass ends, the copy holds the last version of
-- every row before the watermark; files hold no version twice.
local beijing = require "wdt.beijing"
local databases = require "support.databases"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"
local shell = require "support.shell"
local sinks = require "support.sinks"

local places = { ndjson = sinks.places.ndjson, sqlite = sinks.places.sqlite }

-- Rows laid out as tables.
function places.tables(folder)
  local db = databases.sqlite(folder)
  return { target = db.target, read = function()
    local found, n = {}, 0
    for _, row in ipairs(db.all [[SELECT CAST(stockout_id AS TEXT) AS id, modified, _modified
      FROM job]]) do
      assert(row.modified == row._modified)
      found[row.id], n = { row._modified, ('"modified":"%s"'):format(row.modified) }, n + 1
    end
    return found, n
  end }
end

local SEEDS = tonumber(os.getenv "WDT_SEEDS") or 20
local START = beijing.parse "2026-11-01 00:00:00"
local KILLED = {}

local function make(seed, draw)
  local chance = draw() < 0.6 and draw() * 0.1 or 0
  local box = sandbox.new{ seed = seed, now = START, fields = "short",
    latency = { 0.05, 0.05 + draw() },
    closed_end = draw() < 0.5, faults = { reset = chance / 2, truncate = chance / 4,
      http_5xx = chance / 4 },
    drift = { from = START, touch = draw() * 0.3, ship = 0.02, complete = 0.02, cancel = 0.03,
      arrive = 0.02 + draw() * 0.1, late = { chance = draw() * 0.5, delay = draw() * 150 } } }
  for i = 1, 150 do
    box.world:put{ modified = START - 7200 + 40 * i, status = draw() < 0.5 and 55 or 95 }
  end
  box.host:sleep(60)
  return box
end

-- Copies until its watermark is near the present; is killed at a random row. Returns the job that
-- came to its end, nil where it was killed.
local function run(box, options, draw)
  options.state.locked = false
  local client = wdt.new(box:settings("enterprise", { rate = 100000,
    retry = { attempts = 3, base = 0.2, cap = 2, cooldown = 3, total = 600 } }))
  local job = assert(client:sync(options))
  local life = draw() < 0.6 and draw(150) or math.huge
  if draw() < 0.5 then
    box.gateway:inject{ kind = "none", times = draw(8) }
    box.gateway:inject{ kind = draw() < 0.5 and "connect" or "http_5xx", lasts = draw(2000) }
  end
  local fine, err = pcall(function()
    assert(job:run(function()
      life = life - 1
      if life <= 0 then error(KILLED, 0) end
      local behind = job:progress().behind
      if behind and behind < 300 then job:stop() end
    end))
  end)
  if fine then
    job:close()
    return job
  end
  if err ~= KILLED then error(err, 0) end
  job._options.into:close() -- what was not committed is gone
end

local function compare(box, seed, place, watermark, uncertified)
  local found, n = place.read "job"
  local versions, lines = {}, 0
  for id, row in pairs(found) do
    versions[tonumber(id)], lines = row[2]:match '"modified":"([^"]+)"', lines + 1
  end
  local rows = 0
  for _, row in ipairs(box.world:all{ clock = "modified", from = 0, to = watermark - 1 }) do
    rows = rows + 1
    local expected, got = beijing.format(row.modified), versions[row.id]
    if uncertified == 0 and got ~= expected then
      error(("seed %d, %s: row %d of %s %s"):format(seed, place.target, row.id, expected,
        got and "stands as of " .. got or "is lost"))
    end
  end
  return rows, n
end

-- Versions that stand in more than one line.
local function doubled(folder)
  local seen, twice = {}, 0
  for line in shell.must(("cat %s/lines/*.ndjson"):format(folder)):gmatch "[^\n]+" do
    if seen[line] then twice = twice + 1 end
    seen[line] = true
  end
  return twice
end

describe("a copy in a moving world", function()
  for _, scheme in ipairs{ "ndjson", "sqlite", "tables" } do
    it("in " .. scheme .. " loses no version, and doubles none, for any seed", function()
      local killed, ended, rows = 0, 0, 0
      for seed = 1, SEEDS do
        local draw = random.stream(seed, 971)
        local box, folder = make(seed, draw), shell.folder()
        local place = places[scheme](folder)
        local options = { name = "job", what = "stockouts", from = START - 7200, follow = true,
          signals = false,
          state = wdt.state.memory(), rows = 10 + draw(60), into = place.target,
          query = { page_size = 10 + draw(20), status = { 5, 55, 95, 105, 110, 113 },
            is_by_modified = 1 } }
        for _ = 1, 8 do
          local job = run(box, options, draw)
          if job then
            local p = job:progress()
            ended = ended + 1
            rows = rows + compare(box, seed, place, p.watermark, p.uncertified)
            if scheme == "ndjson" and p.uncertified == 0 then
              assert.equal(0, doubled(folder), seed) end
          else
            killed = killed + 1
          end
          box.host:sleep(draw(1200))
        end
        shell.must("rm -rf " .. shell.quote(folder))
      end
      local said = ("%d killed, %d ended, %d rows compared"):format(killed, ended, rows)
      if os.getenv "WDT_SEEDS" then print(said) end
      assert.is_true(killed > SEEDS and ended > SEEDS and rows > SEEDS * 100, said)
    end)
  end
end)
