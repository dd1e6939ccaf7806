-- Under load: a reload of the configuration loses and doubles nothing, and those who read slowly
-- hold up no one.
local cjson = require "cjson"
local eventually = require "support.eventually"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local CONFIG = "[shop]\n$ACCOUNT_enterprise\nrate = 100000\n[serve]\n[serve:many]\n"
  .. "token = $TOKEN_many\naccounts = *\nqueue = 8\n[serve:one]\ntoken = $TOKEN_one\n"
  .. "accounts = *\n"

describe("wdt serve under load", function()
  local visit, service

  setup(function()
    visit = visitor.start()
    service = serve.start(visit, CONFIG)
  end)
  teardown(function()
    local said = service:stop()
    visit:stop()
    -- nginx's word for connections of a worker that is told to end at once
    said = said:gsub("%[alert%] %d+#%d+: %*%d+ open socket[^\n]*", ""):gsub(
      "%[alert%] %d+#%d+: aborting", "")
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]"), said)
  end)

  local function lines_of(path)
    local list = {}
    for line in io.lines(path) do list[#list + 1] = line end
    return list
  end

  -- The command that reads an address into a file, as a consumer.
  local function reading(who, path, file, options)
    return ("curl -sS --noproxy '*' --max-time 120 %s -H %s -o %s %s"):format(options or "",
      quote("Authorization: Bearer " .. service:token(who)[1]), quote(file), quote(service.url
        .. path))
  end

  it("reads its file again while readings go on, each of which is whole", function()
    local path = "/v1/shop/stockouts?start=" .. visit.day .. "&stop=" .. visit.month .. "-13"
    shell.must(reading("one", path, service.folder .. "/truth"))
    local truth = lines_of(service.folder .. "/truth")
    local proof = cjson.decode(table.remove(truth))["end"]
    assert.equal(#truth, proof.rows)
    table.sort(truth)
    local parts = {}
    for i = 1, 6 do
      parts[i] = reading("many", path, service.folder .. "/got" .. i, "-D "
        .. quote(service.folder .. "/head" .. i)) .. " & pids=\"$pids $!\""
    end
    -- one after the other
    local said = shell.must(("%s\nn=0; while kill -0 $pids 2>/dev/null; do "
      .. "kill -HUP $(cat %s/pid); n=$((n + 1)); curl -s --noproxy '*' %s/healthz >/dev/null; "
      .. "done; wait; echo $n"):format(table.concat(parts, "\n"), quote(service.folder),
        service.url))
    assert.is_true(tonumber(said:match "%d+") >= 1)
    for i = 1, 6 do
      local got = lines_of(service.folder .. "/got" .. i)
      local proof_of_it = cjson.decode(table.remove(got))["end"]
      assert.equal(#truth, proof_of_it.rows)
      local head = shell.read(service.folder .. "/head" .. i)
      assert.same(proof_of_it, cjson.decode(head:match "\n[Ww]dt%-[Pp]roof: ([^\r\n]+)"))
      table.sort(got)
      assert.same(truth, got)
    end
    service:wait()
  end)

  it("serves others while eight read slowly, and refuses the one beyond the limit", function()
    local path = "/v1/shop/stockouts?month=" .. visit.month
    local parts = {}
    for i = 1, 8 do
      parts[i] = reading("many", path, service.folder .. "/slow" .. i, "--limit-rate 4k")
        .. " >/dev/null 2>&1 & echo $! >>" .. quote(service.folder .. "/slow.pids")
    end
    shell.must(table.concat(parts, "\n"))
    eventually(function() -- all eight are being answered
      local n = shell.run("find " .. quote(service.folder) .. " -name 'slow?' -size +0 | wc -l")
      return tonumber(n) == 8
    end, function() return service:said() end)
    local status, body = service:status("/v1/shop/stockouts?limit=1&day=" .. visit.day, "many")
    assert.equal(429, status, body)
    assert.equal("queue", cjson.decode(body).error.code)
    -- the sandbox has one worker, which is busy: what asks it is no measure of the service
    for _ = 1, 10 do
      assert.equal(200, (service:status("/v1/shop/methods", "one")))
      assert.equal(200, (service:status "/healthz"))
    end
    shell.must("kill $(cat " .. quote(service.folder .. "/slow.pids") .. ")")
    eventually(function()
      return service:status("/v1/shop/stockouts?limit=1&day=" .. visit.day, "many") == 200
    end, function() return service:said() end)
  end)
end)
