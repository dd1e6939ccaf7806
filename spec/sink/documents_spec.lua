-- Rows as documents: where core.laying finds identity and version, the table holds what it would
-- if the database had taken the rows apart; rows that are not plain go that way.
local databases = require "support.databases"
local native = require "wdt.native"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local DOCUMENTS = {
  '{"id":1,"no":"a","modified":"2026-11-01 08:00:00","other":{"x":[1,{"y":"}"}]},"z":null}',
  '{"modified":1793491200123,"id":"1","no":"a"}', -- later: epoch milliseconds, of a number
  '{"id":9223372036854775807,"no":"b","modified":"1793491200000"}',
  '{"id":-3,"no":"c"}', '{"id":"","no":"d","modified":""}',
  '{ "no" : "e\\u0041\\"\'" , "id" : 4 , "modified" : "2026-11-01T08:00:00" }',
  '{"id":true,"no":"f","modified":null}',
  '{"id":5,"no":"g","modified":"2026-11-02 00:00:00","v":1}',
  '{"id":5,"no":"g","modified":"2026-11-02 00:00:00","v":2}', -- the last of equal ones stays
  '{"id":5,"no":"g","modified":"2026-11-01 00:00:00","v":3}', -- an older one does not come back
  '{"id":1e2,"no":"i"}', '{"id":-0,"no":"j"}',
  '{"id":8,"no":"长","modified":"2026-11-02 00:00:00","长":"长","f":1.50,"n":{},"l":[]}',
  '{"id":6,"id":7,"no":"h","modified":"x"}', -- twice: for the database
}

for _, scheme in ipairs{ "sqlite", "postgres" } do
  describe("rows as documents in " .. scheme, function()
    local folder, db, opened, n = shell.folder(), nil, {}, 0

    setup(function() db = databases[scheme](folder) end)
    after_each(function()
      for _, sink in ipairs(opened) do sink:close() end
      opened = {}
    end)
    teardown(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    -- A table of these identities; `apart`: the database takes all rows apart.
    local function open(ids, apart)
      n = n + 1
      local sink = assert(sink_of.open(db.target, { name = "d" .. n, layout = "documents" }))
      opened[#opened + 1] = sink
      assert(sink:prepare{ name = "d" .. n, committed = 0, entry = { ids = ids,
        modified = "modified" } })
      assert(sink:begin(0, "w"))
      if native.find("wdt." .. scheme) then assert.truthy(sink.layout.layer) end
      if apart then sink.layout.layer = nil end
      return sink
    end

    local function put(sink, documents)
      for _, document in ipairs(documents) do assert(sink:row(document)) end
      local ok, err = sink:commit(0)
      if ok then return db.all("SELECT * FROM " .. sink.name .. " ORDER BY _document") end
      return nil, err
    end

    for name, ids in pairs{ ["one field"] = { "id" }, ["two fields"] = { "id", "no" },
      ["the version"] = { "no", "modified" } } do
      it("are the same by both ways, identity: " .. name, function()
        for i, document in ipairs(DOCUMENTS) do -- each alone, and after all before it
          local one = { put(open(ids), { document }) }
          assert.same({ put(open(ids, true), { document }) }, one, document)
          local some = { (table.unpack or unpack)(DOCUMENTS, 1, i) } -- luacheck: ignore 143 113
          assert.same({ put(open(ids, true), some) }, { put(open(ids), some) })
        end
      end)
    end

    it("hold each document as it came, and the newest of a row", function()
      local rows = put(open{ "id" }, DOCUMENTS)
      local by_id = {}
      for _, row in ipairs(rows) do by_id[row.id] = row end
      assert.equal("2026-11-01 08:00:00.123", by_id["1"]._modified)
      if scheme == "postgres" then -- which keeps JSON in words of its own
        assert.matches('"v": 2', by_id["5"]._document, 1, true)
        return
      end
      assert.equal(DOCUMENTS[2], by_id["1"]._document)
      assert.equal(DOCUMENTS[3], by_id["9223372036854775807"]._document)
      assert.equal(DOCUMENTS[9], by_id["5"]._document)
      assert.equal(DOCUMENTS[13], by_id["8"]._document)
    end)

    for _, case in ipairs{ '{"no":"x","modified":"1"}', '{"id":null}', "[1]", '{"id":1', "" } do
      it("fail with their window where they are none: " .. case, function()
        for _, apart in ipairs{ false, true } do
          local sink = open({ "id" }, apart)
          local rows, err = put(sink, { DOCUMENTS[1], case })
          assert.is_nil(rows)
          assert.truthy(err:find "^output: ", err)
          assert(sink:begin(0, "w")) -- nothing of it stays
          assert.same({}, put(sink, {}))
        end
      end)
    end

    it("tell a failure of the database, and go in batches", function()
      local sink = open{ "id" }
      local long = ("x"):rep(400000)
      for i = 1, 5 do
        assert(sink:row(('{"id":%d,"modified":"1","long":"%s"}'):format(i, long)))
      end
      assert.truthy(#sink.layout.pending < 5)
      assert.equal(5, #put(sink, {}))
      assert(sink:begin(1, "w"))
      sink.connection:execute("DROP TABLE " .. sink.name)
      local rows, err = put(sink, { DOCUMENTS[1] })
      assert.is_nil(rows)
      assert.matches(scheme == "sqlite" and "no such table" or "does not exist", err)
    end)
  end)
end
