-- The sinks in examples/, each run as a user would, against the HTTP sandbox and a real database.
local beijing = require "wdt.beijing"
local text = require "wdt.state.text"
local copies = require "support.copies"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote, must = shell.quote, shell.must

describe("the sink", function()
  local visit, folder, from

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)

  before_each(function()
    folder = shell.folder()
    from = beijing.format(os.time() - 3 * 86400)
  end)
  after_each(function() must("rm -rf " .. quote(folder)) end)

  local function run(name, ...)
    local output, status = visit:run("enterprise", shell.root .. "/examples/" .. name, ...)
    assert.equal(0, status, output)
    return output
  end

  -- What the state says has been read.
  local function stored(path)
    return assert(text.open(shell.read(path), path))
  end

  -- The world's own rows up to the watermark, by identity, as the gateway writes them.
  local function truth(path, options)
    local query = { start = from, stop = require "wdt.reading.sync".watermark(stored(path)) - 1 }
    for key, value in pairs(options or {}) do query[key] = value end
    local rows = visit:rows("enterprise", "stockouts", query)
    assert.is_true(#rows > 300)
    return rows, #rows
  end

  -- As if the process had been killed half-way, after its sink and before its state.
  local function forget_half(path)
    local state = stored(path)
    local first, last = state.done[1][1], state.done[1][2]
    state.done = { { first, first + math.floor((last - first) / 2) } }
    shell.write(path, text.seal(state))
  end

  it("sync_sqlite.lua holds every row once, and again after a kill", function()
    local path = folder .. "/it's shipped.db"

    local function check(expected_rows)
      local copy, n = copies.rows(require "luasql.sqlite3".sqlite3(), path, "SELECT stockout_id, document FROM stockout",
        { "stockout_id" })
      for _, document in ipairs(expected_rows) do
        local id = assert(document:match('"stockout_id":"?(%d+)'))
        assert.equal(document, assert(copy[id]).document)
      end
      assert.equal(#expected_rows, n)
    end

    assert.truthy(run("sync_sqlite.lua", path, from):find("^%d+ windows, %d+ rows\n$"))
    check((truth(path .. ".state", { as = "json" })))
    forget_half(path .. ".state")
    local rows = stored(path .. ".state").rows
    run("sync_sqlite.lua", path, from)
    assert.is_true(stored(path .. ".state").rows > rows + 100) -- they came again,
    check((truth(path .. ".state", { as = "json" }))) -- and stand there once
  end)

  it("sync_postgres.lua holds every row once, and again after a kill", function()
    local pg = copies.postgres(folder)
    finally(function() pg.stop() end)
    local state = folder .. "/state"

    local function check(expected_rows)
      local copy, n = pg.read([[SELECT stockout_id::text AS id, to_char(modified, 'YYYY-MM-DD HH24:MI:SS') AS modified,
        document->>'receiver_name' AS name, jsonb_array_length(document->'details_list') AS lines FROM stockout]], { "id" })
      for _, expected in ipairs(expected_rows) do
        local got = assert(copy[tostring(expected.stockout_id)])
        assert.equal(expected.modified, got.modified)
        assert.equal(expected.receiver_name, got.name)
        assert.equal(#expected.details_list, tonumber(got.lines))
      end
      assert.equal(#expected_rows, n)
    end

    assert.truthy(run("sync_postgres.lua", pg.address, state, from):find("^%d+ windows, %d+ rows\n$"))
    check((truth(state)))
    forget_half(state)
    run("sync_postgres.lua", pg.address, state, from)
    check((truth(state)))
  end)

  -- Runs a sink that writes files; again after a kill that left rows in them, and half a line.
  local function files_of(name, extension)
    run(name, folder, from)
    local function all()
      local parts = {}
      for file in must(("ls %s/*.%s"):format(folder, extension)):gmatch("[^\n]+") do parts[#parts + 1] = shell.read(file) end
      return table.concat(parts), #parts
    end
    local before = all()
    forget_half(folder .. "/state")
    local last = must(("ls %s/*.%s"):format(folder, extension)):match("([^\n]+)\n$")
    local file = io.open(last, "ab")
    file:write(before:sub(200, 260):gsub("[\r\n]", "."), "")
    file:close()
    local rows = stored(folder .. "/state").rows
    run(name, folder, from)
    assert.is_true(stored(folder .. "/state").rows > rows + 100)
    return all()
  end

  it("sync_ndjson.lua has a file a day, every row once, and again after a kill", function()
    local content, days = files_of("sync_ndjson.lua", "ndjson")
    assert.is_true(days >= 3 and days <= 5)
    local lines, n = {}, 0
    for line in content:gmatch("([^\n]*)\n") do
      lines[line], n = true, n + 1
    end
    local expected, count = truth(folder .. "/state", { as = "json" })
    for _, document in ipairs(expected) do assert.is_true(lines[document], document) end
    assert.equal(count, n)
    for day in must(("ls %s"):format(folder)):gmatch("(%d+%-%d+%-%d+)%.ndjson") do
      for line in io.lines(folder .. "/" .. day .. ".ndjson") do
        assert.equal(day, line:match('"consign_time":"(%d+%-%d+%-%d+)'))
      end
    end
  end)

  it("sync_csv.lua is what Excel opens, every row once, and again after a kill", function()
    local content, days = files_of("sync_csv.lua", "csv")
    assert.is_true(days >= 3 and days <= 5)
    assert.equal("\239\187\191consign_time,stockout_id,", content:sub(1, 28))
    local lines, n = {}, 0
    for line in content:gmatch("([^\n]*)\r\n") do
      if not line:find("^\239\187\191") then
        assert.is_nil(line:find("\n", 1, true))
        lines[line], n = true, n + 1
      end
    end
    local expected, count = truth(folder .. "/state")
    assert.equal(count, n)
    local chinese, quoted = 0, 0
    for _, so in ipairs(expected) do
      local function plain(value) return (tostring(value == nil and "" or value):gsub("[%c]+", " "):gsub('"', '""')) end
      local line = ('"%s","%s","%s","%s","%s","%s","%s","'):format(so.consign_time, so.stockout_id, so.order_no,
        plain(so.src_tid), plain(so.shop_name), plain(so.receiver_name), so.goods_total_amount)
      local found
      for one in pairs(lines) do
        if one:sub(1, #line) == line then found = one end
      end
      assert.truthy(found, line)
      if so.shop_name:find("[\228-\233][\128-\191]") then chinese = chinese + 1 end
      if found:find('""', 1, true) then quoted = quoted + 1 end
    end
    assert.is_true(chinese > 100)
    assert.is_true(quoted > 10)
  end)

  it("is under 60 lines", function()
    for _, name in ipairs{ "sqlite", "postgres", "ndjson", "csv" } do
      local _, n = shell.read(shell.root .. "/examples/sync_" .. name .. ".lua"):gsub("\n", "")
      assert.is_true(n < 60, name)
    end
  end)

  it("says what is wrong and writes nothing where the state can't be used", function()
    shell.write(folder .. "/state", "wdt-state 1 00\n{}")
    local output, status = visit:run("enterprise", shell.root .. "/examples/sync_ndjson.lua", folder, from)
    assert.equal(1, status)
    assert.truthy(output:find("state: " .. folder .. "/state: the stored state is damaged (wrong checksum)", 1, true), output)
    assert.equal("state\nstate.lock\n", must("ls " .. quote(folder)))
  end)
end)
