-- `wdt mcp`: the Model Context Protocol over standard input and output. spec/mcp/client.mjs drives
-- it by the public client; here stands what that client can't provoke.
local cjson = require "cjson"
local command = require "support.command"
local protocol = require "wdt.cli.mcp.protocol"
local shell = require "support.shell"

local INITIALIZE = { id = 0, method = "initialize", params = { protocolVersion = "2025-06-18",
  capabilities = {}, clientInfo = { name = "spec", version = "1" } } }

-- A line of JSON for each message; what is a text already stays as it is.
local function lines_of(messages)
  local lines = {}
  for i, message in ipairs(messages) do
    if type(message) == "table" then
      message.jsonrpc = "2.0"
      message = cjson.encode(message):gsub('"params":%[%]', '"params":{}')
    end
    lines[i] = message .. "\n"
  end
  return lines
end

-- Answers by id, each held against JSON-RPC: version 2.0, an id, and a result or an error.
local function answers_of(text)
  local by_id, list = {}, {}
  for line in text:gmatch "[^\n]+" do
    local one = cjson.decode(line)
    assert.equal("2.0", one.jsonrpc)
    assert.is_true((one.result == nil) ~= (one.error == nil), line)
    if one.error then
      assert.equal("number", type(one.error.code))
      assert.equal("string", type(one.error.message))
    end
    list[#list + 1] = one
    if one.id ~= cjson.null then by_id[one.id] = one end
  end
  assert.equal(text == "" and "" or "\n", text:sub(-1))
  return by_id, list
end

describe("the protocol", function()
  local written, chunks, server

  -- Each read gives one chunk; a tool that polls takes the next.
  local function serve(messages, run)
    written, chunks = "", lines_of(messages)
    server = protocol.new{ version = "1", instructions = "", resources = {},
      read = function() return table.remove(chunks, 1) end,
      write = function(bytes) written = written .. bytes end,
      attempt = function(f, ...) return pcall(f, ...) end,
      tools = { { name = "tool", inputSchema = { type = "object", properties = {
        n = { type = "integer", minimum = 1, maximum = 9 }, text = { type = "string" },
        list = { type = "array", items = { type = "string" } } }, required = { "n" } },
        run = run or function(a) return { n = a.n } end } } }
    server:run()
    return answers_of(written)
  end

  local function call(id, arguments)
    return { id = id, method = "tools/call", params = { name = "tool", arguments = arguments } }
  end

  it("answers what can't be read, and goes on", function()
    local by_id, list = serve{ INITIALIZE, "nonsense", "[]", '{"jsonrpc":"2.0"}', "1",
      '{"jsonrpc":"1.0","id":3,"method":"ping"}', '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
        '{"jsonrpc":"2.0","id":4,"method":"ping"},"a":1',
      '{"jsonrpc":"2.0","id":5,"method":"ping","params":[]}', "\r", { id = "x", method = "ping" },
      { id = 6, method = "nope" }, { id = 7, method = "tools/list", params = { cursor = "2" } } }
    local codes = {}
    for _, one in ipairs(list) do
      if one.error then codes[#codes + 1] = one.error.code end
    end
    assert.same({ -32700, -32600, -32600, -32600, -32600, -32600, -32600, -32700, -32600, -32601,
      -32602 }, codes)
    assert.same({}, by_id.x.result)
  end)

  it("speaks the client's version, or else its own newest", function()
    for asked, told in pairs{ ["2024-11-05"] = "2024-11-05",
      ["1999-01-01"] = protocol.VERSIONS[1] } do
      local by_id = serve{ { id = 0, method = "initialize",
        params = { protocolVersion = asked } } }
      assert.equal(told, by_id[0].result.protocolVersion)
    end
  end)

  it("does nothing but answer pings before it is initialized", function()
    local by_id = serve{ { id = 1, method = "ping" }, call(2, { n = 1 }), INITIALIZE,
      call(3, { n = 1 }) }
    assert.is_table(by_id[1].result)
    assert.equal(-32600, by_id[2].error.code)
    assert.equal(1, by_id[3].result.structuredContent.n)
  end)

  it("tells wrong arguments as a tool's own failure", function()
    for text, arguments in pairs{ ["argument 'n' is missing, expected of type integer from 1 to 9"]
      = {}, ["argument 'n' is 10, expected of type integer from 1 to 9"] = { n = 10 },
      ["argument 'tex' is not known; the nearest known: text"] = { n = 1, tex = "" },
      ["argument 'text' is true, expected of type string"] = { n = 1, text = true },
      ["argument 'list' is another kind of list, expected a list of texts"]
        = { n = 1, list = { 1 } } } do
      local result = serve{ INITIALIZE, call(1, next(arguments) and arguments or nil) }[1].result
      assert.is_true(result.isError)
      assert.equal("usage: " .. text, result.content[1].text)
    end
  end)

  it("ends a cancelled request without an answer, and answers a ping meanwhile", function()
    local polled = 0
    local by_id, list = serve({ INITIALIZE, call(1, { n = 1 }), { id = 2, method = "ping" },
      call(3, { n = 1 }), call(4, { n = 2 }),
      { method = "notifications/cancelled", params = { requestId = 4 } },
      { method = "notifications/cancelled", params = { requestId = 1 } }, }, function(a)
      if polled == 0 then
        repeat polled = polled + 1 until server:poll()
      end
      return { n = a.n }
    end)
    assert.equal(5, polled)
    assert.is_nil(by_id[1])
    assert.is_nil(by_id[4]) -- cancelled before its turn
    assert.same({ 0, 2, 3 }, { list[1].id, list[2].id, list[3].id })
    assert.equal(3, #list)
  end)

  it("survives a message that is too long, and one cut anywhere", function()
    local long = '{"jsonrpc":"2.0","id":1,"method":"' .. ("x"):rep(5000000) .. '"}'
    local list
    local by_id = serve{ INITIALIZE, long, { id = 2, method = "ping" } }
    assert.equal(-32601, by_id[1].error.code) -- it came at once, with its end
    assert.is_table(by_id[2].result)
    local whole = table.concat(lines_of{ INITIALIZE, call(1, { n = 3 }) })
    for at = 1, #whole do
      serve{}
      written, chunks = "", { whole:sub(1, at), whole:sub(at + 1) }
      server.ended, server.initialized = false, nil
      server:run()
      by_id, list = answers_of(written)
      assert.equal(2, #list)
      assert.equal(3, by_id[1].result.structuredContent.n)
    end
    serve{}
    written, chunks = "", { ("x"):rep(3000000), ("x"):rep(3000000), ("x"):rep(9), "\n",
      table.concat(lines_of{ { id = 3, method = "ping" } }) }
    server.ended = false
    server:run()
    by_id, list = answers_of(written)
    assert.equal(-32600, list[1].error.code)
    assert.is_table(by_id[3].result)
    assert.equal(2, #list)
  end)

  it("writes UTF-8 whatever a gateway said", function()
    for said, told in pairs{ ["abc\228\184"] = "abc\239\191\189", ["\255x"] = "\239\191\189x",
      ["店铺\128"] = "店铺\239\191\189", ["\195店"] = "\239\191\189店" } do
      local result = serve({ INITIALIZE, call(1, { n = 1 }) },
        function() error(said, 0) end)[1].result
      assert.is_true(result.isError)
      assert.equal(told, result.content[1].text)
    end
  end)
end)

describe("wdt mcp", function()
  local visit, cli

  command.visiting(function(v, c) visit, cli = v, c end)

  local function session(tools, options, more)
    local messages = { INITIALIZE }
    for id, tool in ipairs(tools) do
      messages[id + 1] = { id = id, method = "tools/call", params = tool }
    end
    shell.write(cli.folder .. "/in", table.concat(lines_of(messages)))
    local got = cli:run("wdt mcp " .. (options or "") .. " <in", "enterprise", more)
    assert.equal(0, got.status, got.err)
    assert.equal("", got.err)
    return answers_of(got.out), got.out
  end

  local function rows(more)
    local arguments = { start = visit.day, stop = visit.day, fields = { "order_no",
      "receiver_name" } }
    for name, value in pairs(more or {}) do arguments[name] = value end
    return { name = "rows", arguments = arguments }
  end

  it("masks, unless its own command line says otherwise", function()
    local by_id = session{ rows{ limit = 3 }, rows{ params = { mask = false } },
      rows{ params = { as = "json" } }, { name = "rows", arguments = { unmasked = true } },
      rows{ what = "stock_transfer_query" } }
    local masked = by_id[1].result.structuredContent
    assert.is_true(masked.masked)
    for _, row in ipairs(masked.rows) do assert.truthy(row.receiver_name:find "^mask%-%x+$") end
    for id = 2, 5 do assert.is_true(by_id[id].result.isError, id) end
    assert.truthy(by_id[5].result.content[1].text:find "^usage: no document tells which fields")
    local plain = session({ rows{ limit = 3 } }, "--unmasked")[1].result.structuredContent
    assert.is_false(plain.masked)
    for _, row in ipairs(plain.rows) do assert.is_nil(row.receiver_name:find "^mask%-") end
  end)

  it("masks further fields, where a method has them", function()
    local list = { fields = { "order_no", "shop_name" }, limit = 3 }
    local by_id = session({ rows(list), rows{ what = "stock_query", fields = { "spec_no" },
      limit = 1, params = {} } }, "--private shop_name,details_list.spec_no")
    local masked = by_id[1].result.structuredContent.rows
    assert.equal(3, #masked)
    for _, row in ipairs(masked) do assert.truthy(row.shop_name:find "^mask%-%x+$") end
    assert.is_false(by_id[2].result.isError, by_id[2].result.content[1].text)
    local got = cli:run("wdt mcp --private shop_nam </dev/null", "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("'shop_nam' is no field of any method that is known; the nearest: "
      .. "shop_name", 1, true), got.err)
    got = cli:run("wdt mcp --private shop_name --unmasked </dev/null", "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("--unmasked has nothing replaced", 1, true), got.err)
  end)

  it("says of rows that a limit cut off that they are not all", function()
    local by_id = session({ rows{}, rows{ limit = 100 },
      { name = "count", arguments = { start = visit.day, stop = visit.day } } }, "--rows 100")
    local few, all = by_id[1].result.structuredContent, by_id[2].result.structuredContent
    assert.same({ 20, true, false, "none" }, { few.count, few.more, few.complete, few.certificate })
    local n = by_id[3].result.structuredContent.count
    assert.same({ "Taobao-family orders" }, by_id[3].result.structuredContent.not_shown)
    assert.equal(100, all.count)
    assert.is_true(n > 100 and all.more and not all.complete)
    by_id = session({ rows{ limit = 1000 } }, "--rows 1000")
    all = by_id[1].result.structuredContent
    assert.is_true(all.count == n and not all.more and all.complete)
  end)

  it("reads no more than a named range, and only queries", function()
    local by_id = session({ rows{ start = "2026-01-01", stop = "2026-02-01" },
      rows{ what = "trade_push" }, rows{ what = "stockout_order_query_trad" } }, "--days 7")
    for id, said in ipairs{ "limit: a range of at most 7 days", "usage: trade_push is no query",
      "usage: 'stockout_order_query_trad' is no method" } do
      local result = by_id[id].result
      assert.is_true(result.isError)
      assert.equal(1, (result.content[1].text:find(said, 1, true)), result.content[1].text)
    end
  end)

  it("tells the gateway's own words, and never a secret", function()
    local by_id, out = session({ rows{}, { name = "doctor" } }, "", { WDT_APPSECRET =
      "not-the-secret-of-this-account" })
    local result = by_id[1].result
    assert.is_true(result.isError)
    local direct = cli:run("wdt stockouts --day " .. visit.day, "enterprise",
      { WDT_APPSECRET = "not-the-secret-of-this-account" })
    assert.truthy(direct.err:find(result.content[1].text, 1, true), result.content[1].text)
    assert.is_nil(out:find("not-the-secret", 1, true))
  end)

  it("reads reports of a copy, and changes nothing there", function()
    local to = "sqlite:" .. cli.folder .. "/copy.db"
    cli:must(("wdt sync stockouts --from %s --stop %s --to %s"):format(visit.day, visit.day, to),
      "enterprise")
    local function report(more)
      local arguments = { name = "daily_sales" }
      for name, value in pairs(more or {}) do arguments[name] = value end
      return { name = "report", arguments = arguments }
    end
    local before = shell.must("cksum <" .. cli.folder .. "/copy.db")
    local by_id = session({ { name = "reports" }, report() }, "--copy " .. to)
    assert.is_true(#by_id[1].result.structuredContent.reports >= 5)
    assert.truthy(by_id[2].result.content[1].text:find("wdt report daily_sales --to ", 1, true))
    assert.equal(before, (shell.must("cksum <" .. cli.folder .. "/copy.db")))
    local whole = cli:must("wdt report daily_sales --format ndjson --to " .. to)
    by_id = session({ report{ limit = 200 }, report{ limit = 2 }, report{ from = "2020-01-01",
      to = "2020-01-31" }, report{ name = "nope" }, report{ name = "stock_days",
        from = visit.day } },
      "--copy " .. to)
    local n = select(2, whole:gsub("\n", ""))
    assert.equal(n, by_id[1].result.structuredContent.count)
    assert.same({ 2, true }, { by_id[2].result.structuredContent.count,
      by_id[2].result.structuredContent.more })
    assert.equal(0, by_id[3].result.structuredContent.count)
    assert.truthy(by_id[4].result.content[1].text:find "^usage: 'nope' is no report")
    assert.is_true(by_id[5].result.isError)
    assert.equal(2, cli:run("wdt mcp --copy nowhere </dev/null", "enterprise").status)
  end)

  it("lists its tools without an account", function()
    shell.write(cli.folder .. "/in", table.concat(lines_of{ INITIALIZE,
      { id = 1, method = "tools/list" }, { id = 2, method = "tools/call",
        params = { name = "rows", arguments = { last = "1d" } } } }))
    local by_id = answers_of(cli:must "wdt mcp <in")
    assert.equal(6, #by_id[1].result.tools)
    assert.truthy(by_id[2].result.content[1].text:find "^config: ")
  end)
end)
