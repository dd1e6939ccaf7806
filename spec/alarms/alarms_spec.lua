-- Alarms: raised once, told again no sooner than asked for, and told when they are over.
local alarms = require "wdt.alarms"
local beijing = require "wdt.beijing"
local settings = require "wdt.alarms.settings"

local NOW = beijing.parse "2026-11-27 10:00:00"

describe("alarms", function()
  local watch

  before_each(function()
    watch = alarms.new(settings.NONE)
  end)

  -- "state kind account/job text" of what is due at so many seconds.
  local function due(at)
    local list = {}
    for i, one in ipairs(watch:due(NOW + at)) do
      list[i] = ("%s %s %s/%s"):format(one.state, one.kind, one.account, one.job or "")
    end
    return list
  end

  local function event(name, at, more)
    local one = { event = name, account = "a", job = "s" }
    for key, value in pairs(more or {}) do one[key] = value end
    watch:event(one, NOW + at)
  end

  local function lags(behind, at)
    watch:job({ account = "a", job = "s", target = 360, behind = behind }, NOW + at)
  end

  it("tell a job that lags beyond its target and the threshold, again and when it is over",
    function()
      lags(960, -200)
      lags(961, -119)
      assert.same({}, due(0)) -- it may be catching up
      lags(961, 1)
      local first = watch:due(NOW + 1)
      assert.same({ kind = "lag", state = "raised", account = "a", job = "s",
        at = "2026-11-27 10:00:01", text = "【告警】a/s 滞后 16:01（目标 6:00）" }, first[1])
      lags(2000, 1800)
      assert.same({}, due(1800))
      assert.same({ "again lag a/s" }, due(1801))
      lags(500, 1802) -- neither late nor up to date
      assert.same({}, due(1802))
      lags(360, 1803)
      assert.same({ "over lag a/s" }, due(1803))
      assert.same({}, due(9999))
    end)

  it("are told no more often than asked for, however often they come and go", function()
    local told = 0
    for at = 0, 1919, 120 do
      lags(at % 480 < 240 and 2000 or 0, at)
      told = told + #due(at)
    end
    assert.equal(2, told) -- raised and over, once
    lags(2000, 1920)
    assert.same({ "raised lag a/s" }, due(2040))
  end)

  it("tell a gateway that is away for so long, and that it is back", function()
    event("failure", 0, { code = "connect", error = "connect: refused", retry_in = 1 })
    event("failure", 200, { code = "server", error = "server: HTTP 502", retry_in = 60 })
    event("failure", 250, { code = "rate", error = "rate: x", retry_in = 300 })
    assert.same({}, due(299))
    local list = watch:due(NOW + 300)
    assert.equal("【告警】a：网关自 2026-11-27 10:00:00 起无正常应答：server: HTTP 502", list[1].text)
    assert.is_nil(list[1].job)
    event("call", 400)
    assert.same({ "over gateway a/" }, due(401))
    event("failure", 402, { code = "server", error = "server: x" })
    assert.same({}, due(701))
  end)

  it("tell no gateway that fails in between", function()
    for at = 0, 1000, 10 do
      event("failure", at, { code = "timeout", error = "timeout: x", retry_in = 1 })
      event("call", at + 5)
      assert.same({}, due(at + 6))
    end
  end)

  it("tell refused credentials once they are final, and of a method only that job", function()
    event("failure", 0, { code = "auth", error = "auth: sign", retry_in = 0 })
    assert.same({}, due(0))
    event("failure", 1, { code = "auth", error = "auth: sign" })
    event("failure", 1, { code = "permission", error = "permission: no" })
    event("stream_failed", 1, { code = "auth", error = "auth: sign" })
    assert.same({ "raised credentials a/", "raised credentials a/s", "raised stopped a/s" }, due(1))
    event("call", 2, { job = "t" })
    assert.same({ "over credentials a/" }, due(2))
    event("call", 3)
    event("commit", 3, { certificate = "counted", rows = 1 })
    assert.same({ "over credentials a/s", "over stopped a/s" }, due(3))
  end)

  it("count what has happened, and have nothing to take back", function()
    for _ = 1, 3 do event("commit", 0, { certificate = "none", rows = 1 }) end
    event("commit", 0, { certificate = "counted", rows = 1 })
    event("column_added", 0, { table = "stockouts", column = "late_field" })
    event("row_rejected", 0, { table = "stockouts", identity = "13800000000", error = "x" })
    local list = watch:due(NOW)
    assert.same({ "【告警】a/s：出现 1 个新字段或列表，最近一个是 late_field",
      "【告警】a/s：数据库拒绝了 1 条（stockouts）", "【告警】a/s：3 个窗口无法证明完整" },
      { list[1].text, list[2].text, list[3].text })
    assert.equal(3, list[3].count)
    event("commit", 10, { certificate = "none", rows = 1 })
    assert.same({}, due(10))
    assert.same({ "raised uncertified a/s" }, due(1800))
    assert.same({}, due(3600))
  end)

  it("speak English where they are asked to, and hold another's words short and plain", function()
    local english = {}
    for name, value in pairs(settings.NONE) do english[name] = value end
    english.language = "en"
    watch = alarms.new(english)
    event("stream_failed", 0, { code = "param", error = "param: <at user_id=\"all\">\n"
      .. ("字"):rep(100) })
    local text = watch:due(NOW)[1].text
    assert.truthy(text:find("^%[alarm%] a/s has stopped and waits for a person: param: "), text)
    assert.is_nil(text:find("[<>\n]"))
    assert.is_true(#text < 270, #text)
    assert.truthy(text:find("字…$"), text)
  end)

  it("join to a message that a robot takes, however many they are", function()
    for i = 1, 1000 do
      watch:job({ account = "account" .. i, job = "s", target = 1, behind = 9999 }, NOW - 120)
    end
    local list = watch:due(NOW)
    assert.equal(1000, #list)
    local text = alarms.text(list, "zh")
    assert.is_true(#text <= 2000, #text)
    local lines = select(2, text:gsub("\n", "\n"))
    assert.truthy(text:find("\n……另有 " .. 1000 - lines .. " 条$"), text:sub(-100))
  end)
end)

describe("the settings of alarms", function()
  local account = require "wdt.cli.account"

  local function read(text)
    local sections, err, lines = account.parse(text)
    assert(sections, err)
    return settings.read{ path = "FILE", sections = sections, lines = lines }
  end

  it("are what the file says, and the usual where it does not", function()
    assert.same({ ["repeat"] = 1800, lag = 600, down = 300, language = "zh", receivers = {} },
      read "")
    assert.same({ ["repeat"] = 600, lag = 60, down = 300, language = "en", receivers = {
      { name = "duty", kind = "dingtalk", url = "https://x.example/robot/send?access_token=abc",
        secret = "SEC1", message = "markdown" },
      { name = "log", kind = "json", url = "http://127.0.0.1:1/x", message = "text" } } },
      read([[
[alarms]
repeat = 10m
lag = 1m
language = en
[alarms:duty]
kind = dingtalk
url = https://x.example/robot/send?access_token=abc
secret = SEC1
message = markdown
[alarms:log]
kind = json
url = http://127.0.0.1:1/x
]]))
  end)

  for text, expected in pairs{
    ["[alarms]\nrepeat = 10\n"] = "FILE line 2: setting 'repeat' is \"10\", expected a length of "
      .. 'time, e.g. "30m"',
    ["[alarms]\nlagg = 1m\n"] = "FILE line 2: setting 'lagg' is none of [alarms]'s; the nearest "
      .. "known: 'lag'",
    ["[alarms]\nlanguage = de\n"] = "expected zh or en",
    ["[alarms:x]\nkind = slack\n"] = "setting 'kind' is \"slack\", expected wecom, dingtalk, "
      .. "feishu or json",
    ["[alarms:x]\nkind = json\n"] = "FILE: [alarms:x] says no url, expected an http or https "
      .. "address",
    ["[alarms:x]\nurl = http://x/\n"] = "FILE: [alarms:x] says no kind",
    ["[alarms:x]\nurl = ftp://secret\n"] = "setting 'url' can't be used, expected an http or https "
      .. "address",
    ["[alarms:x]\nkind = wecom\nurl = http://x/\nsecret = s\n"] = "a robot of wecom signs nothing",
  } do
    it("are refused: " .. expected, function()
      local result, err = read(text)
      assert.is_nil(result)
      assert.truthy(err:find(expected, 1, true), err)
      assert.is_nil(err:find("ftp://secret", 1, true), err)
    end)
  end
end)
