-- `--private remrak` left `remark` readable and ended with status 0; --fields nope,
-- details_list.spec_noo, --explode detail and ?statsu=95 (nginx) were passed over likewise.
local nearest = require "wdt.nearest"
local query = require "wdt.query"
local schema = require "wdt.schema"
local wdt = require "wdt"
local command = require "support.command"

local E = "stockout_order_query_trade"
local DAY = { start = "2026-11-01 00:00:00", stop = "2026-11-01 23:59:59" }

local function parse(more, method)
  local q = { start = DAY.start, stop = DAY.stop }
  for name, value in pairs(more) do q[name] = value end
  return query.parse("enterprise", method or E, q)
end

local function refused(more, text, near)
  local spec, problem = parse(more)
  assert.is_nil(spec)
  assert.truthy(problem:find(text, 1, true), problem)
  assert.truthy(problem:find("the nearest known: '" .. near .. "'", 1, true), problem)
end

describe("the nearest names", function()
  it("are those with few letters wrong, or with the same beginning", function()
    local names = { status = 1, start = 1, stop = 1, details_list = 1 }
    assert.equal("status", nearest.of("statsu", names)[1])
    assert.equal("status", nearest.of("STATUS", names)[1])
    assert.same({ "details_list" }, nearest.of("detail", names))
    assert.equal("status", nearest.of("st", { status = 1, tax = 1, xt = 1 })[1])
    assert.same({ "stop" }, nearest.of("xtop", names))
    assert.equal("details_list", nearest.of("detials_lits", names)[1])
  end)

  it("are at most three, at least one, and none of nothing", function()
    assert.equal(3, #nearest.of("ab", { aa = 1, ac = 1, ad = 1, ae = 1 }))
    assert.same({ "x" }, nearest.of("something quite different", { x = 1 }))
    assert.equal("", nearest.hint("a", {}))
  end)
end)

describe("a name that no one knows", function()
  it("is an error, of a field", function()
    refused({ fields = { "order_no", "details_list.spec_noo" } },
      "parameter 'fields' is \"details_list.spec_noo\"", "details_list.spec_no")
    refused({ fields = { "oder_no" } }, "parameter 'fields'", "order_no")
    refused({ fields = { "order_no.x" } }, "parameter 'fields' is \"order_no.x\"", "order_no")
    refused({ mask = true, private = { "remrak" } }, "parameter 'private'", "remark")
  end)

  it("is taken where the query says so, or where the fields are not known", function()
    assert.truthy(parse{ fields = { "nope" }, allow_unknown = true })
    assert.truthy(parse{ mask = true, private = { "nope" }, allow_unknown = true })
    assert.truthy(parse({ fields = { "nope" } }, "sales_trade_query"))
    assert.truthy(parse{ fields = { "details_list", "details_list.rec_id" } })
    assert.is_nil((parse{ allow_unknown = 1 }))
    refused({ allow_unknown = true, statsu = 1 }, "parameter 'statsu'", "status") -- of fields only
  end)

  it("is an error, of a parameter, an option, a setting, a job's option", function()
    refused({ statsu = 95 }, "parameter 'statsu'", "status")
    refused({ feilds = { "a" } }, "parameter 'feilds'", "fields")
    local _, problem = pcall(wdt.new, { edition = "enterprise", sid = "s", appkey = "k",
      appsecret = "x", tiemout = {} })
    assert.truthy(problem:find("'tiemout' is not known; the nearest known: 'timeout'", 1, true))
    _, problem = pcall(wdt.new, { edition = "enterprise", sid = "s", appkey = "k",
      appsecret = "x", timeout = { totl = 1 } })
    assert.truthy(problem:find("'timeout.totl' is not known; the nearest known: 'total'", 1, true))
    local client = wdt.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x" }
    _, problem = pcall(client.sync, client, { what = "stockouts", statee = 1 })
    assert.truthy(problem:find("parameter 'statee'", 1, true), problem)
    assert.truthy(problem:find("'state'", 1, true), problem)
    client:close()
  end)

  it("is an error, of a list", function()
    assert.is_true(schema.check_list("explode", E, "details_list"))
    local fine, problem = schema.check_list("explode", E, "detail")
    assert.is_nil(fine)
    assert.truthy(problem:find("the nearest known: 'details_list'", 1, true))
    assert.is_true(schema.check_list("explode", "sales_trade_query", "anything"))
    assert.is_nil((schema.check_list("explode", "x", "detail", { "detail_list" })))
  end)
end)

describe("a parameter that the library sets", function()
  it("can't be overwritten by a query of a method whose parameters are not known", function()
    -- page_no = 3 made every page the fourth
    for _, name in ipairs{ "page_no", "sid", "sign", "timestamp" } do
      local spec, problem = parse({ [name] = "3" }, "refund_query")
      assert.is_nil(spec)
      assert.truthy(problem:find("parameter '" .. name .. "'", 1, true), problem)
      assert.is_nil((parse{ params = { [name] = "3" } }))
    end
  end)
end)

describe("the command", function()
  local visit, cli

  command.visiting(function(v, c) visit, cli = v, c end)

  local function fails(line, text)
    local got = cli:run(line, "enterprise")
    assert.equal(2, got.status, got.err)
    assert.equal("", got.out)
    assert.truthy(got.err:find(text, 1, true), got.err)
  end

  it("refuses names that no one knows, with the nearest ones", function()
    local read = "wdt stockouts --day " .. visit.day
    fails(read .. " --mask --private remrak", "'remark'")
    fails(read .. " --fields nope", "parameter 'fields' is \"nope\"")
    fails(read .. " --fields details_list.spec_noo", "'details_list.spec_no'")
    fails(read .. " --format csv --explode detail", "'details_list'")
    fails(read .. " -p statsu=95", "'status'")
    local sync = "wdt sync job --from " .. visit.day .. " --state s.state --to csv:out"
    fails(sync .. " --fields oder_no", "'order_no'")
    fails(sync .. " --explode detail", "'details_list'")
  end)

  it("takes them where it is told to", function()
    local read = "wdt stockouts --day " .. visit.day
    local out = cli:must(read .. " --fields order_no,nope --allow-unknown --format csv",
      "enterprise")
    assert.truthy(out:find "^order_no,nope\r\n")
    cli:must(read .. " --format csv --explode detail --allow-unknown -o a.csv", "enterprise")
    -- the sandbox is as strict as the gateway; what arrives is told
    local got = cli:run(read .. " --extra colour=red", "enterprise")
    assert.truthy(got.err:find("colour参数错误", 1, true), got.err)
  end)
end)
