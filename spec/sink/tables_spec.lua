-- Rows laid out as tables, in SQLite, PostgreSQL and MariaDB alike, by our own modules and by
-- LuaSQL.
local beijing = require "wdt.beijing"
local databases = require "support.databases"
local drivers = require "support.drivers"
local schema = require "wdt.schema"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local METHOD = "stockout_order_query_trade"
local ENTRY = { ids = { "stockout_id" }, modified = "modified",
  clock = { { field = "consign_time" } } }
local V1, V2, V3 = "2026-11-01 00:00:01", "2026-11-01 00:00:02", "2026-11-01 00:00:03"

for _, variant in ipairs(drivers.variants()) do
  describe("tables in " .. variant, function()
    local folder, db, opened, names = nil, nil, {}, 0
    local scheme, restore = variant:match "^%l+", nil

    setup(function()
      restore = drivers.use(variant)
      folder = shell.folder()
      db = databases[scheme](folder)
    end)
    teardown(function()
      restore()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local events, name
    before_each(function()
      events, names = {}, names + 1
      name = "t" .. names
    end)
    after_each(function()
      for _, sink in ipairs(opened) do sink:close() end
      opened = {}
    end)

    -- A sink that is ready for a window of `committed` before it.
    local function open(options, job)
      local o = { name = name, account = "acct" }
      for key, value in pairs(options or {}) do o[key] = value end
      local sink = assert(sink_of.open(db.target, o))
      opened[#opened + 1] = sink
      local about = { name = o.name, entry = ENTRY, method = METHOD, committed = 0,
        fields = schema.methods[METHOD], account = o.account,
        emit = function(word, what)
          what.event = word
          events[#events + 1] = what
        end }
      for key, value in pairs(job or {}) do about[key] = value end
      local _, count = assert(sink:prepare(about))
      assert(sink:begin((count or -1) + 1, "w"))
      return sink
    end

    local function put(sink, ...)
      for _, row in ipairs{ ... } do assert.is_true(sink:row(row)) end
      assert.is_true(sink:commit(0))
      if sink.own then assert.is_true(sink.own:save("state of " .. sink.account)) end
      assert(sink:begin(sink.committed + 1, "w"))
    end

    local function all(words, list)
      return db.all(('SELECT %s FROM "%s%s"'):format(words, name, list or ""))
    end

    local function one(words, list)
      local rows = all(words, list)
      assert.equal(1, #rows)
      return rows[1]
    end

    -- Time as a database tells it.
    local function told(time)
      return (time:gsub("%.0+$", ""))
    end

    it("have typed columns, and a row for each line of a list", function()
      put(open(), [[{"stockout_id":"9223372036854775807","modified":"2026-11-01 08:00:05",
        "order_no":"CK'1\\","paid":"12.3400","goods_count":33.333333,"status":95,
        "consign_time":1793491205000,"remark":"","receiver_country":null,"created":"",
        "stock_check_time":"0000-00-00 00:00:00","details_list":[
          {"rec_id":"1","spec_no":"商家","goods_count":"2.0000"},{"rec_id":"2","tax_rate":""}]}]])
      local row = one [[CAST(stockout_id AS CHAR(30)) AS id, order_no, paid, goods_count, status,
        consign_time, remark, receiver_country, created, stock_check_time, weight, _modified,
        _account, _read_at, _deleted_at]]
      assert.equal("9223372036854775807", (row.id:gsub("%s+$", "")))
      assert.equal("CK'1\\", row.order_no)
      assert.equal(12.34, tonumber(row.paid))
      assert.truthy(row.goods_count:find "^33%.333333")
      assert.equal("95", row.status)
      assert.equal("2026-11-01 08:00:05", told(row.consign_time))
      assert.same({ "", "2026-11-01 08:00:05", "acct" }, { row.remark, row._modified,
        row._account })
      for _, column in ipairs{ "receiver_country", "created", "stock_check_time", "weight",
        "_deleted_at" } do
        assert.is_nil(row[column], column)
      end
      assert.truthy(beijing.parse(told(row._read_at)))
      local lines = db.all(([[SELECT d._n, d.rec_id, d.spec_no, d.goods_count, d.tax_rate FROM
        "%s" s JOIN "%s_details_list" d ON d._account = s._account
        AND d._stockout_id = s.stockout_id ORDER BY d._n]]):format(name, name))
      assert.equal(2, #lines)
      assert.same({ "1", "1", "商家", 2 }, { lines[1]._n, lines[1].rec_id, lines[1].spec_no,
        tonumber(lines[1].goods_count) })
      assert.same({ "2", "2" }, { lines[2]._n, lines[2].rec_id, lines[2].tax_rate })
    end)

    local function version(id, modified, more)
      return ('{"stockout_id":"%s","modified":"%s"%s}'):format(id, modified, more or "")
    end

    it("take no older version, and of an equal one nothing", function()
      local sink = open()
      put(sink, version(1, V2, [[,"remark":"second","details_list":[{"rec_id":1},{"rec_id":2}]
        ]]), version(2, V2, ',"remark":"a"'), version(2, V3, ',"remark":"b"'),
        version(2, V1, ',"remark":"c"'))
      put(sink, version(1, V1, ',"remark":"older","details_list":[]'))
      put(sink, version(1, V2, ',"remark":"equal","details_list":[]'))
      assert.same({ { remark = "second" }, { remark = "b" } },
        all("remark", '" ORDER BY "stockout_id'))
      assert.equal(2, #all("_n", "_details_list"))
      put(sink, version(1, V3, ',"remark":"third","details_list":[{"rec_id":3}]'))
      assert.same({ { remark = "third" }, { remark = "b" } },
        all("remark", '" ORDER BY "stockout_id'))
      assert.same({ { rec_id = "3", _n = "1" } }, all("rec_id, _n", "_details_list"))
      put(sink, version(1, "2026-11-01 00:00:04"))
      assert.same({}, all("_n", "_details_list"))
      assert.is_nil(all("remark", '" ORDER BY "stockout_id')[1].remark)
    end)

    it("compare dates with epoch milliseconds as times", function()
      local sink, at = open(), beijing.parse(V2) * 1000
      put(sink, ('{"stockout_id":"1","modified":%d,"remark":"ms"}'):format(at))
      put(sink, version(1, V1, ',"remark":"older"'))
      assert.same({ remark = "ms", _modified = V2 }, one "remark, _modified")
      put(sink, version(1, V3, ',"remark":"newer"'))
      assert.same({ remark = "newer", _modified = V3 }, one "remark, _modified")
    end)

    it("get a column for a field that is new, and tell of it", function()
      local sink = open()
      put(sink, version(1, V1))
      put(sink, version(1, V2, [[,"late":0.12345678901234567890,"it's \"odd\"":true,
        "details_list":[{"rec_id":1,"later":"x"}] ]]), version(2, V1))
      local row = all("*", '" ORDER BY "stockout_id')[1]
      assert.equal("0.12345678901234567890", row.late)
      assert.truthy(row['it\'s "odd"'])
      assert.equal("x", one("later", "_details_list").later)
      local columns = {}
      for _, event in ipairs(events) do
        assert.equal("column_added", event.event)
        columns[event.column] = event.table
      end
      assert.same({ late = name, ['it\'s "odd"'] = name, later = name .. "_details_list" },
        columns)
      sink:close()
      sink = open() -- another process knows it
      put(sink, version(3, V1, ',"late":"7"'), version(1, V3))
      assert.equal(3, #events)
      local rows = all("late", '" ORDER BY "stockout_id')
      assert.same({ [3] = "7" }, { rows[1].late, rows[2].late, rows[3].late })
    end)

    it("make a column one of texts where a value does not fit, and lose nothing", function()
      local sink = open()
      put(sink, version(1, V1, [[,"status":"95","paid":"1.50","consign_time":"2026-11-01 08:00:00",
        "weight":"2","details_list":[{"rec_id":5}] ]]))
      put(sink, version(2, V1, [[,"status":"L1","paid":"一百","consign_time":"soon","weight":"007",
        "details_list":[{"rec_id":"R1"}] ]]), version(3, V1, ',"status":"96"'))
      local rows = all("status, paid, consign_time, weight", '" ORDER BY "stockout_id')
      assert.same({ "95", "L1", "96" }, { rows[1].status, rows[2].status, rows[3].status })
      assert.equal(1.5, tonumber(rows[1].paid))
      assert.same({ "一百", "soon", "007" }, { rows[2].paid, rows[2].consign_time,
        rows[2].weight })
      assert.equal("2026-11-01 08:00:00", told(rows[1].consign_time))
      assert.equal(2, tonumber(rows[1].weight))
      assert.same({ { rec_id = "5" }, { rec_id = "R1" } },
        db.all(('SELECT rec_id FROM "%s_details_list" ORDER BY _stockout_id'):format(name)))
      assert.equal(5, #events)
      for _, event in ipairs(events) do
        assert.same({ "column_retyped", "text" }, { event.event, event.to })
      end
      put(sink, version(3, V2, ',"status":"007"')) -- and it stays one
      assert.equal("007", all("status", '" ORDER BY "stockout_id')[3].status)
      assert.equal(5, #events)
    end)

    it("make an identity one of texts as well, with all that refers to it", function()
      local sink = open()
      put(sink, version(1, V1, ',"details_list":[{"rec_id":1}]'), version(20, V1))
      put(sink, version("A", V1, ',"details_list":[{"rec_id":2}]'), version("007", V1),
        version(1, V2, ',"remark":"again","details_list":[{"rec_id":3}]'))
      local ids = {}
      for i, row in ipairs(all("stockout_id AS id", '" ORDER BY "stockout_id')) do
        ids[i] = row.id
      end
      table.sort(ids)
      assert.same({ "007", "1", "20", "A" }, ids)
      local lines = db.all(('SELECT _stockout_id AS id, rec_id FROM "%s_details_list" ORDER BY '
        .. "rec_id"):format(name))
      assert.same({ { id = "A", rec_id = "2" }, { id = "1", rec_id = "3" } }, lines)
    end)

    it("hold lists that no document names, lists in lists, and one object in place of a list",
      function()
      local sink = open()
      put(sink, version(1, V1, [[,"tags":["a","b"],"gone":[],"one":{"x":1.10,"deep":[{"y":2},
        {"y":3,"deeper":[{"z":"4"}]}]},"details_list":[{"rec_id":1,"sn_list":[{"sn":"S1"}]},
        {"rec_id":2,"sn_list":[{"sn":"S2"},{"sn":"S3"}]}],"package":"7" ]]))
      assert.same({ { _n = "1", _value = "a" }, { _n = "2", _value = "b" } },
        all("_n, _value", '_tags" ORDER BY "_n'))
      assert.equal("1.10", one("x", "_one").x)
      assert.same({ { p = "1", _n = "1", y = "2" }, { p = "1", _n = "2", y = "3" } },
        all("_parent_n AS p, _n, y", '_one_deep" ORDER BY "_n'))
      assert.same({ { pp = "1", p = "2", _n = "1", z = "4" } },
        all("_parent_parent_n AS pp, _parent_n AS p, _n, z", "_one_deep_deeper"))
      assert.same({ { p = "1", _n = "1", sn = "S1" }, { p = "2", _n = "1", sn = "S2" },
        { p = "2", _n = "2", sn = "S3" } }, all("_parent_n AS p, _n, sn",
        '_details_list_sn_list" ORDER BY "sn'))
      put(sink, version(1, V2, ',"tags":["c"]'))
      assert.same({ { _n = "1", _value = "c" } }, all("_n, _value", "_tags"))
      assert.same({}, all("_n", "_one_deep_deeper"))
      assert.same({}, all("_n", "_details_list_sn_list"))
    end)

    it("hold several accounts, each with a state of its own", function()
      local a, b = open{ account = "a" }, open{ account = "b" }
      a.own = a:store()
      assert.is_true(a.own:lock())
      put(a, version(1, V1, ',"remark":"of a","details_list":[{"rec_id":1}]'))
      put(b, version(1, V2, ',"remark":"of b","details_list":[{"rec_id":2},{"rec_id":3}]'))
      assert.same({ { _account = "a", remark = "of a" }, { _account = "b", remark = "of b" } },
        all("_account, remark", '" ORDER BY "_account'))
      put(b, version(1, V3, ',"remark":"of b, again","details_list":[]'))
      assert.same({ { _account = "a", rec_id = "1" } }, all("_account, rec_id", "_details_list"))
      assert.is_nil(b:store():load())
      assert.equal("state of a", a.own:load())
      local other = assert(sink_of.open(db.target, { name = name, account = "a" }))
      opened[#opened + 1] = other
      assert(other:prepare{ name = name, entry = ENTRY, committed = 0, account = "a" })
      local begun, err, code = other:begin(0, "x")
      assert.is_nil(begun)
      assert.same({ "output", true }, { code, err:find("in use by another job", 1, true) ~= nil })
      local looks = assert(sink_of.open(db.target, { name = name, existing = true }))
      opened[#opened + 1] = looks
      assert.is_nil(looks:store():load()) -- of two accounts: whose?
    end)

    it("are of one gateway for each account, as soon as one was noted", function()
      local function prepared(table_name, gateway, adopt)
        local sink = assert(sink_of.open(db.target, { name = table_name, account = "a" }))
        opened[#opened + 1] = sink
        local identity, err, code, zh = sink:prepare{ name = table_name, entry = ENTRY,
          committed = 0, account = "a", gateway = gateway, adopt = adopt }
        return identity and sink, err, code, zh
      end
      put(open{ account = "a" }, version(1, V1, ""))
      db.run "ALTER TABLE _wdt_jobs DROP COLUMN gateway" -- as it was in older ledgers
      opened[1]:close()
      local sink = assert(prepared(name, "enterprise here"))
      assert(sink:begin(1, "w"))
      sink:close()
      assert.same({ { gateway = "enterprise here" } },
        db.all(("SELECT gateway FROM _wdt_jobs WHERE name = '%s@a'"):format(name)))
      for _, table_name in ipairs{ name, name .. "_other" } do
        local refused, err, code, zh = prepared(table_name, "enterprise there")
        assert.is_false(refused or false)
        assert.equal("output", code)
        assert.truthy(err:find(name .. "@a was copied through the gateway here, this account's is "
          .. "there: ", 1, true), err)
        assert.truthy(zh:find(name .. "@a 的数据来自网关 here，而当前账号的网关是 there：", 1, true), zh)
        assert(prepared(table_name, "enterprise there", "here"))
        assert(prepared(table_name, "ultimate there"))
      end
      db.run(("DROP TABLE %s%s%s"):format(name, "_details_list", ""))
      db.run("DROP TABLE " .. name)
      assert(prepared(name .. "_other", "enterprise there"))
    end)

    it("follow what another job changed meanwhile", function()
      local a, b = open{ account = "a" }, open{ account = "b" }
      put(a, version(1, V1, ',"late":"1","status":"x"'))
      put(b, version(1, V1, ',"late":"2","status":"5"'))
      put(b, version(2, V1, ',"later":"3","details_list":[{"rec_id":"R"}]'))
      put(a, version(2, V1, ',"later":"4","status":"6","details_list":[{"rec_id":8}]'))
      assert.same({ { late = "1", status = "x" }, { later = "4", status = "6" },
        { late = "2", status = "5" }, { later = "3" } },
        all("late, later, status", '" ORDER BY "_account", "stockout_id'))
    end)

    it("have a column of its own for every name of a field", function()
      local sink, fields = open(), { "Remark", "", " x", "x ", "a\\nb", "_account", "_n", "it's",
        '\\"', ("long"):rep(40), ("long"):rep(40) .. "er", "品名", "select" }
      local parts = {}
      for i, field in ipairs(fields) do parts[i] = ('"%s":"%d"'):format(field, i) end
      put(sink, version(1, V1, ',"remark":"small",' .. table.concat(parts, ",")))
      put(sink, version(2, V1, "," .. parts[1]))
      sink:close()
      put(open(), version(3, V1, "," .. table.concat(parts, ","))) -- found again
      assert.equal(#fields, #events)
      local columns = db.all(("SELECT field, column_name AS name FROM _wdt_columns WHERE "
        .. "table_name = '%s'"):format(name))
      local rows = all("*", '" ORDER BY "stockout_id')
      local found, taken = {}, {}
      for _, column in ipairs(columns) do
        assert.is_nil(taken[column.name:lower()])
        taken[column.name:lower()] = true
        local value = tonumber(rows[1][column.name])
        if value and fields[value] == column.field:gsub("\n", "\\n"):gsub('"', '\\"') then
          assert.equal(tostring(value), rows[3][column.name])
          found[value] = column.name
        end
      end
      for i, field in ipairs(fields) do assert.truthy(found[i], field) end
      assert.equal("small", rows[1].remark)
      assert.equal("1", rows[2][found[1]])
    end)

    it("hold more fields, and deeper, than a decoder is told of, and alter no number", function()
      local sink, long = open(), "0.12345678901234567890"
      local lists, deep = {}, '"x":' .. long .. ',"y":1.5'
      for list = 1, 11 do
        local members = {}
        for i = 1, 100 do members[i] = ('"f%d":%d.5'):format(i, i) end
        members[list] = ('"f%d":%s'):format(list, long)
        lists[list] = ('"many%d":[{%s}]'):format(list, table.concat(members, ","))
      end
      for _ = 1, 10 do deep = '"l":[{' .. deep .. "}]" end
      put(sink, version(1, V1, "," .. deep .. "," .. table.concat(lists, ",")), version(2, V1,
        ',"plain":[1.5,"b",[2],' .. long .. "]"))
      assert.same({ x = long, y = "1.5" }, one("x, y", ("_l"):rep(10)))
      for list = 1, 11 do
        local cells = one("*", "_many" .. list)
        for i = 1, 100 do
          assert.equal(i == list and long or ("%d.5"):format(i), cells["f" .. i])
        end
      end
      assert.same({ { _value = "1.5" }, { _value = "b" }, { _value = "[2]" }, { _value = long } },
        all("_value", '_plain" ORDER BY "_n'))
    end)

    it("take over a column that a process left which was killed before it noted it", function()
      local sink = open()
      put(sink, version(1, V1))
      db.run(('ALTER TABLE "%s" ADD COLUMN late %s'):format(name,
        scheme == "mysql" and "MEDIUMTEXT" or "TEXT"))
      put(sink, version(2, V1, ',"late":"1"'))
      assert.same({ { id = "2", late = "1" } }, db.all(('SELECT stockout_id AS id, late FROM "%s" '
        .. "WHERE late IS NOT NULL"):format(name)))
    end)

    it("keep a row aside that can't be placed, and the window's others", function()
      local sink = open()
      put(sink, version(1, V1, ',"order_no":"A"'))
      db.run(('CREATE UNIQUE INDEX "%s_own" ON "%s" (order_no%s)'):format(name, name, db.prefix))
      put(sink, version(2, V1, ',"order_no":"B"'), version(3, V1, ',"order_no":"A"'),
        '{"modified":"' .. V1 .. '","remark":"secret"}', version(4, V1, ',"order_no":"C"'))
      assert.same({ { id = "1" }, { id = "2" }, { id = "4" } },
        all("stockout_id AS id", '" ORDER BY "stockout_id'))
      local kept = db.all(("SELECT identity, reason, document FROM _wdt_rejects WHERE job = '%s' "
        .. "ORDER BY document"):format(name .. "@acct"))
      assert.equal(2, #kept)
      assert.truthy(kept[1].document:find("secret", 1, true))
      assert.truthy(kept[1].reason:find("no identity", 1, true))
      assert.equal("3", kept[2].identity)
      assert.truthy(kept[2].document:find('"order_no":"A"', 1, true))
      assert.equal(2, #events)
      for _, event in ipairs(events) do
        assert.equal("row_rejected", event.event)
        assert.is_nil(event.error:find("secret", 1, true))
      end
      put(sink, version(3, V2, ',"order_no":"A"')) -- the same one, newer: one line still
      assert.equal(2, #db.all(("SELECT identity FROM _wdt_rejects WHERE job = '%s'"):format(
        name .. "@acct")))
    end)

    it("are refused where every row is: the window is not done", function()
      local sink = open()
      put(sink, version(1, V1))
      db.run(('DROP TABLE "%s_details_list"'):format(name))
      for id = 2, 9 do
        assert.is_true(sink:row(version(id, V1, ',"details_list":[{"rec_id":1}]')))
      end
      local ok, _, code = sink:commit(0)
      assert.is_nil(ok)
      assert.equal("output", code)
      sink:close()
      assert.equal(1, #all "stockout_id")
    end)

    it("are no longer any account's once the first one was dropped", function()
      local a, b = open{ account = "a" }, open{ account = "b" }
      b.own = b:store()
      b.own:lock()
      put(a, version(1, V1))
      put(b, version(1, V1))
      a:close()
      b:close()
      db.run(('DROP TABLE "%s"'):format(name))
      put(open{ account = "a" }, version(2, V1, ',"details_list":[{"rec_id":1}]'))
      b = assert(sink_of.open(db.target, { name = name, account = "b" }))
      opened[#opened + 1] = b
      assert.is_nil(b:store():load())
      local _, count = b:prepare{ name = name, entry = ENTRY, committed = 0, account = "b" }
      assert.is_nil(count)
    end)

    it("keep the JSON as well where it is asked for", function()
      local target = db.target
      db.target = target .. "?layout=tables&document=true"
      local sink = open()
      db.target = target
      local text = version(1, V1, ',"paid":1.10,"remark":null,"details_list":[]')
      put(sink, text)
      local stored = one "_document"._document
      if scheme == "postgres" then
        assert.truthy(stored:find('"remark": null', 1, true) and stored:find("1.10", 1, true))
      else
        assert.equal(text, stored)
      end
      sink:close()
      put(open(), version(2, V1)) -- and go on with it
      local rows = all "_document"
      assert.truthy(#rows == 2 and rows[1]._document and rows[2]._document)
    end)

    if scheme == "postgres" then
      it("are merged where no temporary table may be made", function()
        local target = db.target
        db.run "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC"
        db.run "CREATE ROLE limited LOGIN"
        db.run "CREATE SCHEMA AUTHORIZATION limited"
        db.target = target:gsub("user=erp", "user=limited")
        finally(function() db.target = target end)
        local sink = open()
        put(sink, version(1, V1, ',"details_list":[{"rec_id":1},{"rec_id":2}]'), version(2, V1))
        put(sink, version(1, V2, ',"remark":"new","details_list":[{"rec_id":3}]'), version(3, V1))
        assert.same({}, events)
        name = "limited." .. name
        local function kept(words, list)
          return db.all(("SELECT %s FROM %s%s ORDER BY 1"):format(words, name, list or ""))
        end
        assert.same({ { stockout_id = "1", remark = "new" }, { stockout_id = "2" },
          { stockout_id = "3" } }, kept "stockout_id, remark")
        assert.same({ { rec_id = "3" } }, kept("rec_id", "_details_list"))
      end)
    end

    it("stand beside the first edition's documents, which stay what they are", function()
      local sink = open{ layout = "documents" }
      put(sink, version(1, V1))
      sink:close()
      sink = open()
      put(sink, version(2, V1))
      local rows = all("stockout_id AS id, _document", '" ORDER BY "stockout_id')
      assert.equal(2, #rows)
      assert.truthy(rows[2]._document:find(V1, 1, true))
      sink:close()
      for _, case in ipairs{ { name, "tables", "laid out as documents" } } do
        local refused, err, code, zh = sink_of.open(db.target, { name = case[1],
          layout = case[2] })
        assert.is_nil(refused)
        assert.equal("output", code)
        assert.truthy(err:find(case[3], 1, true), err)
        assert.truthy(zh)
      end
      db.run("CREATE TABLE theirs" .. names .. " (x INTEGER)")
      local refused, err = sink_of.open(db.target, { name = "theirs" .. names })
      assert.is_nil(refused)
      assert.truthy(err:find("another program's", 1, true), err)
      local target = db.target .. "?layout=documents"
      names, name = names + 1, "t" .. names .. "d"
      sink = assert(sink_of.open(target, { name = name, account = "acct" }))
      opened[#opened + 1] = sink
      assert(sink:prepare{ name = name, entry = ENTRY, committed = 0 })
      assert(sink:begin(0, "w"))
      put(sink, version(1, V1))
      assert.truthy(one "_document"._document)
      sink:close()
      refused, err = sink_of.open(db.target .. "?layout=tables", { name = name })
      assert.is_nil(refused)
      assert.truthy(err:find("give layout=documents", 1, true), err)
    end)

    it("keep texts of every kind as they are, and halves of characters whole", function()
      local sink, texts = open(), { "O'Brien", [[\"\\]], [[back\\slash\\]], "%_", ("长"):rep(70000),
        "😀", [[a\u0000b]], [[\ud83d x]], "'; DROP TABLE x; --" }
      for i, text in ipairs(texts) do
        assert.is_true(sink:row(version(i, V1, ',"remark":"' .. text .. '"')))
      end
      put(sink)
      local rows = all("remark", '" ORDER BY "stockout_id')
      assert.equal("O'Brien", rows[1].remark)
      assert.equal([["\]], rows[2].remark)
      assert.equal([[back\slash\]], rows[3].remark)
      assert.equal("%_", rows[4].remark)
      assert.equal(texts[5], rows[5].remark)
      assert.equal("😀", rows[6].remark)
      if scheme == "mysql" then assert.equal("a\0b", rows[7].remark) end
      if scheme == "postgres" then assert.equal("a b", rows[7].remark) end
      assert.equal("\239\191\189 x", rows[8].remark)
      assert.equal(texts[9], rows[9].remark)
    end)

    it("are laid out for every method whose fields are known", function()
      local catalog, n = require "wdt.catalog", 0
      for _, method in ipairs(rawget(_G, "jit") and schema.names() or { METHOD }) do
        local edition = method:find "^huice:" and "enterprise" or method:find "%." and "ultimate"
          or "enterprise"
        local entry = catalog[edition][method]
        if entry and entry.list and #entry.ids > 0 then
          n, name = n + 1, "m" .. n
          local sink = open(nil, { method = method, entry = entry,
            fields = schema.methods[method] })
          local cells = {}
          for _, id in ipairs(entry.ids) do cells[#cells + 1] = ('"%s":"7"'):format(id) end
          put(sink, "{" .. table.concat(cells, ",") .. "}")
          assert.equal(1, #all "_account", method)
          assert.same({}, events, method)
          sink:close()
        end
      end
      assert.is_true(n > 25 or not rawget(_G, "jit"), n)
    end)
  end)
end
