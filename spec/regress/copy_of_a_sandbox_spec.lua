-- A copy of the vendor's sandbox and one of production, under the same account name, were one: a
-- state that was made through one gateway went on through the other, and rows of both shared a
-- table.
local copying = require "support.copying"
local databases = require "support.databases"
local gateways = require "wdt.sync.gateway"
local shell = require "support.shell"
local snapshot = require "wdt.fleet.snapshot"
local wdt = require "wdt"

local HERE, THERE = "https://api.wangdian.cn/openapi2", "https://sandbox.wangdian.cn/openapi2"
local SANDBOX = "sandbox.wangdian.cn/openapi2"

describe("a copy through one gateway, of an account name of two,", function()
  local folder, db

  setup(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  teardown(function()
    db.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  -- A job of 20 rows through a gateway.
  local function open(url, name, more)
    local box = copying.small_box(20, 60)
    local client = copying.client_of(box)
    client.account.credentials.url = url
    local o = { name = name, what = "stockouts", from = copying.FROM, into = db.target }
    for key, value in pairs(more or {}) do o[key] = value end
    if o.every then return snapshot.open(client, o) end
    return client:sync(o)
  end

  local function copied(...)
    local job = assert(open(...))
    assert(job:run())
    job:close()
  end

  local function refused(code, name, ...)
    local job, err, got, zh = open(...)
    assert.is_nil(job)
    assert.equal(code, got)
    assert.truthy(err:find(name .. " was copied through the gateway " .. SANDBOX
      .. ", this account's is api.wangdian.cn/openapi2", 1, true), err)
    return zh
  end

  local function jobs(words)
    return db.all("SELECT name, gateway FROM _wdt_jobs " .. words)
  end

  it("does not go on through the other", function()
    copied(THERE, "one")
    refused("state", "one", HERE, "one")
    copied(THERE:gsub("https", "http"), "one") -- the same one
    copied(HERE, "one", { adopt = SANDBOX })
    copied(HERE, "one")
    assert.equal("enterprise api.wangdian.cn/openapi2", jobs "WHERE name LIKE 'one@%'"[1].gateway)
  end)

  it("shares no database with the other, whatever the table and the state", function()
    local state = "file:" .. folder .. "/state"
    db.run "DELETE FROM _wdt_jobs"
    copied(THERE, "two")
    local zh = refused("output", "two@sandbox", HERE, "three")
    assert.truthy(zh:find("的数据来自网关 " .. SANDBOX, 1, true), zh)
    refused("output", "two@sandbox", HERE, "two", { state = state })
    refused("output", "two@sandbox", HERE, "shops", { method = "shop", every = 60, query = {},
      to = db.target })
    for _, table_name in ipairs{ "two", "two_details_list" } do
      db.run("DROP TABLE " .. table_name)
    end
    copied(HERE, "three", { state = state }) -- nothing of the other one is left
  end)

  it("goes on where nothing was noted yet, and that is noted then", function()
    db.run "DELETE FROM _wdt_jobs"
    local job = assert(open(HERE, "old"))
    assert(job:run())
    job._checkpoint.gateway = nil -- as an older version left it
    assert(job:save(job._checkpoint))
    job:close()
    db.run "ALTER TABLE _wdt_jobs DROP COLUMN gateway"
    copied(HERE, "old")
    assert.equal("enterprise api.wangdian.cn/openapi2", jobs "WHERE name LIKE 'old@%'"[1].gateway)
  end)

  it("that is read whole, does not go on through the other either", function()
    db.run "DELETE FROM _wdt_jobs"
    local o = { method = "shop", every = 60, query = {}, to = db.target }
    local job = assert(open(THERE, "shops", o))
    while job:progress().windows == 0 do assert(job:step()) end
    job:close()
    refused("state", "shops", HERE, "shops", o)
    o.adopt = SANDBOX
    assert(open(HERE, "shops", o)):close()
  end)
end)

describe("the gateway of a copy", function()
  local function of(url, edition)
    return gateways.of{ edition = edition or "enterprise",
      account = { credentials = { url = url } } }
  end

  it("is its address without scheme, password and the case of letters", function()
    assert.equal("enterprise api.wangdian.cn/openapi2", of(HERE))
    assert.equal("enterprise h:81/x", of "http://u:p@H:81/x")
  end)

  it("of another edition is no sandbox", function()
    assert.is_nil((gateways.foreign(of(HERE), of("https://x/y", "ultimate"))))
    assert.is_nil((gateways.foreign(nil, of(HERE))))
  end)

  it("is noted in the state of files as well", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. folder) end)
    local client = copying.client_of(copying.small_box(5, 60))
    local function open(adopt)
      return client:sync{ name = "x", what = "stockouts", from = copying.FROM, adopt = adopt,
        into = "ndjson:" .. folder .. "/lines", state = wdt.state.file(folder .. "/state") }
    end
    local job = assert(open())
    assert(job:run())
    job:close()
    local made = client.account.credentials.url:gsub("^%w+://", "")
    client.account.credentials.url = HERE
    local err, code
    job, err, code = open()
    assert.is_nil(job)
    assert.equal("state", code)
    assert.truthy(err:find("through the gateway " .. made, 1, true), err)
    assert(open(made)):close()
    assert.error_matches(function() open "" end, "'adopt' is \"\", expected the address")
  end)
end)
