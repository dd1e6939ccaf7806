-- `wdt doctor` as a user runs it, in front of everything that can be wrong between a machine and
-- its rows: it names the cause and the fix, in English and in Chinese.
local cjson = require "cjson"
local diagnose = require "wdt.cli.doctor.diagnose"
local findings = require "wdt.cli.doctor.findings"
local server = require "wdt.sandbox.server"
local wdt = require "wdt"
local copies = require "support.copies"
local peer = require "support.peer"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote, must = shell.quote, shell.must

describe("wdt doctor", function()
  local visit, other, tls, folder, kept

  setup(function()
    visit, tls = visitor.start(), peer.start()
    -- A gateway without any rows, whose clock is ahead.
    other = assert(server.start{ world = { rows_per_day = 0 }, gateway = { clock_skew = 1000 } })
    folder = shell.folder()
    kept = {}
  end)
  teardown(function()
    for _, pipe in ipairs(kept) do pipe:close() end
    visit:stop()
    tls:close()
    server.stop(other)
    must("rm -rf " .. quote(folder))
  end)

  local function run(variables, arguments)
    local environment = visit:variables "enterprise"
    environment.http_proxy, environment.https_proxy, environment.LANG = false, false, "C"
    environment.LC_ALL, environment.LC_MESSAGES, environment.WDT_PROFILE = false, false, false
    environment.XDG_CONFIG_HOME = folder .. "/nothing"
    for name, value in pairs(variables or {}) do environment[name] = value end
    local program = quote(shell.root .. "/lua/wdt/cli/command.lua")
    return shell.run(("%s %s doctor %s"):format(shell.lua, program, arguments or ""), environment)
  end

  local function port_url(port, scheme)
    return ("%s://127.0.0.1:%s/openapi2"):format(scheme or "http", port)
  end

  -- Another peer with another certificate; returns the port at which it speaks TLS.
  local function certified(name, how)
    tls:output(how:gsub("KEY", name .. ".key"):gsub("CERT", name .. ".crt"))
    local start = ("unset LD_PRELOAD; cd %s && exec ./peer %s.crt %s.key"):format(
      quote(tls.dir), name, name)
    local pipe = assert(io.popen(start, "r"))
    kept[#kept + 1] = pipe
    return (pipe:read("*l"):match("^%d+ (%d+)"))
  end

  -- A configuration file with one profile, `default`.
  local function config(lines, mode)
    local home = shell.folder()
    must(("mv %s %s/ && mkdir %s/%s/wdt"):format(home, folder, folder, home:match("[^/]+$")))
    home = folder .. "/" .. home:match("[^/]+$")
    shell.write(home .. "/wdt/config.ini", table.concat(lines, "\n") .. "\n")
    must(("chmod %s %s/wdt/config.ini"):format(mode or "600", home))
    return { XDG_CONFIG_HOME = home, WDT_EDITION = false, WDT_SID = false, WDT_APPKEY = false,
      WDT_APPSECRET = false,
      WDT_URL = false }
  end

  local function profile(more)
    local lines = { "[default]", "edition = enterprise", "sid = sandbox", "appkey = sandbox-ent",
      "appsecret = sandbox-secret" }
    for _, line in ipairs(more) do lines[#lines + 1] = line end
    return config(lines)
  end

  local function ultimate(more)
    local v = visit:variables "ultimate"
    local variables = {}
    for _, name in ipairs{ "WDT_EDITION", "WDT_SID", "WDT_APPKEY", "WDT_APPSECRET", "WDT_URL" } do
      variables[name] = v[name] end
    for name, value in pairs(more or {}) do variables[name] = value end
    return variables
  end

  -- The next call meets this.
  local function inject(fault)
    if fault.text then fault.text = fault.text:gsub(
      "[^%w]", function(c) return ("%%%02X"):format(c:byte()) end) end
    assert(server.control(visit.handle, "inject", fault))
  end

  local function escape(text)
    return (text:gsub("%p", "%%%0"))
  end

  -- A text of the findings as a pattern: whatever the facts are.
  local function pattern(text)
    return (escape(text):gsub("%%{%w+%%}", ".-"))
  end

  -- Says the finding, its cause and its fix, in both languages; `before` prepares each run.
  local function finds(finding, variables, arguments, before, status)
    for language, label in pairs{ en = { "cause: ", "fix:   " }, zh = { "原因：", "处理：" } } do
      if before then before() end
      local v = { LANG = language == "zh" and "zh_CN.UTF-8" or "C" }
      for name, value in pairs(variables or {}) do v[name] = value end
      local output, ended = run(v, arguments)
      assert.equal(status or 1, ended, output)
      local known = findings[finding]
      assert.truthy(output:find(label[1] .. pattern(known.cause[language]) .. "\n"), output)
      assert.truthy(output:find(label[2] .. pattern(known.fix[language]) .. "\n"), output)
      assert.is_nil(output:find("{", 1, true), output) -- every fact is filled in
      assert.is_nil(output:find("sandbox-secret", 1, true), output)
      local marks = status == 0 and { en = "\nnote ", zh = "\n提示 " }
        or { en = "\nWRONG ", zh = "\n异常 " }
      if finding ~= "looks_ultimate" then assert.truthy(
        output:find(marks[language], 1, true), output) end
    end
  end

  it("finds nothing where all is well, with a handful of calls", function()
    local calls = cjson.decode(server.control(visit.handle, "stats")).calls
    local output, status = run()
    assert.equal(0, status, output)
    assert.is_nil(output:find("WRONG", 1, true), output)
    assert.equal(1, select(2, output:gsub("\nnote ", "")), output)
    assert.truthy(output:find("note +coverage\n +cause: This API does not show: Taobao%-family "
      .. "orders"), output)
    assert.truthy(output:find("ok +rows +%d+\n"), output)
    output, status = run(ultimate())
    assert.equal(0, status, output)
    local made = cjson.decode(server.control(visit.handle, "stats")).calls - calls
    assert.is_true(made >= 2 and made <= 8, made)
  end)

  it("tells programs the same as JSON, in any language", function()
    local output, status = run({ WDT_SID = "no_one", LANG = "zh_CN.UTF-8" }, "--format json")
    assert.equal(1, status)
    local report = cjson.decode(output)
    assert.is_false(report.ok)
    local states = {}
    for i, check in ipairs(report.checks) do states[i] = check.check .. " " .. check.state end
    assert.same({ "modules ok", "settings ok", "address ok", "proxy ok", "name ok", "connection ok",
      "tls skipped", "answer ok",
      "clock ok", "rate ok", "credentials bad", "permission skipped", "query skipped",
      "rows skipped", "coverage hint" }, states)
    assert.equal("sid", report.checks[11].finding)
    assert.equal(findings.sid.cause.en, report.checks[11].cause)
    assert.equal(findings.sid.fix.en, report.checks[11].fix)
    assert.equal("auth: 1002 sid不存在", report.checks[11].detail)
    output, status = run(nil, "--format json")
    assert.equal(0, status)
    assert.is_true(cjson.decode(output).ok)
  end)

  describe("finds in the settings:", function()
    it("none at all", function()
      finds("no_account", { WDT_EDITION = false, WDT_SID = false, WDT_APPKEY = false,
        WDT_APPSECRET = false, WDT_URL = false })
    end)
    it("one missing", function() finds("setting_missing", { WDT_APPKEY = false }) end)
    it("a value that means nothing", function() finds(
      "setting_wrong", { WDT_EDITION = "standard" }) end)
    it("an appsecret without its salt", function() finds(
      "salt_missing", ultimate{ WDT_APPSECRET = "onlyhalf" }) end)
    it("a blank that was copied along", function() finds(
      "odd_text", { WDT_APPSECRET = "sandbox-secret " }) end)
    it("quotes that were copied along", function() finds(
      "odd_text", { WDT_APPKEY = '"sandbox-ent"' }) end)
    it("a file that others can read", function() finds(
      "config_readable", config({ "[default]" }, "644")) end)
    it("a file that is no configuration", function() finds(
      "config_unreadable", config{ "[default]", "appkey: x" }) end)
    it("a profile that is not there", function() finds(
      "no_profile", config{ "[default]" }, "--profile shop9") end)
    it("the other edition's address", function() finds(
      "edition_url", ultimate{ WDT_URL = visit.handle.url .. "/openapi2" }) end)
    it("an ultimate account's secret", function() finds(
      "looks_ultimate", { WDT_APPSECRET = "0a1b2c:3d4e5f" }) end)
    it("an address without encryption", function()
      finds("plain_http", { WDT_URL = "http://0.0.0.0:" .. visit.handle.port .. "/openapi2" }, nil,
        nil, 0)
    end)
    it("a missing file of certificates", function()
      finds("ca_file", profile{ "url = " .. port_url(tls.tls, "https"),
        "ca_file = " .. folder .. "/missing.pem" })
    end)
  end)

  describe("finds on the way:", function()
    it("a name that no one knows", function() finds(
      "name_unknown", { WDT_URL = "http://no-such-host.invalid/openapi2" }) end)
    it("a port at which no one listens", function() finds(
      "refused", { WDT_URL = port_url(tls.refusing) }) end)
    it("a server that says nothing", function()
      finds("silent", profile{ "url = " .. port_url(tls.silent), "timeout.stall = 0.3" })
    end)
    it("a server that does not finish TLS", function()
      finds("silent", profile{ "url = " .. port_url(tls.silent, "https"), "timeout.connect = 0.3" })
    end)
    it("a certificate that no one vouches for", function() finds(
      "tls_untrusted", { WDT_URL = port_url(tls.tls, "https") }) end)
    it("a certificate for another name", function()
      local port = certified(
        "named", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "
          .. "2 "
        .. "-subj /CN=other -addext subjectAltName=DNS:other.example -keyout KEY -out CERT")
      finds("tls_name", profile{ "url = " .. port_url(port, "https"),
        "ca_file = " .. tls.dir .. "/named.crt" })
    end)
    it("a certificate that has expired", function()
      shell.write(tls.dir .. "/ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
        .. "default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\n"
        .. "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:TRUE\n")
      local port = certified("old", "touch index; echo 01 > serial; openssl req -new -newkey ec "
        .. "-pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=old -keyout KEY -out old.csr "
        .. "&& openssl ca -config ca.cnf -batch -selfsign -keyfile KEY -in old.csr "
        .. "-startdate 20200101000000Z -enddate 20200201000000Z -notext -out CERT")
      finds("tls_expired", profile{ "url = " .. port_url(port, "https"),
        "ca_file = " .. tls.dir .. "/old.crt" })
    end)
    it("https to a server without TLS", function()
      finds("tls_not_spoken", { WDT_URL = port_url(visit.handle.port, "https") })
    end)
    it("http to a server with TLS", function() finds(
      "tls_wanted", { WDT_URL = port_url(tls.tls) }) end)
    it("http to a web server that wants TLS", function()
      finds("tls_wanted", nil, nil, function() inject{ kind = "http_5xx", status = 400 } end)
    end)
    it("an address that is not the API's", function() finds(
      "not_the_api", { WDT_URL = visit.handle.url .. "/open" }) end)
    it("a web page", function() finds("not_the_api", nil, nil,
      function() inject{ kind = "html" } end) end)
    it("a server that is down", function()
      finds("server_down", nil, nil, function() inject{ kind = "http_5xx", status = 503 } end)
    end)
    it("an answer that breaks off", function()
      finds("broken_answer", nil, nil, function() inject{ kind = "truncate", at = 5 } end)
    end)
    it("a proxy of the environment, which is not read", function()
      finds("proxy_ignored", { https_proxy = "http://127.0.0.1:1" }, nil, nil, 0)
    end)
    it("a proxy of the profile that is not there", function()
      finds("proxy_unreachable", profile{ "url = " .. port_url(visit.handle.port),
        "proxy = http://127.0.0.1:" .. tls.refusing })
    end)
    it("a proxy that refuses", function()
      finds("proxy_unreachable", profile{ "url = https://refused.invalid/openapi2",
        "proxy = http://127.0.0.1:" .. tls.plain })
    end)
  end)

  describe("finds at the gateway:", function()
    local function refuses(code, text)
      return function() inject{ kind = "server", code = code, text = text } end
    end

    it("a wrong clock, and no rows", function()
      local variables = { WDT_URL = other.url .. "/openapi2" }
      finds("clock_wrong", variables)
      local output = run(variables)
      assert.truthy(output:find("clock is 1000 s slow; the gateway allows 300 s", 1, true), output)
      assert.truthy(output:find("note +rows\n"), output)
      finds("no_rows", variables)
    end)
    it("a clock that is a little wrong", function()
      local late = assert(server.start{ gateway = { clock_skew = -60 } })
      finally(function() server.stop(late) end)
      finds("clock_off", { WDT_URL = late.url .. "/openapi2" }, nil, nil, 0)
      local output = run{ WDT_URL = late.url .. "/openapi2" }
      assert.truthy(output:find("clock is 6[01] s fast", 1), output)
    end)
    it("no clock at all", function()
      finds("clock_unknown",
        { LUA_INIT = "require 'wdt.beijing'.parse_http_date = function() end" }, nil, nil, 0)
    end)
    it("that rows can't be counted after all", function()
      finds("rate", ultimate{ WDT_URL = other.url .. "/openapi" }, nil, function()
        assert(server.control(other, "inject", { kind = "none", times = 3 }))
        assert(server.control(other, "inject", { kind = "rate" }))
      end)
    end)
    it("a sid that it does not know", function() finds("sid", { WDT_SID = "no_one" }) end)
    it("an appkey that it does not know", function() finds("appkey", { WDT_APPKEY = "nokey" }) end)
    it("a wrong appsecret", function() finds("sign", { WDT_APPSECRET = "nosecret" }) end)
    it("a wrong secret of the ultimate edition", function()
      finds("sign", ultimate{ WDT_APPSECRET = "nosecret:sandbox-salt" })
    end)
    it("a wrong salt", function() finds("app_or_salt",
      ultimate{ WDT_APPSECRET = "sandbox-secret:nosalt" }) end)
    it("that it wants more than a signature", function() finds(
      "auth", ultimate(), nil, refuses(3, "需要动态口令")) end)
    it("that it refuses a right timestamp", function() finds(
      "clock_refused", ultimate(), nil, refuses(7, "时间戳错误")) end)
    it("a white list, enterprise", function() finds(
      "address", nil, nil, refuses(1016, "IP不在白名单内")) end)
    it("a white list, ultimate", function() finds("address", ultimate(), nil,
      refuses(6, "ip限制")) end)
    it("a missing permission", function() finds("permission", ultimate(), nil,
      refuses(100, "权限不足")) end)
    it("an empty balance", function() finds("balance", nil, nil, refuses(1060, "余额不足")) end)
    it("that the rate is used up", function() finds(
      "rate", nil, nil, function() inject{ kind = "rate" } end) end)
    it("a query that it does not like", function() finds(
      "refused_query", nil, nil, refuses(12345, "未知原因")) end)
    it("a failure of its own", function() finds("server_down", ultimate(), nil,
      refuses(99, "其他错误")) end)
  end)

  it("understands the words of a failure", function()
    local p, s = { url = "http://api/openapi2" }, { url = "https://api/openapi2" }
    local x = { url = "https://api/openapi2", proxy = "http://proxy:3128" }
    for _, case in ipairs{
      { "connect: no connection to api:443 (Could not resolve host: api)", "connect", s, "name",
        "name_unknown" },
      { "connect: no connection to api:443 (Failed to connect; No route to host)", "connect", s,
        "connection", "unreachable" },
      { "timeout: no connection to api:443 within 5 s (connect; Resolving timed out)", "timeout", s,
        "name", "name_unknown" },
      { "timeout: no connection to api:443 within 5 s (connect; Timed out)", "timeout", s,
        "connection", "unreachable" },
      { "timeout: api:443 sent nothing for 20 s (stall) after 0 bytes", "timeout", s, "answer",
        "silent" },
      { "timeout: api:443 sent nothing for 20 s (stall) after 0 bytes", "timeout", x, "answer",
        "silent" },
      { "timeout: no connection to api:443 within 5 s (connect; Timed out)", "timeout", x,
        "connection", "proxy_unreachable" },
      { "tls: no trusted connection to api:443 (certificate is not yet valid)", "tls", s, "tls",
        "tls_expired" },
      { "tls: no trusted connection to api:443 (unable to get local issuer certificate)", "tls", s,
        "tls", "tls_untrusted" },
      { "truncated: api:443 ended the connection without an answer (Empty reply)", "truncated", s,
        "answer", "broken_answer" },
      { "http: HTTP 400, text/html", "http", s, "answer", "not_the_api" },
      { "http: HTTP 400, text/html", "http", p, "tls", "tls_wanted" },
      { "auth: 1 sid is not found", "auth", s, "credentials", "sid" },
      { "auth: 1001 卖家账号错误", "auth", s, "credentials", "sid" },
      { "auth: 1 参数错误 sign", "auth", s, "credentials", "sign" },
      { "config: OpenSSL refuses MD5, which both gateways sign with", "config", s, "credentials",
        "md5_refused" },
      { "permission: 6 IP list", "permission", s, "permission", "address" },
      { "permission: 100 权限不足", "permission", s, "permission", "permission" },
      { "param: 2 shop_no", "param", s, "query", "refused_query" },
      { "limit: whatever", "limit", s, "query", "refused_query" },
    } do
      assert.same({ case[4], case[5] }, { diagnose.failure(case[1], case[2], case[3]) }, case[1])
      assert.truthy(findings[case[5]])
    end
  end)

  describe("finds on this machine:", function()
    it("a folder that is not there", function() finds(
      "state_folder", nil, "--state " .. folder .. "/nowhere/state") end)
    it("a folder that can't be written", function() finds(
      "state_unwritable", nil, "--state /proc/wdt.state") end)
    it("a state that is damaged", function()
      shell.write(folder .. "/damaged", "wdt-state 1 00\n{}")
      finds("state_damaged", nil, "--state " .. folder .. "/damaged")
    end)
    it("a state that is in use", function()
      local store = wdt.state.file(folder .. "/busy")
      assert(store:lock())
      finds("state_busy", nil, "--state " .. folder .. "/busy")
      store:unlock()
      local output, status = run(nil, "--state " .. folder .. "/busy")
      assert.equal(0, status, output)
      assert.equal("", must("ls " .. folder .. " | grep doctor || true")) -- what was tried is gone
    end)
    it("an OpenSSL without MD5", function()
      shell.write(folder .. "/openssl.cnf",
        "openssl_conf=a\n[a]\nproviders=b\n[b]\nbase=c\n[c]\nactivate=1\n")
      local variables = { OPENSSL_CONF = folder .. "/openssl.cnf" }
      finds("md5_refused", variables)
      -- And no one sends what is not signed.
      local program = [[local wdt = require "wdt"; print(select(2, wdt.call("shop", {})))]]
      for _, edition in ipairs{ "enterprise", "ultimate" } do
        local all = visit:variables(edition)
        all.OPENSSL_CONF = variables.OPENSSL_CONF
        assert.truthy(must(("%s -e %s"):format(shell.lua, quote(program)), all):find(
          "^config: OpenSSL refuses MD5"))
      end
    end)

    -- The command can't even start: it says so in the same words.
    local function cannot_start(finding, cpath, name)
      for language, locale in pairs{ en = "C", zh = "zh_CN.UTF-8" } do
        local output, status = run{ LUA_CPATH = cpath, LANG = locale }
        assert.equal(3, status, output)
        assert.truthy(output:find("^wdt: config: " .. pattern(findings[finding].cause[language])
          .. "\n"), output)
        assert.truthy(output:find(name, 1, true), output)
        assert.is_nil(output:find("{", 1, true), output)
      end
    end

    -- A folder of modules like this interpreter's own, but for one.
    local function modules_but(name)
      local place = folder .. "/without-" .. name
      must(("mkdir -p %s/wdt"):format(place))
      for _, module in ipairs{ "wdt/core", "wdt/curl", "wdt/posix", "cjson" } do
        local found = copies.module((module:gsub("/", ".")))
        if module ~= name then must(("ln -sf %s %s/%s.so"):format(quote(found), place, module)) end
      end
      return place
    end

    it("a module that was never built", function()
      cannot_start("module_missing", modules_but "wdt/posix" .. "/?.so", "wdt.posix")
    end)
    it("lua-cjson not installed", function() cannot_start(
      "module_missing", modules_but "cjson" .. "/?.so", "lua-cjson") end)
    it("a module built for another Lua", function()
      local place = modules_but "wdt/core"
      shell.write(place .. "/core.c",
        "int lua_of_another_version(void *);\nint luaopen_wdt_core(void *);\n"
        .. "int luaopen_wdt_core(void *L) { return lua_of_another_version(L); }\n")
      must(("%s -shared -fPIC -o %s/wdt/core.so %s/core.c"):format(os.getenv "CC"
        or "cc", place, place))
      cannot_start("module_other_lua", place .. "/?.so", "wdt.core")
    end)
    it("a module that is no module", function()
      local place = modules_but "wdt/curl"
      shell.write(place .. "/wdt/curl.so", "nothing that can be loaded")
      cannot_start("module_broken", place .. "/?.so", "wdt.curl")
    end)
  end)
end)
