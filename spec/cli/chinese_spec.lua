-- In a Chinese locale the command speaks Chinese, the library's sentences included; the gateway's
-- own words pass as they are.
local chinese = require "wdt.cli.chinese"
local command = require "support.command"
local literals = require "support.literals"
local sentences = require "wdt.cli.sentences"
local shell = require "support.shell"
local visitor = require "support.visitor"

-- Sources whose texts reach no user of the command as sentences, or are read and not said.
local SILENT = { "/nginx/", "/wdt/serve/", "/types%.lua", "/catalog/%l+%.lua", "/catalog/ultimate/",
  "/edition/throttle", "/host/loop", "/schema/fields", "/sandbox/[^s]", "/sandbox/sign",
    "/sandbox/sales",
  "/cli/[^aop]", "/cli/parser", "/cli/probe", "/cli/progress", "/cli/app%.lua", "/sink/passing",
  "/metrics/init%.lua", "/alarms/settings",
  "/format/" }
-- catalog/init.lua and the like are heard all the same
local HEARD = { "/catalog/init%.lua", "/cli/commands/sandbox%.lua" }

-- Texts of those sources that are no sentences for people, or only another program's to read.
local EXEMPT = { "^%^", "redis error", "near a value", "^several values$", "' is none of ",
  "', expected one of ", "^one of $", "^; } ||", "user root root", "stop removes this folder",
  "what start returned", "tables, texts, numbers and booleans only", "a path without quotes",
  "no such option", "the sandbox does not answer", "^wdt[ :]", "^eval ", "nginx: not found",
    "For input string",
  "invalid http status", "^timed out$", "internal only", "must not be", "Unparseable date",
  "ban will last", "an empty list", "text with control characters", "printable text",
  "something else", "names of headers", "empty or has control", "one line of text",
  "it is at /metrics", "a decoder of wdt.core", "a function of a time", "^%(",
  "^alarms to $", "^metrics and alarms$", "^serialization failure$", "^could not serialize$",
  "^deadlock detected$", "^Deadlock found$", "^lock timeout$", "^Lock wait timeout$",
  "^database is locked$", "^database table is locked$",
  "mask = true", "typed = true",
  "at most 8", "hands on values", "a list of strings", "a table of types",
  "^already connected$", "^Operation already in progress$" }

local function any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return false
end

-- All English sentences that have a Chinese one, and beside them values in them as `%s`.
local function known()
  local list = {}
  for english in pairs(sentences.LIST) do list[#list + 1] = english end
  return "\n" .. table.concat(list, "\n") .. "\n"
end

-- As the command puts it before it translates.
local function put(text)
  return (text:gsub(" or a table { default = n, %[method%] = n }", ""):gsub(",$", "")
    :gsub("names: allow_unknown%)", "names: --allow-unknown)")
    :gsub("%('list' and 'id'%)", "(--list and --id)"):gsub("%('id'%)", "(--id)")
    :gsub("^closed: ", ""):gsub("^; the nearest known: '$", "; the nearest known: "):gsub("^%s+",
      ""))
end

describe("in Chinese, the command", function()
  local visit, cli
  local zh = { LANG = "zh_CN.UTF-8" }

  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
  end)
  teardown(function()
    cli:close()
    visit:stop()
  end)

  it("has words for every sentence of the library", function()
    local all, missing, seen = known(), {}, 0
    local function look(file, list)
      for _, text in ipairs(list) do
        if not any(text, EXEMPT) then
          seen = seen + 1
          if not all:find(put(text), 1, true) and chinese.of(text) == text then
            missing[#missing + 1] = file:match "lua/wdt/.*" .. ": " .. text
          end
        end
      end
    end
    for file in shell.must("find " .. shell.quote(shell.root .. "/lua/wdt")
      .. " -name '*.lua'"):gmatch "[^\n]+" do
      if any(file, HEARD) or not any(file, SILENT) then look(file, literals.of_lua(file)) end
    end
    assert.same({}, missing)
    assert.is_true(seen > 150, seen) -- it has read them
  end)

  it("has words for what the transport and the decoder say", function()
    local all, missing, seen = known(), {}, 0
    for _, place in ipairs{ { "transport/transfer.c", "exchange_fail%(" },
      { "transport/transfer_end.c", "exchange_fail%(" }, { "core/reader.c", "reader_refuse%(" },
      { "core/value.c", "wdt_value_fail%(" }, { "core/value_scalar.c", "wdt_value_fail%(" },
      { "core/value_typed.c", "wdt_value_fail%(" }, { "core/raw.c", "raw_fail%(" },
      { "core/text.c", "flaw_set%(" } } do
      for _, text in ipairs(literals.of_c(shell.root .. "/csrc/" .. place[1], place[2])) do
        seen = seen + 1
        if not all:find("\n" .. text:gsub("%(%%s%%s%%s%)", "(%%s)") .. "\n", 1, true) then
          missing[#missing + 1] = text
        end
      end
    end
    assert.same({}, missing)
    assert.is_true(seen > 20, seen)
  end)

  it("says of streams that are read whole what the guides say in both languages", function()
    local function said(name, title)
      local text, list = shell.read(shell.root .. "/docs/" .. name), {}
      local _, from = text:find("\n| " .. title .. " | [^\n]*\n|%-+|%-+|\n")
      for line in text:sub(from + 1):gmatch "[^\n]+" do
        local one = line:match "^| `(.-)` | "
        if not one then break end
        list[#list + 1] = one
      end
      return list
    end
    local english = said("tables.md", "said")
    assert.equal(6, #english)
    for i, one in ipairs(english) do english[i] = chinese.of(one) end
    assert.same(said("tables.zh-CN.md", "提示"), english)
  end)

  it("translates a sentence with its values, and those that are sentences", function()
    assert.equal("参数 fields 的值 \"statu\" 无法使用，应为 其数据的字段；最接近的有：'status'",
      chinese.of("parameter 'fields' is \"statu\", expected a field of its rows; the nearest "
        .. "known: 'status'"))
    assert.equal("无法连接 127.0.0.1:1（连不上服务器；连接被拒绝）", chinese.of(
      "no connection to 127.0.0.1:1 (Couldn't connect to server; Connection refused)"))
    -- values hold what patterns and replacements are made of
    assert.equal("100%1 正被 (a)[b]%2 使用", chinese.of "100%1 is in use by (a)[b]%2")
  end)

  it("leaves the gateway's own words as they are, and says whose they are where these are English",
    function()
    for _, text in ipairs{ "1002 sid不存在", "查询失败; 请稍后 or 重试: x", "参数错误: a is b", "" } do
      assert.equal(text, chinese.failure("api", text))
    end
    assert.equal("网关拒绝该参数：40 Invalid x", chinese.failure("param", "40 Invalid x"))
    assert.equal("'x' 不是 名=值", chinese.failure("usage", "'x' is not NAME=VALUE"))
  end)

  it("speaks it of whatever goes wrong", function()
    local url = visit:variables("enterprise").WDT_URL
    for line, said in pairs{
      ["records refund_qury --last 1h"] = "应为 目录中的查询方法（wdt methods），或用 --list 与 --id "
        .. "描述的方法；最接近的有：'refund_query'",
      ["count --last 1h --status x"] = "参数 status 的值 \"x\" 无法使用，应为 status 的数字，可多个",
      ["count --start 2026-11-02 --stop 2026-11-01"] =
        "参数 stop 的值 2026-11-01 23:59:59 无法使用，应为 不早于 start 的时间（2026-11-02 00:00:00）",
      ["count --profile shop9 --last 1h"] = "配置“shop9”不在 ",
      ["count --last 1h --set url=http://127.0.0.1:1/x --set retry.attempts=1"] =
        "wdt: connect: 无法连接 127.0.0.1:1（",
      ["count --last 1h --set retry.attempts=1 --set url=" .. url .. "/x"] =
        "wdt: http: 应答不是接口数据：HTTP 404，",
      ["count"] = "要读哪段时间？",
      ["stockouts --last 1h -o /nowhere/x.csv"] = "/nowhere/x.csv.part: 没有那个文件或目录",
      ["sandbox --port " .. visit.handle.port] = "nginx 无法启动：端口 " .. visit.handle.port
        .. " 已被占用" } do
      local got = cli:run("wdt " .. line, "enterprise", zh)
      assert.truthy(got.err:find(said, 1, true), line .. "\n" .. got.err)
      local bare = got.err:gsub("wdt [%l%-]+", ""):gsub("'[^']*'", ""):gsub("http%S*", "")
      assert.is_nil(bare:find "%l%l+ %l%l+ %l%l+", got.err) -- no English sentence
    end
  end)
end)
