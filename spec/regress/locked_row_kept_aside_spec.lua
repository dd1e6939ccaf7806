-- A row that another program held locked for longer than the database waits was kept aside as one
-- that can't be placed, and its window was done: nothing brought it into its table afterwards.
local copies = require "support.copies"
local passes = require "wdt.sink.passing"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local ENTRY = { ids = { "stockout_id" }, modified = "modified" }
local FIELDS = { { "stockout_id", "", "int" }, { "modified", "", "datetime" },
  { "remark", "", "text" } }

it("a row that is locked fails its window, and is placed by the next try", function()
  local folder = shell.folder()
  local pg, sink, environment, other = copies.postgres(folder), nil, nil, nil
  finally(function()
    if sink then sink:close() end
    if other then
      other:close()
      environment:close()
    end
    pg.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)
  pg.execute "ALTER ROLE erp SET lock_timeout = '50ms'"
  sink = assert(sink_of.open("postgres:" .. pg.address, { name = "so", account = "a" }))
  local host = { clock = 0, random = function() return 0 end }
  function host.now() return host.clock end
  function host.sleep() host.clock = host.clock + 30 end
  assert(sink:prepare{ name = "so", entry = ENTRY, committed = 0, fields = FIELDS, host = host })
  local windows = 0

  local function put(version)
    assert(sink:begin(windows, "w"))
    for i = 1, 20 do
      assert(sink:row(('{"stockout_id":%d,"modified":"2026-11-01 00:00:0%d","remark":"%d",'
        .. '"lines":[{"n":%d}]}'):format(i, version, version, version)))
    end
    local ok, err = sink:commit(0)
    if ok then windows = windows + 1 end
    return ok, err
  end

  local function told(words)
    return (pg.read("SELECT 1 AS k, " .. words .. " AS n", { "k" }))["1"].n
  end

  assert(put(1))
  environment = require "luasql.postgres".postgres()
  other = assert(environment:connect(pg.address))
  other:setautocommit(false)
  assert(other:execute "UPDATE so SET remark = 'mine' WHERE stockout_id = 7")
  local ok, err = put(2)
  assert.is_nil(ok)
  assert.matches("lock", err)
  assert.is_true(sink:lost(err))
  other:rollback()
  assert(put(2))
  assert.equal("20", told "(SELECT count(*) FROM so WHERE remark = '2')")
  assert.equal("20", told "(SELECT count(*) FROM so_lines WHERE n = '2')")
  assert.equal("0", told "(SELECT count(*) FROM _wdt_rejects)")
end)

it("a failure that passes is told from one of a row", function()
  for _, words in ipairs{ "output: database or disk is full", "output: database is locked",
    'output: ERROR:  could not extend file "base/5/1": No space left on device',
    "output: FATAL:  terminating connection due to administrator command",
    "output: Lock wait timeout exceeded; try restarting transaction",
    "output: Deadlock found when trying to get lock; try restarting transaction",
    "output: The table 'so' is full", "output: Got error 28 \"No space left\" from storage engine",
    "output: Disk full (/tmp/x); waiting for someone to free some space...",
    "output: MySQL server has gone away", "output: ERROR:  canceling statement due to lock timeout"
  } do
    assert.is_true(passes(words), words)
  end
  for _, words in ipairs{ "output: Data too long for column 'remark' at row 1",
    "output: ERROR:  value too long for type character varying(3)",
    "output: CHECK constraint failed: n < 3", "output: Out of range value for column 'n' at row 1",
    "output: ERROR:  invalid byte sequence for encoding \"UTF8\": 0x00" } do
    assert.is_false(passes(words), words)
  end
end)
