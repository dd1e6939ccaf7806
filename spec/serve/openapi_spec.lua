-- The description of the API says what the API takes; its examples run.
local cjson = require "cjson"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"

local CONFIG = "[shop]\n$ACCOUNT_enterprise\nrate = 100000\n[serve]\n[serve:all]\n"
  .. "token = $TOKEN_all\naccounts = *\n"

describe("/v1/openapi.json", function()
  local visit, service, told

  setup(function()
    visit = visitor.start()
    service = serve.start(visit, CONFIG)
    told = cjson.decode((service:get("/v1/openapi.json", "all")))
  end)
  teardown(function()
    service:stop()
    visit:stop()
  end)

  local SOURCE = shell.root .. "/lua/wdt/serve/"

  it("describes every address and every parameter", function()
    assert.equal("3.0.3", told.openapi)
    local api = shell.read(SOURCE .. "api.lua"):match "local ROUTES = (%b{})"
    local n = 0
    for name in api:gmatch "([%l_]+) = {" do
      n = n + 1
      local found = told.paths["/v1/{account}/" .. name]
        or told.paths["/v1/{account}/" .. name .. "/{method}"]
        or told.paths["/v1/{account}/" .. name .. "/{id}"]
      assert.truthy(found, name)
    end
    assert.is_true(n >= 10, n)
    local described = {}
    for _, one in ipairs(told.paths["/v1/{account}/stockouts"].get.parameters) do
      described[one.name] = one.description
    end
    for _, name in ipairs{ "start", "stop", "day", "last", "status", "fields", "typed", "mask",
      "route", "format", "limit", "explode" } do
      assert.is_string(described[name], name)
    end
    for name, about in pairs(described) do assert.is_string(about, name) end
    local source = shell.read(SOURCE .. "parameters.lua")
    for _, list in ipairs{ "TIMES", "HOW", "FORM" } do
      for name in source:match("\nlocal " .. list .. " = (%b{})"):gsub("%b()", ""):gsub(
        "(=%s*[%w_.]+)%b{}", "%1"):gmatch "([%l_]+) =" do
        assert.truthy(described[name], name)
      end
    end
  end)

  it("is what a validator takes", function()
    -- the parts that are references lead somewhere
    for name in cjson.encode(told):gmatch '"$ref":"#\\/components\\/schemas\\/(%w+)"' do
      assert.is_table(told.components.schemas[name])
    end
    for path, operations in pairs(told.paths) do
      for _, one in pairs(operations) do
        assert.is_string(one.operationId, path)
        assert.is_table(one.responses["200"], path)
        local has = {}
        for _, parameter in ipairs(one.parameters or {}) do has[parameter.name] = true end
        for name in path:gmatch "{(%w+)}" do assert.is_true(has[name], path .. " " .. name) end
      end
    end
  end)

  -- Classes of java.lang, and those that the packages with a `*` bring.
  local KNOWN = { String = true, System = true, Exception = true, IllegalStateException = true,
    HttpRequest = "java.net.http", HttpResponse = "java.net.http", HttpClient = "java.net.http" }

  -- Returns what is wrong with a text of Java, as far as it shows without a compiler.
  local function wrong_java(source)
    local strings, open = {}, {}
    local code = source:gsub('\\"', ""):gsub('"([^"\n]*)"', function(text)
      strings[#strings + 1] = text
      return "0"
    end)
    if code:find '"' then return "a string without an end" end
    local pair = { [")"] = "(", ["}"] = "{", ["]"] = "[" }
    for sign in code:gmatch "[%(%){}%[%]]" do
      if not pair[sign] then
        open[#open + 1] = sign
      elseif table.remove(open) ~= pair[sign] then
        return "a bracket without its other: " .. sign
      end
    end
    if #open > 0 then return "an open bracket: " .. open[1] end
    local imports = {}
    for name in code:gmatch "import ([%w.*]+);" do
      imports[name:match "[%w*]+$" == "*" and name:sub(1, -3) or name:match "%w+$"] = true
    end
    local body = code:gsub("import [^\n]*", ""):gsub("java%.[%w.]+", "")
    for name in body:gmatch "%f[%w.]%u%w+" do
      local known = KNOWN[name] or name == body:match "class (%w+)" or imports[name]
      if not known or type(known) == "string" and not imports[known] then
        return "a class that is not imported: " .. name
      end
    end
    return nil, table.concat(strings)
  end

  it("has an example in Java whose text is one, with or without a compiler", function()
    local source
    for _, sample in ipairs(told.paths["/v1/{account}/stockouts"].get["x-codeSamples"]) do
      if sample.lang == "Java" then source = sample.source end
    end
    local wrong, strings = wrong_java(source)
    assert.is_nil(wrong)
    assert.truthy(source:find("public class Rows {", 1, true)) -- the file is Rows.java
    for name in strings:gmatch "[?&](%w+)=" do
      local known = false
      for _, one in ipairs(told.paths["/v1/{account}/stockouts"].get.parameters) do
        known = known or one.name == name
      end
      assert.is_true(known, name)
    end
    for _, word in ipairs{ "/v1/", "/stockouts?day=", "&status=95,110", "Authorization",
      "Bearer ", "ADDRESS", "ACCOUNT", "DAY", "TOKEN" } do
      assert.truthy(strings:find(word, 1, true), word)
    end
    -- the check finds what is wrong
    for pattern, by in pairs{ ["%.build%(%)"] = ".build(", ["%}%s*$"] = "",
      ['"Bearer "'] = '"Bearer ',
      ["import java%.net%.URI;"] = "", ["import java%.net%.http%.%*;"] = "",
      ["HttpClient%.new"] = "HttpKlient.new", ["DAY\"%)"] = 'DAY")]' } do
      local broken, n = source:gsub(pattern, (by:gsub("%%", "%%%%")), 1)
      assert.equal(1, n, pattern)
      assert.is_string((wrong_java(broken)), pattern)
    end
  end)

  it("has examples that run, in the languages that are there", function()
    local ran = {}
    local variables = { ADDRESS = service.url, TOKEN = service:token "all"[1], ACCOUNT = "shop",
      DAY = visit.day, no_proxy = "127.0.0.1" }
    local _, n = service:get("/v1/shop/stockouts?status=95,110&day=" .. visit.day,
      "all"):gsub("\n", "")
    local wanted = n - 1
    assert.is_true(wanted > 50)
    for _, sample in ipairs(told.paths["/v1/{account}/stockouts"].get["x-codeSamples"]) do
      ran[sample.lang] = true
      if sample.lang == "Shell" then
        shell.write(service.folder .. "/sample.sh", sample.source)
        assert.equal("", shell.must("cd " .. service.folder .. " && sh sample.sh", variables))
        local _, lines = shell.read(service.folder .. "/rows.ndjson"):gsub("\n", "")
        assert.equal(wanted + 1, lines)
      elseif sample.lang == "Python" then
        shell.write(service.folder .. "/sample.py", sample.source)
        local said = shell.must("/usr/bin/python3 " .. service.folder .. "/sample.py", variables)
        assert.equal(("%d"):format(wanted), said:match "^(%d+) %l+")
      elseif shell.run "command -v javac" ~= "" then
        shell.write(service.folder .. "/Rows.java", sample.source)
        local said = shell.must("cd " .. service.folder .. " && java Rows.java", variables)
        assert.equal(("%d\n"):format(wanted), said)
      end
    end
    assert.same({ Shell = true, Python = true, Java = true }, ran)
  end)
end)
