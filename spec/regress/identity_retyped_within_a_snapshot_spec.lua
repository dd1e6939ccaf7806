-- An identity that turned from a number to a text within a snapshot stopped that list for ever in
-- PostgreSQL, and hid rows that had gone from SQLite and MySQL: what had been seen stood there as
-- numbers, and 150 is no "0150".
local databases = require "support.databases"
local map = require "wdt.map"
local shell = require "support.shell"
local sink = require "wdt.sink"
local whole = require "wdt.sink.whole"

for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("an identity that becomes a text within a snapshot, in " .. scheme, function()
    local folder, db

    setup(function()
      folder = shell.folder()
      db = databases[scheme](folder)
    end)
    teardown(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local function put(reading, documents)
      local opened = assert(sink.open(db.target, { name = "shops", account = "a" }))
      local store = opened:store()
      assert(store:lock())
      assert(opened:prepare{ name = "shops", entry = { ids = { "shop_id" }, modified = "modified" },
        fields = { { "shop_id", "店铺ID", "int" } },
        account = "a", committed = reading - 1, emit = function() end })
      local result = assert(whole.put(opened, { committed = reading - 1, writer = "w" },
        function(take)
          for i, document in ipairs(documents) do
            if i == 100 then assert(opened.layout:flush()) end -- as after many bytes
            local ok, err, code, zh = take(document)
            if not ok then return nil, err, code, zh end
          end
          return true
        end, { proved = true, line = { kind = "whole", start = 1, stop = 2, rows = #documents,
          calls = 1, certificate = "ordered" } }))
      assert(store:save "state")
      store:unlock()
      opened:close()
      return result
    end

    local function document(id)
      return ('{"shop_id":%s,"modified":"2026-11-01 00:00:00"}'):format(id)
    end

    it("goes on, and knows what has gone", function()
      local list = {}
      for i = 1, 300 do list[i] = document(i) end
      assert.same({ gone = 0, back = 0 }, map.copy(put(1, list)))
      list[301], list[150] = document '"S-1"', document '"0150"'
      assert.same({ gone = 1, back = 0 }, map.copy(put(2, list)))
      local rows = db.all((('SELECT shop_id FROM shops WHERE "_deleted_at" IS NOT NULL'):gsub('"',
        scheme == "mysql" and "`" or '"')))
      assert.same({ { shop_id = "150" } }, rows)
    end)
  end)
end
