-- Accounts and streams of a configuration file: what is taken from where, and what is refused, with
-- its line and the nearest known name.
local account = require "wdt.cli.account"
local beijing = require "wdt.beijing"
local configuration = require "wdt.fleet.configuration"

local ACCOUNTS = "[a]\nedition = enterprise\n[b]\nedition = enterprise\n"

describe("a configuration of streams", function()
  local function read(text, wanted)
    local sections, err, lines = account.parse(ACCOUNTS .. text)
    assert(sections, err)
    return configuration.read({ path = "FILE", sections = sections, lines = lines }, wanted)
  end

  it("has what its sections say, the narrower ones last", function()
    local accounts = assert(read([[
[*/*]
to = sqlite:all.db
from = 2026-01-01
lag = 5m
[a/*]
to = sqlite:a.db
[*/trades]
what = trade_query
revisit = 1d, 7d
status = 30, 95
param.shop_no = S1
[a/trades]
target = 20m
poll.least = 30s
[a/shops]
what = shop
every = 1d
by_day = true
[b/stockouts]
audit = true
lanes = 2
page_size = learn
]]))
    assert.equal(2, #accounts)
    local a, b = accounts[1], accounts[2]
    assert.same({ "a", "b", "enterprise" }, { a.name, b.name, a.settings.edition })
    assert.same({ "shops", "trades" }, { a.streams[1].name, a.streams[2].name })
    assert.same({ "stockouts", "trades" }, { b.streams[1].name, b.streams[2].name })
    local from = beijing.parse "2026-01-01 00:00:00"
    assert.same({ name = "trades", account = "a", method = "trade_query", to = "sqlite:a.db",
      from = from, lag = 300, target = 1200, revisit = { "1d", "7d" }, poll = { least = 30 },
      query = { status = { "30", "95" }, shop_no = "S1" } }, a.streams[2])
    assert.same({ name = "shops", account = "a", method = "shop", to = "sqlite:a.db", from = from,
      lag = 300, target = 86400, every = 86400, by_day = true, query = {} }, a.streams[1])
    assert.same({ page_size = "learn" }, b.streams[1].query)
    assert.same({ "sqlite:all.db", "stockouts", true, 2, 480 }, { b.streams[1].to,
      b.streams[1].what, b.streams[1].audit, b.streams[1].lanes, b.streams[1].target })
    local only = assert(read("[*/stockouts]\nto = sqlite:x\n", { "b" }))
    assert.same({ 1, "b" }, { #only, only[1].name })
  end)

  for text, expected in pairs{
    ["[a/stockouts]\nto = sqlite:x\nlga = 3m\n"]
      = "FILE line 7: setting 'lga' is none of a stream's; the nearest known: 'lag'",
    ["[a/stockouts]\nto = sqlite:x\nlag = 3 minutes\n"]
      = "FILE line 7: setting 'lag' is \"3 minutes\", expected a length of time",
    ["[a/stockouts]\nto = sqlite:x\nfrom = 2026-02-30\n"]
      = "FILE line 7: setting 'from' is \"2026-02-30\", expected a time",
    ["[a/stockouts]\nlag = 3m\n"] = "FILE: stream [a/stockouts]: it says no target",
    ["[aa/stockouts]\nto = sqlite:x\n"]
      = "FILE: [aa/stockouts] is of no account of this file; the nearest known: 'a'",
    ["[a/b/c]\nto = sqlite:x\n"] = "FILE: [a/b/c] is no [ACCOUNT/STREAM]",
    ["[a/shops]\nto = sqlite:x\nby_day = true\n"] = "by_day goes with every",
    [""] = "FILE: no account has a stream",
  } do
    it("refuses: " .. expected, function()
      local accounts, err = read(text)
      assert.is_nil(accounts)
      assert.truthy(err:find(expected, 1, true), err)
    end)
  end

  it("names the accounts that resemble one that is wanted", function()
    local accounts, err = read("[*/stockouts]\nto = sqlite:x\n", { "bb" })
    assert.is_nil(accounts)
    assert.truthy(err:find("there is no account [bb]; the nearest known: 'b'", 1, true), err)
  end)
end)
