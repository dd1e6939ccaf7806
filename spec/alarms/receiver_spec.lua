-- Messages to the robots of WeCom, DingTalk and Feishu, and to programs: a real HTTP server gets
-- them, openssl verifies their signatures, and a receiver that fails is sent to again.
local cjson = require "cjson"
local formats = require "wdt.alarms.formats"
local loop_of = require "wdt.host.loop"
local receiver = require "wdt.alarms.receiver"
local robot_of = require "support.robot"
local shell = require "support.shell"

local NOTICES = { { kind = "lag", state = "raised", account = "a", job = "s",
  at = "2026-11-27 10:00:00", text = "【告警】a/s 滞后" },
  { kind = "gateway", state = "over", account = "b", at = "2026-11-27 10:00:00", text = "【恢复】b" } }
local TEXT = "【告警】a/s 滞后\n【恢复】b"

describe("a receiver of alarms", function()
  local robot, told, host

  setup(function() robot = robot_of.start() end)
  teardown(function() robot:stop() end)
  before_each(function()
    told, host = {}, loop_of.new()
    robot:answers '200 {"errcode":0,"code":0}'
    robot:requests()
  end)
  after_each(function() host:close() end)

  local function receiver_of(to)
    to.name, to.message = "duty", to.message or "text"
    return receiver.new(to, { host = host, language = "zh",
      tell = function(event, what) told[#told + 1] = { event, what } end })
  end

  -- Sends the notices to a robot of a kind; returns the body that it gets, and the request.
  local function sent(to)
    local one = receiver_of(to)
    one:push(NOTICES)
    host:spawn("x", function() one:send() end)
    assert.same({}, host:run())
    assert.same({}, told)
    assert.equal(0, #one.waiting)
    local requests = robot:requests()
    assert.equal(1, #requests)
    assert.equal("application/json; charset=utf-8", requests[1].headers["content-type"])
    return cjson.decode(requests[1].body), requests[1]
  end

  -- The HMAC-SHA256 of a text, by openssl, which reads both from files.
  local function openssl(key, text, form)
    local folder = shell.folder()
    shell.write(folder .. "/text", text)
    local hex = key:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
      :gsub("\n", "0a")
    local out = shell.must(("openssl dgst -sha256 -mac HMAC -macopt hexkey:%s -binary %s/text | %s")
      :format(hex, folder, form)):gsub("%s+$", "")
    shell.must("rm -rf " .. folder)
    return out
  end

  it("of WeCom gets text or markdown", function()
    local body, request = sent{ kind = "wecom", url = robot.url .. "/cgi-bin/webhook/send?key=K" }
    assert.same({ msgtype = "text", text = { content = TEXT } }, body)
    assert.equal("/cgi-bin/webhook/send?key=K", request.path)
    assert.same({ msgtype = "markdown", markdown = { content = TEXT } },
      (sent{ kind = "wecom", url = robot.url .. "/x", message = "markdown" }))
  end)

  it("of DingTalk gets text or markdown, signed in the address", function()
    local secret = "SEC0123456789abcdef/+="
    local body, request = sent{ kind = "dingtalk", url = robot.url .. "/robot/send?access_token=T",
      secret = secret }
    assert.same({ msgtype = "text", text = { content = TEXT } }, body)
    local stamp, sign = request.path:match
      "^/robot/send%?access_token=T&timestamp=(%d+)&sign=(.+)$"
    assert.is_true(math.abs(stamp / 1000 - os.time()) < 600, request.path)
    assert.is_nil(sign:find "[+/=]")
    sign = sign:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    assert.equal(openssl(secret, stamp .. "\n" .. secret, "base64 -w0"), sign)
    body, request = sent{ kind = "dingtalk", url = robot.url .. "/robot/send",
      message = "markdown" }
    assert.same({ msgtype = "markdown", markdown = { title = "wdt",
      text = TEXT:gsub("\n", "\n\n") } }, body)
    assert.equal("/robot/send", request.path)
  end)

  it("of Feishu gets text or a card, signed in the body", function()
    local secret = "feishu-secret"
    local body = sent{ kind = "feishu", url = robot.url .. "/open-apis/bot/v2/hook/H",
      secret = secret }
    assert.same({ "text", TEXT }, { body.msg_type, body.content.text })
    assert.is_true(math.abs(body.timestamp - os.time()) < 600, body.timestamp)
    assert.equal("string", type(body.timestamp))
    assert.equal(openssl(body.timestamp .. "\n" .. secret, "", "base64 -w0"), body.sign)
    body = sent{ kind = "feishu", url = robot.url .. "/x", message = "markdown" }
    assert.same({ msg_type = "interactive", card = { elements = { { tag = "div",
      text = { tag = "lark_md", content = TEXT } } } } }, body)
  end)

  it("that is a program gets what the alarms are, signed in a header", function()
    robot:answers "204 "
    local body, request = sent{ kind = "json", url = robot.url .. "/hook", secret = "s3cret" }
    assert.same({ "wdt", TEXT, NOTICES }, { body.from, body.text, body.alarms })
    assert.equal("sha256=" .. openssl("s3cret", request.body, "od -An -tx1 -v | tr -d ' \\n'"),
      request.headers["x-wdt-signature"])
    robot:answers "200 thank you"
    sent{ kind = "json", url = robot.url .. "/hook" }
    robot:answers "200 "
    sent{ kind = "json", url = robot.url .. "/hook" }
  end)

  it("makes base64 of every length", function()
    for plain, coded in pairs{ [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
      ["\0\255\254"] = "AP/+" } do
      assert.equal(coded, formats.base64(plain))
    end
  end)

  for name, case in pairs{
    ["refuses"] = { '200 {"errcode":310000,"errmsg":"sign not match"}',
      "errcode 310000: sign not match" },
    ["answers another kind's words"] = { '200 {"x":1}', "none of this kind" },
    ["answers no JSON"] = { "200 <html>", "none of this kind" },
    ["answers with a status"] = { "500 no", "HTTP 500" },
    ["closes the connection"] = { "", ": " },
  } do
    it("that " .. name .. " is sent to again, later and later, without its secrets in the log",
      function()
        local key = "0123456789abcdef0123"
        local one = receiver_of{ kind = "dingtalk", url = robot.url .. "/send?access_token=" .. key,
          secret = "SECRETSECRET" }
        robot:answers(case[1])
        one:push(NOTICES)
        host:spawn("x", function()
          one:send()
          one:send() -- not yet
          one:push{ NOTICES[1] }
          one.next = 0
          one:send()
          robot:answers '200 {"errcode":0}'
          one.next = 0
          one:send()
        end)
        assert.same({}, host:run())
        assert.equal(2, #told)
        assert.same({ "alarm_failed", "duty", 2, 15 }, { told[1][1], told[1][2].receiver,
          told[1][2].waiting, told[1][2].retry_in })
        assert.same({ 3, 30 }, { told[2][2].waiting, told[2][2].retry_in })
        for _, one_told in ipairs(told) do
          local text = one_told[2].error
          assert.truthy(text:find(case[2], 1, true), text)
          assert.is_nil(text:find(key, 1, true), text)
          assert.is_nil(text:find("SECRET", 1, true), text)
        end
        local requests = robot:requests()
        assert.equal(3, #requests)
        local text = cjson.decode(requests[3].body).text.content
        assert.equal(TEXT .. "\n" .. NOTICES[1].text, text)
        assert.equal(0, #one.waiting)
      end)
  end

  it("hides its key where an answer repeats it", function()
    local key = "0123456789abcdef0123"
    robot:answers('200 {"errcode":93000,"errmsg":"bad key ' .. key .. ', ' .. key .. '"}')
    local one = receiver_of{ kind = "wecom", url = robot.url .. "/send?key=" .. key }
    one:push(NOTICES)
    host:spawn("x", function() one:send() end)
    host:run()
    assert.equal("api: errcode 93000: bad key ***, ***", told[1][2].error)
  end)

  it("keeps only so many that wait", function()
    local one = receiver_of{ kind = "json", url = robot.url .. "/" }
    for i = 1, 600 do one:push{ { text = tostring(i) } } end
    assert.same({ 500, "101", 100 }, { #one.waiting, one.waiting[1].text, one.dropped })
  end)
end)
