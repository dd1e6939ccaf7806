-- An audit read the rows that it drew at random with numbers as Lua has them: an identity of 19
-- digits was rounded on Lua 5.4, so that a row which stands at the gateway was told gone; a last
-- digit that was altered in the copy went unseen on LuaJIT, where two such numbers are one.
local audit = require "wdt.audit"
local copying = require "support.copying"
local databases = require "support.databases"
local shell = require "support.shell"
local wdt = require "wdt"

local QUERY = { status = 95, is_by_modified = 1 }
local HEAD, WEIGHT = "12345678900", "123456789012345.25"

-- A gateway whose identities are numbers of 19 digits, and weights ones of 17; `more` as well.
local function box_of(more)
  local box = copying.small_box(20, 600, { latency = 0, fields = "all" })
  local handle = box.gateway.handle
  box.gateway.handle = function(gateway, request, now)
    local response, directive = handle(gateway, request, now)
    response.body = response.body:gsub('"stockout_id":"(%d+)"', '"stockout_id":' .. HEAD .. "%1")
      :gsub('"weight":"[^"]*"', '"weight":' .. WEIGHT)
    if more then response.body = more(response.body) end
    return response, directive
  end
  return box
end

local function copied(db, box)
  local client = copying.client_of(box)
  local job = { name = "stockouts", what = "stockouts", from = copying.FROM, into = db.target,
    query = QUERY }
  local opened = assert(client:sync(job))
  assert(opened:run())
  opened:close()
  return client, job
end

for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("rows drawn at random out of " .. scheme, function()
    local folder, db
    setup(function()
      folder = shell.folder()
      db = databases[scheme](folder)
    end)
    teardown(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    after_each(function()
      for _, one in ipairs{ "stockouts", "stockouts_details_list", "_wdt_jobs", "_wdt_columns" } do
        db.run("DROP TABLE " .. one)
      end
    end)

    it("are known by 19 digits, and differ in any of them", function()
      local client, job = copied(db, box_of())
      assert.equal(20, #db.all("SELECT 1 FROM stockouts WHERE stockout_id > " .. HEAD
        .. "00000000"))
      local found = assert(audit.run(client, job, { sample = 5 }))
      assert.same({ 5, {}, {} }, { found.looked_up, found.gone, found.differences })
      db.run "UPDATE stockouts SET platform_id = 1234567890123456789"
      found = assert(audit.run(client, job, { sample = 5 }))
      assert.same({ 5, {} }, { #found.differences, found.gone })
      assert.equal("platform_id", found.differences[1].field)
    end)

    it("differ in the last of 19 digits of a number", function()
      local client, job = copied(db, box_of(function(body)
        return (body:gsub('"platform_id":"?%d+"?', '"platform_id":9007199254740993001'))
      end))
      assert.same({}, assert(audit.run(client, job, { sample = 5 })).differences)
      db.run "UPDATE stockouts SET platform_id = platform_id + 1"
      local found = assert(audit.run(client, job, { sample = 5 }))
      assert.equal(5, #found.differences)
      assert.equal("platform_id", found.differences[1].field)
    end)
  end)
end

it("a number that fills up with zeros in a copy is the same one", function()
  local copy_of = require "wdt.audit.copy"
  local folder = shell.folder()
  finally(function() shell.must("rm -rf " .. shell.quote(folder)) end)
  local db = databases.sqlite(folder)
  local _, job = copied(db, box_of())
  local copy = assert(copy_of.open(db.target, "stockouts", "sandbox",
    { clock = "modified", entry = { ids = { "stockout_id" } } }))
  finally(function() copy:close() end)
  assert.truthy(job)
  copy.table.fields.n, copy.table.fields.t = { name = "n", kind = "decimal" },
    { name = "t", kind = "text" }
  for _, case in ipairs{ { "n", "1.50", "1.5000", true }, { "n", "-0.0", "0", true },
    { "n", "1.5", "1.5001", false }, { "n", "", nil, true }, { "n", "1", nil, false },
    { "t", "1.5", "1.5000", true }, { "t", "", nil, true }, { "t", "07", "7", false },
    { "t", wdt.null, "x", true } } do
    local field, value, cell, same = case[1], case[2], case[3], case[4]
    if value == wdt.null then value = nil end
    assert.equal(same, copy:stands(field, value, cell), tostring(value) .. " " .. tostring(cell))
  end
end)
