--- Planted losses: a copy in a database out of which rows and lines are taken, and what an audit
-- finds of them; and a copy that lacks nothing, which an audit looks at while the world drifts.
local audit = require "wdt.audit"
local beijing = require "wdt.beijing"
local core = require "wdt.native".load "wdt.core"
local copying = require "support.copying"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"

local M = {}

local DAY = 86400
local FROM = beijing.parse(copying.FROM)
local SHIPPED = { 95, 105, 110, 113 }

-- Events a second for each row a day, as a busy account has them.
local DRIFT = { touch = 1 / 50000, ship = 1 / 75000, complete = 1 / 37500, settle = 1 / 150000,
  cancel = 1 / 225000, reship = 1 / 225000, renumber = 1 / 225000, arrive = 1 / 150000,
  remove = 1 / 1000000 }

local function box_of(o, more)
  local options = { seed = o.seed or 5, rows_per_day = o.per_day, from = FROM,
    to = FROM + o.days * DAY - 1, now = FROM + (o.days + 1) * DAY, latency = 0.05,
    business = true }
  for name, value in pairs(more or {}) do options[name] = value end
  return sandbox.new(options)
end

--- Brings a copy up to date.
function M.copy(client, job)
  local opened = assert(client:sync(job))
  assert(opened:run())
  opened:close()
end

function M.job_into(target)
  return { name = "stockouts", what = "stockouts", from = copying.FROM, into = target,
    query = { status = SHIPPED } }
end

-- Every row and line of a copy, by its identity, as a hash of all its columns but the time at
-- which it was read.
local function contents(db)
  local found = {}
  for _, name in ipairs{ "stockouts", "stockouts_details_list" } do
    for _, row in ipairs(db.all("SELECT * FROM " .. name)) do
      local cells = {}
      row._read_at = nil
      for column, value in pairs(row) do cells[#cells + 1] = column .. "=" .. value end
      table.sort(cells)
      found[name .. " " .. (row._stockout_id or row.stockout_id) .. " " .. (row._n or "")] =
        core.md5(table.concat(cells, "\0"))
    end
  end
  return found
end

-- How many entries of two tables differ.
local function differing(a, b)
  local n = 0
  for key, value in pairs(a) do n = n + (b[key] ~= value and 1 or 0) end
  for key in pairs(b) do n = n + (a[key] == nil and 1 or 0) end
  return n
end

--- Takes a share of the rows out of a copy, with their lines, and as large a share of the lines of
-- the others.
-- @tparam table db of `support.databases`
-- @tparam number share
-- @tparam integer seed
-- @treturn {string=table} by identity: `kind` as an audit names it, `day`, `shop_no`, and of a
-- line its `sku`
-- @treturn integer rows
-- @treturn integer lines
function M.lose(db, share, seed)
  local rows = db.all("SELECT stockout_id AS id, shop_no, consign_time FROM stockouts "
    .. "ORDER BY stockout_id")
  local lines = db.all("SELECT _stockout_id AS id, _n AS n, spec_no FROM stockouts_details_list "
    .. "ORDER BY _stockout_id, _n")
  local draw, lost, by_id = random.stream(seed, 7), {}, {}
  for _, row in ipairs(rows) do by_id[row.id] = row end
  local function note(id, kind, sku)
    local row = by_id[id]
    lost[id] = { kind = kind, day = row.consign_time:sub(1, 10), shop_no = row.shop_no, sku = sku }
  end
  local n_rows, n_lines = math.ceil(#rows * share), math.ceil(#lines * share)
  for _ = 1, n_rows do
    local id
    repeat id = rows[draw(#rows)].id until not lost[id]
    note(id, "missing")
    db.run("DELETE FROM stockouts WHERE stockout_id = " .. id)
    db.run("DELETE FROM stockouts_details_list WHERE _stockout_id = " .. id)
  end
  for _ = 1, n_lines do
    local line
    repeat line = lines[draw(#lines)] until not lost[line.id]
    note(line.id, "lines", line.spec_no)
    db.run(("DELETE FROM stockouts_details_list WHERE _stockout_id = %s AND _n = %s"):format(
      line.id, line.n))
  end
  return lost, n_rows, n_lines
end

local function has(list, wanted)
  for _, one in ipairs(list) do
    if one == wanted then return true end
  end
  return false
end

-- Identities that were lost and not told as they were, and those that were told and not lost.
local function compare(lost, found)
  local missed, invented, told = {}, {}, {}
  for _, one in ipairs(found.differences) do
    local what = lost[one.id]
    if not what or one.kind ~= what.kind or one.day ~= what.day or one.shop_no ~= what.shop_no
      or what.sku and not has(one.skus, what.sku) then
      invented[#invented + 1] = one.id
    else
      told[one.id] = true
    end
  end
  for id in pairs(lost) do
    if not told[id] then missed[#missed + 1] = id end
  end
  return missed, invented
end

--- Copies a world, loses a share of the copy, and audits it.
-- @tparam table db of `support.databases`
-- @tparam table o `days`, `per_day` (rows), `share`, `seed`; `options` of the audit
-- @treturn table `rows` and `lines` of the copy that were lost, `of` rows; `missed` and `invented`
-- (identities), `left` (not repaired), `changed` (rows and lines that are not as before), `calls`
-- of the audit, `found` (what the audit returned), `second` (what another one did)
function M.plant(db, o)
  local box = box_of(o)
  local client = copying.client_of(box)
  local job = M.job_into(db.target)
  M.copy(client, job)
  local before = contents(db)
  local of = tonumber(db.all "SELECT COUNT(*) AS n FROM stockouts"[1].n)
  local lost, rows, lines = M.lose(db, o.share, o.seed or 5)
  local calls = box.gateway.calls
  local found = assert(audit.run(client, job, o.options or {}))
  calls = box.gateway.calls - calls
  local missed, invented = compare(lost, found)
  local changed = differing(before, contents(db))
  return { of = of, rows = rows, lines = lines, missed = missed, invented = invented,
    left = found.left, changed = changed, calls = calls, found = found,
    second = assert(audit.run(client, job, { sample = 0 })) }
end

--- Keeps a copy of a world that drifts up to date, once a day, and audits its last days each time
-- and the whole of it at the end.
-- @tparam table db of `support.databases`
-- @tparam table o `days`, `per_day`, `seed`, `look` (days that each audit looks at)
-- @treturn table `audits`, `alarms` (differences that were told), `unproved` audits, `rows` read,
-- `changes` of the world, `of` rows of the copy
function M.drift(db, o)
  local drift = {}
  for name, rate in pairs(DRIFT) do drift[name] = rate * o.per_day end
  local box = box_of(o, { drift = drift, now = FROM + 60 })
  local client = copying.client_of(box, nil, { rate = 100000 })
  local job, r = M.job_into(db.target), { audits = 0, alarms = {}, unproved = 0, rows = 0 }
  for day = 1, o.days do
    box.host:sleep(DAY)
    M.copy(client, job)
    local last = day == o.days
    local found = assert(audit.run(client, job, { totals = day % 2 == 0, sample = last and 20 or 5,
      start = not last and math.max(FROM, FROM + (day - o.look) * DAY) or nil }))
    r.audits, r.rows = r.audits + 1, r.rows + found.rows
    r.unproved = r.unproved + (found.unproved and 1 or 0)
    for _, one in ipairs(found.differences) do r.alarms[#r.alarms + 1] = one.kind .. one.id end
  end
  r.changes, r.of = box.world.changes, tonumber(db.all "SELECT COUNT(*) AS n FROM stockouts"[1].n)
  return r
end

return M
