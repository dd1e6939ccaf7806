-- Every sink keeps the promises of `wdt.sink`; a further one needs a place in
-- support/sinks.lua.
local beijing = require "wdt.beijing"
local drivers = require "support.drivers"
local shell = require "support.shell"
local sinks = require "support.sinks"
local sink_of = require "wdt.sink"
local stores = require "support.stores"
local text = require "wdt.state.text"
local wdt = require "wdt"
local copying = require "support.copying"

local T = beijing.parse "2026-11-02 12:00:00"
local ENTRY = { ids = { "stockout_id" }, modified = "modified" }

-- Texts that a careless writer would take for something else.
local HOSTILE = { "it's", [[\']], [["; DROP TABLE job; --]], [[\\'); DELETE FROM job; --]],
  "%s %d %%", "$1 ?", "/* */ # --",
  "a\nb", "😀 中文 \194\160", ("长"):rep(300000), "''", "\\", "';", "`x`", "\226\128\168" }

local variants = drivers.variants()
for scheme in pairs(sinks.places) do
  if not (scheme == "sqlite" or scheme == "postgres" or scheme == "mysql") then
    variants[#variants + 1] = scheme
  end
end

for _, variant in ipairs(variants) do
  describe("the sink " .. variant, function()
    local folder, place, opened, restore
    local scheme = variant:match "^%l+"
    local keyless = sink_of.find(scheme .. ":x").keyless

    setup(function()
      restore = drivers.use(variant)
      folder = shell.folder()
      place = sinks.places[scheme](folder)
    end)
    teardown(function()
      restore()
      place.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    before_each(function() opened = {} end)
    after_each(function()
      for _, one in ipairs(opened) do one:close() end
    end)

    local names = 0
    local function fresh_name()
      names = names + 1
      if keyless then place.drop() end -- a folder is one job's
      return ("job%d"):format(names)
    end

    -- A sink of a job, prepared; what `prepare` returned besides.
    local function open(name, committed)
      local options = { name = name }
      for key, value in pairs(place.options or {}) do options[key] = value end
      local sink, err = sink_of.open(place.target, options)
      assert.truthy(sink, err)
      opened[#opened + 1] = sink
      local identity, count = sink:prepare{ name = name, entry = ENTRY,
        method = "stockout_order_query_trade",
        committed = committed or 0 }
      assert.truthy(identity, count)
      return sink, identity, count
    end

    local function put(sink, id, modified, remark)
      assert.is_true(sink:row(sinks.row(sink, { stockout_id = id, modified = modified,
        remark = remark }), T))
    end

    local function copy(name, committed, rows)
      local sink = open(name, committed)
      assert.is_true(sink:begin(committed))
      for _, row in ipairs(rows) do put(sink, row[1], row[2], row[3]) end
      assert.is_true(sink:commit(T + 10))
      sink:close()
    end

    it("holds a window's rows once it is committed", function()
      local name = fresh_name()
      copy(name, 0, { { "1", "2026-11-01 00:00:00", "a" }, { "2", "2026-11-01 00:00:01", "b" } })
      local rows, n = place.read(name)
      assert.equal(2, n)
      assert.truthy(rows["1"] and rows["2"])
    end)

    it("drops what is left of a window that was not committed, in this process and in the next",
      function()
      local name = fresh_name()
      copy(name, 0, { { "1", "2026-11-01 00:00:00" } })
      local sink = open(name, 1)
      assert.is_true(sink:begin(1))
      put(sink, "2", "2026-11-01 00:00:00")
      assert.is_true(sink:begin(1)) -- it broke, and is read again
      put(sink, "3", "2026-11-01 00:00:00")
      assert.is_true(sink:commit(T + 10))
      local _, n = place.read(name)
      assert.equal(2, n)
      assert.is_true(sink:begin(2))
      put(sink, "4", "2026-11-01 00:00:00")
      sink:close() -- as a kill does
      local again = open(name, 2)
      assert.is_true(again:begin(2))
      local rows
      rows, n = place.read(name)
      assert.equal(2, n)
      assert.truthy(rows["1"] and rows["3"])
    end)

    it("has an identity that lasts, and a count of windows that is in step with the rows",
      function()
      local name = fresh_name()
      local sink, identity, count = open(name)
      assert.truthy(identity:find "^%x+$")
      assert.is_nil(count)
      assert.is_true(sink:begin(0))
      put(sink, "1", "2026-11-01 00:00:00")
      assert.is_true(sink:commit(T + 10))
      assert.is_true(sink:begin(1))
      put(sink, "2", "2026-11-01 00:00:00")
      assert.is_true(sink:commit(T + 10))
      sink:close()
      local _, same, again = open(name, 2)
      assert.equal(identity, same)
      assert.equal(1, again)
    end)

    it("has another identity, and no count, once it was taken away", function()
      local name = fresh_name()
      local sink, identity = open(name)
      assert.is_true(sink:begin(0))
      put(sink, "1", "2026-11-01 00:00:00")
      assert.is_true(sink:commit(T + 10))
      sink:close()
      place.drop(name)
      local _, other, count = open(name, 1)
      assert.not_equal(identity, other)
      assert.is_nil(count)
    end)

    it("keeps hostile texts as they are", function()
      local name, rows = fresh_name(), {}
      for i, remark in ipairs(HOSTILE) do
        rows[i] = { tostring(1000 + i), "2026-11-01 00:00:00", remark }
      end
      copy(name, 0, rows)
      local found = place.read(name)
      for i, remark in ipairs(HOSTILE) do
        local got = found[tostring(1000 + i)]
        assert.truthy(got, remark:sub(1, 30))
        local document = got[2]
        local expected = remark:gsub('[\\"]', "\\%0"):gsub("\n", "\\n")
        if scheme == "csv" then expected = remark:gsub('"', '""') end
        if scheme == "postgres" then document = document:gsub("\\u....", "") end
        if not (scheme == "csv" and remark:find "\n") then
          assert.truthy(document:find(expected, 1, true), remark:sub(1, 30))
        end
      end
    end)

    it("is closed as often as one likes", function()
      local sink = open(fresh_name())
      sink:close()
      sink:close()
    end)

    -- A job through it: what it copies, and that its state goes on with it alone.
    local function job_of(box, name, more)
      local o = { name = name, what = "stockouts", from = copying.FROM, state = wdt.state.memory() }
      for key, value in pairs(more or {}) do o[key] = value end
      o.into = o.into or place.target
      if place.options then
        local options = { name = name }
        for key, value in pairs(place.options) do options[key] = value end
        o.into = assert(sink_of.open(place.target, options))
      end
      return copying.client_of(box):sync(o)
    end

    it("copies a job's rows", function()
      local name = fresh_name()
      local box, state = copying.small_box(250, 60), wdt.state.memory()
      local job = assert(job_of(box, name, { state = state, rows = 100 }))
      local seen = 0
      assert.is_true(job:run(function(n) seen = n > 0 and seen + 1 or seen end))
      assert.equal(250, seen)
      job:close()
      assert.is_true(text.open(state:load(), "here").windows > 1)
      local _, n = place.read(name)
      assert.equal(250, n)
    end)

    it("is refused with a state that was made with another target, or is ahead of it", function()
      local name = fresh_name()
      local box, state = copying.small_box(50, 60), wdt.state.memory()
      local job = assert(job_of(box, name, { state = state }))
      assert.is_true(job:run())
      job:close()
      local calls = box.gateway.calls
      local other = name .. "b"
      local refused, err, code = job_of(box, other, { state = state })
      assert.is_nil(refused)
      assert.equal("state", code)
      assert.truthy(err:find("holds none of them: it is another target, or was deleted", 1, true),
        err)
      local checkpoint = text.open(state:load(), "here")
      checkpoint.windows = checkpoint.windows + 5
      local ahead = wdt.state.memory()
      ahead:save(text.seal(checkpoint))
      refused, err, code = job_of(box, name, { state = ahead })
      assert.is_nil(refused)
      assert.equal("state", code)
      assert.truthy(err:find("the state is ahead of", 1, true), err)
      place.drop(name)
      refused, err, code = job_of(box, name, { state = state })
      assert.is_nil(refused)
      assert.equal("state", code)
      assert.truthy(err:find("was deleted", 1, true), err)
      assert.equal(calls, box.gateway.calls)
      assert.is_true(state:lock()) -- given back
    end)

    if keyless then
      it("refuses what would have rows come again", function()
        for _, more in ipairs{ { lanes = 2 }, { audit = true }, { revisit = { "1d" } } } do
          assert.has_error(function() job_of(copying.small_box(1, 1), fresh_name(), more) end)
        end
      end)
      return
    end

    it("replaces a row by no older version", function()
      local name = fresh_name()
      copy(name, 0, { { "1", "2026-11-01 00:00:05", "new" }, { "1", "2026-11-01 00:00:04", "old" },
        { "2", "2026-11-01 00:00:05", "first" }, { "2", "2026-11-01 00:00:05", "again" } })
      copy(name, 1, { { "1", "2026-10-31 00:00:00", "older" } })
      local rows, n = place.read(name)
      assert.equal(2, n)
      assert.equal("2026-11-01 00:00:05", rows["1"][1])
      assert.truthy(rows["1"][2]:find("new", 1, true))
      assert.truthy(rows["2"][2]:find("again", 1, true))
    end)

    it("compares dates with epoch milliseconds as times", function()
      local name, at = fresh_name(), beijing.parse "2026-11-01 00:00:05" * 1000
      copy(name, 0, { { "1", at, "milliseconds" }, { "1", "2026-11-01 00:00:04", "older" },
        { "2", "2026-11-01 00:00:04", "a date" }, { "2", at, "newer" }, { "3", at + 1000, "newer" },
          { "3", at, "older" } })
      local rows = place.read(name)
      assert.truthy(rows["1"][2]:find("milliseconds", 1, true), rows["1"][2])
      assert.truthy(rows["2"][2]:find("newer", 1, true), rows["2"][2])
      assert.truthy(rows["3"][2]:find("newer", 1, true), rows["3"][2])
      assert.equal("2026-11-01 00:00:05", rows["1"][1]:sub(1, 19))
    end)

    it("refuses a row without an identity, and shows none of it", function()
      for _, row in ipairs{ '{"modified":"2026-11-01 00:00:00","name":"secret"}',
        '{"stockout_id":null,"modified":"2026-11-01 00:00:00","name":"secret"}' } do
        local sink = open(fresh_name())
        assert.is_true(sink:begin(0))
        local ok, err, code, zh = sink:row(row)
        if ok then ok, err, code, zh = sink:commit(T) end
        assert.is_nil(ok)
        assert.equal("output", code)
        assert.is_nil((err .. zh):find("secret", 1, true), err)
        sink:close()
      end
    end)

    it("tells ids apart by every byte, and numbers to the last digit", function()
      local name = fresh_name()
      local sink = open(name)
      assert.is_true(sink:begin(0))
      for _, id in ipairs{ '"A"', '"a"', '"a "', '"ä"', "9223372036854775807",
        "9223372036854775806", '"007"', "7" } do
        local row = '{"stockout_id":%s,"modified":"2026-11-01 00:00:00","n":1.10}'
        assert.is_true(sink:row(row:format(id)))
      end
      assert.is_true(sink:commit(T))
      sink:close()
      local rows, n = place.read(name)
      assert.equal(8, n)
      for _, id in ipairs{ "A", "a", "a ", "ä", "9223372036854775807", "9223372036854775806", "007",
        "7" } do
        assert.truthy(rows[id], id)
        assert.truthy(rows[id][2]:find "1%.10", id)
      end
    end)

    it("has half a character replaced, a whole one kept", function()
      local name = fresh_name()
      local sink = open(name)
      assert.is_true(sink:begin(0))
      local halves = [[\uD83D\ud83d\ude00\uDE00 \\ud83d \u4e2d\ud83d]]
      assert.is_true(sink:row(('{"stockout_id":"1","n":"%s"}'):format(halves)))
      assert.is_true(sink:row([[{"stockout_id":"2","n":"it's\u0000\\u0000\\\u0000"}]]))
      assert.is_true(sink:commit(T))
      sink:close()
      local rows = place.read(name)
      if scheme == "postgres" then
        assert.truthy(rows["1"][2]:find([["�😀� \\ud83d 中�"]], 1, true), rows["1"][2])
        assert.truthy(rows["2"][2]:find([["it's \\u0000\\ "]], 1, true), rows["2"][2])
      elseif scheme == "mysql" then
        assert.truthy(rows["1"][2]:find([["�😀� \\ud83d \u4e2d�"]], 1, true), rows["1"][2])
        assert.truthy(rows["2"][2]:find([["it's\u0000\\u0000\\\u0000"]], 1, true), rows["2"][2])
      else
        assert.truthy(rows["1"][2]:find([["\uD83D\ud83d\ude00\uDE00 \\ud83d \u4e2d\ud83d"]], 1,
          true))
      end
    end)

    it("takes hostile names of a job and of its fields", function()
      local name = [[it's "odd" `{}` ; -- %s]]
      copy(name, 0, { { "1", "2026-11-01 00:00:00", "a" } })
      local _, n = place.read(name)
      assert.equal(1, n)
    end)

    describe("as a store", function()
      local name
      before_each(function() name = fresh_name() end)

      stores.behaves(it, function()
        local sink = open(name)
        return sink:store()
      end)

      it("commits state and rows together, or neither", function()
        local sink = open(name)
        local store = sink:store()
        assert.is_true(store:lock())
        assert.is_nil(store:load())
        assert.is_true(sink:begin(0))
        put(sink, "1", "2026-11-01 00:00:00")
        assert.is_true(sink:commit(T))
        sink:close() -- killed before the state was saved
        sink = open(name)
        store = sink:store()
        assert.is_true(store:lock()) -- it died with its holder
        assert.is_nil(store:load())
        assert.is_true(sink:begin(0))
        assert.equal(0, (select(2, place.read(name))))
        put(sink, "2", "2026-11-01 00:00:00")
        assert.is_true(sink:commit(T))
        assert.is_true(store:save "one")
        sink:close()
        sink = open(name, 1)
        assert.equal("one", sink:store():load())
        assert.equal(1, (select(2, place.read(name))))
      end)
    end)

    it("keeps the state of a job that has none elsewhere", function()
      local name, box = fresh_name(), copying.small_box(50, 60)
      local client = copying.client_of(box)
      local o = { name = name, what = "stockouts", from = copying.FROM, into = place.target }
      local job = assert(client:sync(o))
      local refused, err, code = client:sync(o)
      assert.is_nil(refused)
      assert.equal("state", code)
      assert.truthy(err:find("in use by another job", 1, true), err)
      assert.is_true(job:run())
      job:close()
      local calls = box.gateway.calls
      job = assert(client:sync(o))
      assert.is_true(job:run())
      assert.equal(50, job:progress().rows)
      job:close()
      assert.is_true(box.gateway.calls - calls <= 2)
      assert.equal(50, (select(2, place.read(name))))
      place.drop(name)
      refused, err, code = client:sync(o)
      if scheme == "sqlite" then -- state and rows went together
        refused:close()
      else
        assert.is_nil(refused)
        assert.equal("state", code)
        assert.truthy(err:find("was deleted", 1, true), err)
      end
    end)
  end)
end

describe("a target", function()
  it("is one of a scheme that there is", function()
    for _, target in ipairs{ "excel:x", "sqlite:", "sqlite", "sql:x", "files:x", "init:x", "../x:y",
      "" } do
      assert.is_nil((sink_of.find(target)))
      assert.has_error(function() sink_of.open(target, { name = "x" }) end)
    end
    assert.has_error(function() sink_of.open("sqlite:x", {}) end)
    assert.has_error(function() sink_of.open("sqlite:x", { name = "x", fields = {} }) end)
    assert.equal(require "wdt.sink.postgres", (sink_of.find "postgresql://h/d"))
  end)

  it("of MySQL is taken apart", function()
    local parse = require "wdt.sink.mysql".parse
    assert.same({ user = "u@x", password = "p:/w", host = "::1", port = 3307, database = "erp",
      table = "t",
      socket = "/run/x" }, parse "//u%40x:p%3A%2Fw@[::1]:3307/erp/t?socket=/run/x")
    assert.same({ host = "h", database = "d" }, parse "//h/d")
    for _, address in ipairs{ "h/d", "//h", "//h/", "//h/d/t/x", "//h/d?ssl=1" } do
      assert.is_nil(parse(address))
    end
  end)
end)
