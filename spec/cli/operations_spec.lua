-- A fleet as others see it: figures in a file and at a port, alarms at a robot, events as lines of
-- JSON.
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local command = require "support.command"
local promtool = require "support.promtool"
local robot_of = require "support.robot"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("the operations of a fleet", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  local function streams(more)
    cli:streams("enterprise", ("[*/*]\nfrom = %s\n[a/*]\nto = sqlite:a.db\n"
      .. "[a/stockouts]\nstop = %s\n[b/present]\nto = sqlite:b.db\nwhat = stockouts\n"
      .. "from = %s\n%s"):format(visit.day, visit.day, beijing.format(os.time() - 3600),
      more or ""))
  end

  -- Shell: waits until a command succeeds, which is looked for in a file of the folder.
  local function wait(condition)
    return ("n=0; until %s; do n=$((n + 1)); [ $n -lt 2400 ] || { cat log; exit 9; }; "
      .. "sleep 0.05; done; "):format(condition)
  end

  local function value(text, series)
    local plain = series:gsub("%p", "%%%0")
    return tonumber(("\n" .. text):match("\n" .. plain .. " (%S+)\n"))
  end

  it("are figures at a port, by account and job, that promtool takes", function()
    streams()
    local got = cli:run("wdt fleet run --config streams.ini --metrics 127.0.0.1:0 2>log & pid=$!; "
      .. wait "grep -q 'a/stockouts: ' log" .. wait "grep -q 'metrics at' log"
      .. "url=$(sed -n 's/^metrics at //p' log); curl -sS -D head $url >metrics; kill -TERM $pid; "
      .. "wait $pid; echo $?")
    assert.equal("143\n", got.out, got.err)
    local text = shell.read(cli.folder .. "/metrics")
    assert.equal("", promtool.metrics(text))
    assert.truthy(shell.read(cli.folder .. "/head"):find("text/plain; version=0.0.4", 1, true))
    local a = '{account="a",job="stockouts"}'
    assert.is_true(value(text, "wdt_rows_total" .. a) > 50)
    assert.is_true(value(text, "wdt_calls_total" .. a) > 1)
    assert.equal(value(text, "wdt_calls_total" .. a), value(text, "wdt_call_seconds_count" .. a))
    assert.is_true(value(text, "wdt_call_bytes_total" .. a) > 1000)
    assert.is_true(value(text, "wdt_last_success_timestamp_seconds" .. a) > os.time() - 600)
    assert.equal(0, value(text, "wdt_uncertified_windows_total" .. a))
    assert.equal(0, value(text, "wdt_job_running" .. a)) -- it has read what it was to read
    assert.is_nil(value(text, "wdt_lag_seconds" .. a))
    local b = '{account="b",job="present"}'
    assert.equal(1, value(text, "wdt_job_running" .. b))
    assert.equal(360, value(text, "wdt_lag_target_seconds" .. b))
    assert.equal(100000, value(text, 'wdt_rate_budget{account="b"}'))
    assert.is_number(value(text, 'wdt_calls_in_flight{account="b"}'))
    local v = visit:variables "enterprise"
    for _, secret in ipairs{ v.WDT_APPSECRET, v.WDT_APPKEY } do
      assert.is_nil(text:find(secret, 1, true))
    end
  end)

  it("are figures in a file that all may read, whole at any moment", function()
    streams()
    cli:must "umask 077; wdt sync a --config streams.ini --metrics wdt.prom"
    local text = shell.read(cli.folder .. "/wdt.prom")
    assert.equal("", promtool.metrics(text))
    assert.is_true(value(text, 'wdt_rows_total{account="a",job="stockouts"}') > 50)
    assert.equal("-rw-r--r--\n", shell.must("stat -c %A " .. cli.folder .. "/wdt.prom"))
    assert.equal("", shell.run("ls " .. cli.folder .. " | grep -F wdt.prom."))
    local got = cli:run "wdt sync a --config streams.ini --metrics nowhere/wdt.prom"
    assert.equal(0, got.status, got.err)
    assert.truthy(got.err:find("metrics: nowhere/wdt.prom: ", 1, true), got.err)
  end)

  it("are figures of one job of the command line as well", function()
    local line = ("wdt sync job --from %s --to sqlite:one.db --rate 100000 "
      .. "--metrics one.prom"):format(shell.quote(visit.day))
    cli:must(line .. " --stop " .. shell.quote(visit.day), "enterprise")
    local text = shell.read(cli.folder .. "/one.prom")
    assert.equal("", promtool.metrics(text))
    local sid = visit:variables "enterprise".WDT_SID
    assert.is_true(value(text, ('wdt_rows_total{account="%s",job="job"}'):format(sid)) > 50)
    local got = cli:run(line:gsub("one.prom", "10.0.0.1:9464"), "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("10.0.0.1:9464 is no address of the loopback", 1, true), got.err)
    -- a failure ends it as it does without, and is counted
    got = cli:run(line:gsub("one%.db", "two.db"):gsub("one%.prom", "two.prom"), "enterprise",
      { WDT_APPKEY = "wrong" })
    assert.equal(4, got.status, got.err)
    text = shell.read(cli.folder .. "/two.prom")
    assert.equal(1, value(text, ('wdt_failures_total{account="%s",job="job",code="auth"}'):format(
      sid)))
    assert.equal(0, value(text, ('wdt_job_running{account="%s",job="job"}'):format(sid)))
    -- a signal ends it as it does without
    got = cli:run("rm one.prom; " .. line .. " --follow 2>log & pid=$!; "
      .. wait "grep -qs '^wdt_job_running.* 1$' one.prom" .. "kill -TERM $pid; wait $pid; echo $?",
      "enterprise")
    assert.equal("143\n", got.out, got.err .. shell.read(cli.folder .. "/log"))
  end)

  it("are alarms at a robot, while a receiver that is away stops no job", function()
    local robot = robot_of.start()
    finally(function() robot:stop() end)
    local v = visit:variables "enterprise"
    streams(("[c]\nedition = enterprise\nsid = %s\nappkey = wrong\nappsecret = %s\nurl = %s\n"
      .. "[c/stockouts]\nto = sqlite:c.db\n[alarms]\nlanguage = en\n"
      .. "[alarms:duty]\nkind = wecom\nurl = %s/send?key=0123456789abcdef\n"
      .. "[alarms:away]\nkind = json\nurl = http://127.0.0.1:1/hook/0123456789abcdef\n"):format(
      v.WDT_SID, v.WDT_APPSECRET, v.WDT_URL, robot.url))
    local got = cli:run("wdt fleet run --config streams.ini 2>log & pid=$!; "
      .. wait("grep -q stopped " .. robot.folder .. "/requests")
      .. wait "grep -q 'alarms to away' log"
      .. wait "grep -q 'a/stockouts: ' log"
      .. "kill -0 $pid && kill -TERM $pid; wait $pid; echo $?")
    local log = shell.read(cli.folder .. "/log")
    assert.equal("143\n", got.out, log)
    local said = {}
    for i, request in ipairs(robot:requests()) do
      said[i] = cjson.decode(request.body).text.content
    end
    local text = table.concat(said, "\n")
    assert.truthy(text:find("[alarm] c: the gateway refuses the account: auth: ", 1, true), text)
    assert.truthy(text:find("[alarm] c/stockouts has stopped and waits for a person: auth: ", 1,
      true), text)
    assert.is_nil(log:find("0123456789abcdef", 1, true), log)
    assert.is_nil((log .. text):find(v.WDT_APPSECRET, 1, true))
  end)

  it("are events as lines of JSON, each with its time and account", function()
    streams "[a/nonsense]\nwhat = stockouts\nroute = qimen\n"
    local got = cli:run "wdt sync a b --config streams.ini --log-json"
    assert.is_true(got.status ~= 0)
    local seen = {}
    for line in got.err:gmatch "[^\n]+" do
      local event = cjson.decode(line)
      assert.truthy(event.time:find "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$", line)
      if event.event ~= "end" and event.event ~= "note" then
        assert.truthy(event.account == "a" or event.account == "b", line)
        assert.is_string(event.job, line)
        seen[event.event] = event
      end
    end
    assert.same({ "a", "nonsense", "config" }, { seen.stream_failed.account, seen.stream_failed.job,
      seen.stream_failed.code })
    for _, name in ipairs{ "call", "commit", "window", "stream_done" } do
      assert.is_table(seen[name], name)
    end
    assert.is_number(seen.stream_done.rows)
  end)

  it("need no Redis: one process of a host runs the file, and the lock ends with it", function()
    streams()
    local got = cli:run("wdt fleet run --config streams.ini --lock my.lock 2>log & pid=$!; "
      .. wait "grep -q 'a/stockouts: ' log"
      .. "wdt fleet run --config streams.ini --lock my.lock 2>second; echo $?; kill -KILL $pid; "
      .. "wait $pid; wdt fleet run --config streams.ini --lock my.lock 2>third & pid=$!; "
      .. wait "grep -q 'a/stockouts: ' third" .. "kill -TERM $pid; wait $pid; echo $?")
    assert.equal("10\n143\n", got.out, got.err)
    assert.truthy(shell.read(cli.folder .. "/second"):find("streams.ini is run by another process",
      1, true))
    assert.equal("", shell.run(("ls %s | grep -F fleet.lock"):format(cli.folder)))
    local failed = cli:run "wdt fleet run --config streams.ini --lock nowhere/lock"
    assert.equal(10, failed.status)
    assert.truthy(failed.err:find("nowhere/lock: ", 1, true), failed.err)
  end)

  it("take a credential of systemd, whose mode shows its access list", function()
    streams()
    shell.must(("cd %s; mkdir credentials; mv streams.ini credentials; chmod 440 credentials/*")
      :format(cli.folder))
    local line = "wdt sync status --config $PWD/credentials/streams.ini"
    local got = cli:run(line)
    assert.equal(3, got.status)
    assert.truthy(got.err:find("can be read by others", 1, true), got.err)
    got = cli:run("CREDENTIALS_DIRECTORY=$PWD/credentials " .. line)
    assert.equal(1, got.status, got.err) -- nothing has been copied
    assert.truthy(got.out:find("stockouts", 1, true), got.out)
    assert.equal(3, cli:run("CREDENTIALS_DIRECTORY=$PWD/cred " .. line).status)
  end)
end)
