-- `wdt tap`: the Singer protocol. spec/cli/tap.py holds its messages against the specification.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local command = require "support.command"
local fit = require "wdt.cli.tap.schema".fit
local json = require "wdt.json"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"

describe("wdt tap", function()
  local visit, cli

  command.visiting(function(v, c) visit, cli = v, c end)

  local function write(name, value)
    shell.write(cli.folder .. "/" .. name, cjson.encode(value))
  end

  local function config(more)
    local all = { start_date = visit.day .. "T00:00:00+08:00", end_date = visit.day, rate = 100000 }
    for name, value in pairs(more or {}) do all[name] = value end
    write("config.json", all)
  end

  -- Records by stream, and the last state, of messages that the specification allows.
  local function checked(out)
    shell.write(cli.folder .. "/out", out)
    local said = shell.must("/usr/bin/python3 " .. shell.root .. "/spec/cli/tap.py <"
      .. cli.folder .. "/out")
    local records, state, n = {}, nil, 0
    for line in out:gmatch "[^\n]+" do
      local one = cjson.decode(line)
      if one.type == "RECORD" then
        records[one.stream] = records[one.stream] or {}
        table.insert(records[one.stream], one.record)
      elseif one.type == "STATE" then
        state, n = one.value, n + 1
      end
    end
    assert.equal(n, cjson.decode(said).states)
    return records, state, n
  end

  local function ids_of(list, name)
    local ids = {}
    for i, row in ipairs(list or {}) do ids[i] = ("%.0f"):format(row[name or "stockout_id"]) end
    table.sort(ids)
    return ids
  end

  -- The rows that this process is told by the same world.
  local function truth(day)
    local ids = {}
    for row in visit:client "enterprise":stockouts{ start = day .. " 00:00:00",
      stop = day .. " 23:59:59" } do
      ids[#ids + 1] = row.stockout_id
    end
    table.sort(ids)
    assert.is_true(#ids > 50)
    return ids
  end

  local function catalog(edition, select)
    local found = cjson.decode((cli:must("wdt tap --config config.json --discover", edition)))
    for _, stream in ipairs(found.streams) do
      for _, one in ipairs(stream.metadata) do
        if #one.breadcrumb == 0 then one.metadata.selected = select[stream.stream] ~= nil end
        if #one.breadcrumb == 2 and type(select[stream.stream]) == "table" then
          one.metadata.selected = select[stream.stream][one.breadcrumb[2]] or false
        end
      end
    end
    write("catalog.json", found)
    return found
  end

  it("reads what a catalog selects by default, unless the user says otherwise", function()
    config()
    cli:must("wdt tap --config config.json --discover >catalog.json", "enterprise")
    local line = "wdt tap --config config.json --catalog catalog.json"
    assert.same(truth(visit.day), ids_of(checked(cli:must(line, "enterprise")).stockouts))
    catalog("enterprise", {})
    assert.same({}, checked(cli:must(line, "enterprise")))
  end)

  for edition, least in pairs{ enterprise = 15, ultimate = 15 } do
    it("discovers streams whose schemas name their keys, " .. edition, function()
      config()
      local found = catalog(edition, {})
      assert.is_true(#found.streams >= least, #found.streams)
      local names = {}
      for _, one in ipairs(found.streams) do
        names[one.tap_stream_id] = true
        assert.is_true(#one.key_properties > 0)
        for _, name in ipairs(one.key_properties) do
          assert.is_table(one.schema.properties[name], one.stream .. " " .. name)
        end
        local full = one.replication_method == "FULL_TABLE"
        assert.equal(full, one.replication_key == nil)
        if not full then assert.is_table(one.schema.properties[one.replication_key]) end
        assert.same(one.key_properties, one.metadata[1].metadata["table-key-properties"])
      end
      assert.is_true(names.stockouts and names.cancelled_stockouts)
    end)
  end

  it("hands out every row once, exactly, and then the state", function()
    config{ window_rows = 30 }
    local got = cli:run("wdt tap --config config.json", "enterprise")
    assert.equal(0, got.status, got.err)
    local records, state, n = checked(got.out)
    assert.same(truth(visit.day), ids_of(records.stockouts))
    assert.is_true(n > 2, n)
    assert.truthy(got.out:match '"type":"STATE"[^\n]*\n$')
    local row = records.stockouts[1]
    assert.truthy(row.consign_time:find "^%d+%-%d+%-%d+T%d%d:%d%d:%d%d%+08:00$")
    -- the digits that were sent
    assert.truthy(row.details_list[1].goods_count:find "^%d+%.%d%d%d%d$")
    write("state.json", state)
    got = cli:run("wdt tap --config config.json --state state.json", "enterprise")
    assert.equal(0, got.status, got.err)
    assert.same({}, (checked(got.out)))
  end)

  it("reads what the catalog selects, snapshots whole", function()
    config()
    catalog("enterprise", { stockouts = { order_no = true }, shop = true })
    local records = checked(cli:must("wdt tap --config config.json --catalog catalog.json",
      "enterprise"))
    assert.same(truth(visit.day), ids_of(records.stockouts))
    local names = {}
    for name in pairs(records.stockouts[1]) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "consign_time", "order_no", "stockout_id" }, names)
    assert.is_true(#records.shop > 0)
    config()
    catalog("ultimate", { cancelled_stockouts = true })
    records = checked(cli:must("wdt tap --config config.json --catalog catalog.json", "ultimate"))
    assert.is_true(#records.cancelled_stockouts > 0)
  end)

  it("killed anywhere, loses nothing and repeats at most a window", function()
    config{ window_rows = 25 }
    local line = "wdt tap --config config.json"
    local whole = cli:must(line, "enterprise")
    local wanted, lines = truth(visit.day), select(2, whole:gsub("\n", ""))
    for _, share in ipairs{ 0.2, 0.6, 0.95 } do
      -- the reader goes away in the middle of the output, as one that was killed does
      local n = math.floor(lines * share)
      local first = cli:run(line .. " | head -n " .. n, "enterprise").out
      local records, state = checked(first)
      local last = 0
      for message in first:gmatch "[^\n]+" do
        last = message:find('"type":"STATE"', 1, true) and 0 or last + 1
      end
      if state then write("state.json", state) end
      local second = checked(cli:must(line .. (state and " --state state.json" or ""),
        "enterprise"))
      local seen, again = {}, 0
      for _, list in ipairs{ ids_of(records.stockouts), ids_of(second.stockouts) } do
        for _, id in ipairs(list) do
          again = again + (seen[id] and 1 or 0)
          seen[id] = true
        end
      end
      local all = {}
      for id in pairs(seen) do all[#all + 1] = id end
      table.sort(all)
      assert.same(wanted, all)
      assert.is_true(again <= last, ("%d rows again, %d after the last STATE"):format(again, last))
    end
  end)

  it("ended by a signal while it waits for the rate, leaves at once", function()
    config{ rate = 1 }
    local got = cli:run([[rm -f out; : >out; wdt tap --config config.json >>out 2>err & pid=$!
      until grep -q SCHEMA out; do :; done
      kill -TERM $pid
      wait $pid || echo "status $?"]], "enterprise")
    assert.equal("status 143\n", got.out)
    assert.same({}, (checked(shell.read(cli.folder .. "/out"))))
  end)

  it("gives no STATE past a window that could not be proved complete", function()
    -- More rows in each second than a page holds, and nothing to cut them by.
    local noon = visit:at "11 12:00:00"
    local handle = assert(server.start{ gateway = { page_cap = 2 }, world = {
      rows_per_day = 2000000, from = noon - 60, to = noon + 60, now = noon + 3600 } })
    finally(function() server.stop(handle) end)
    local function run(more)
      config{ start_date = beijing.format(noon - 1), end_date = beijing.format(noon + 1),
        accept_uncertified = more }
      catalog("ultimate", { cancelled_stockouts = true })
      return cli:run("wdt tap --config config.json --catalog catalog.json", "ultimate",
        { WDT_URL = handle.url .. "/openapi" })
    end
    local got = run(false)
    local records, state = checked(got.out)
    assert.equal(9, got.status, got.err)
    assert.is_true(#records.cancelled_stockouts > 0)
    assert.is_nil(state)
    assert.truthy(got.err:find("could not be proved complete, so no STATE goes past it", 1, true))
    got = run(true)
    assert.equal(0, got.status, got.err)
    assert.is_table(select(2, checked(got.out)))
  end)

  it("masks where it is told to", function()
    config{ mask = true }
    local records = checked(cli:must("wdt tap --config config.json", "enterprise"))
    for _, row in ipairs(records.stockouts) do
      assert.truthy(row.receiver_name == "" or row.receiver_name:find "^mask%-")
    end
  end)

  it("says what is wrong with its files", function()
    local function refused(said, line, status)
      local got = cli:run("wdt tap " .. line, "enterprise")
      assert.equal(status or 3, got.status)
      assert.equal("", got.out)
      assert.truthy(got.err:find(said, 1, true), got.err)
    end
    refused("--config nothing.json: ", "--config nothing.json")
    shell.write(cli.folder .. "/bad.json", "[1]")
    refused("bad.json: not a JSON object", "--config bad.json")
    shell.write(cli.folder .. "/bad2.json", '{"mask":"yes"}')
    refused("mask is yes, expected a boolean", "--config bad2.json")
    shell.write(cli.folder .. "/bad2.json", '{"appsecret":7}')
    refused("the setting 'appsecret'", "--config bad2.json")
    config()
    write("catalog.json", { streams = { { tap_stream_id = "nope", selected = true } } })
    refused("the account has no stream 'nope'", "--config config.json --catalog catalog.json")
    shell.write(cli.folder .. "/bad.json", '{"start_date":"2026-13-01"}')
    refused("start_date: '2026-13-01' is no time", "--config bad.json")
    shell.write(cli.folder .. "/bad.json", "{}")
    refused("--config: start_date is missing; expected the day or time from which stockouts is "
      .. "read\n", "--config bad.json")
    local got = cli:run("wdt tap --config bad2.json", "enterprise", { LANG = "zh_CN.UTF-8" })
    assert.is_nil(got.err:find("expected", 1, true), got.err)
    got = cli:run("wdt tap --config nothing.json", "enterprise")
    assert.is_nil(got.err:find("wdt init", 1, true), got.err) -- which writes no such file
  end)
end)

describe("the schema of a stream", function()
  it("widens by what does not fit, and only then", function()
    local one = { type = json.list{ "object" }, properties = {
      n = { type = json.list{ "null", "integer" } },
      at = { type = json.list{ "null", "string" }, format = "date-time" },
      list = { type = json.list{ "null", "array" }, items = { type = json.list{ "object" },
        properties = { d = { type = json.list{ "null", "string" },
          format = "singer.decimal" } } } } } }
    assert.is_false(fit(one, { n = 5, at = "2026-11-01T00:00:00+08:00", other = true,
      list = json.list{ { d = "12.3400" }, { d = "-1" } } }))
    assert.is_true(fit(one, { n = "twelve" }))
    assert.same({ "null", "integer", "string" }, one.properties.n.type)
    assert.is_false(fit(one, { n = "thirteen" }))
    assert.is_true(fit(one, { at = "soon" }))
    assert.is_nil(one.properties.at.format)
    assert.is_true(fit(one, { list = json.list{ { d = "1" }, { d = "a dozen" } } }))
    assert.is_nil(one.properties.list.items.properties.d.format)
    assert.is_true(fit(one, { list = "none" }))
  end)
end)
