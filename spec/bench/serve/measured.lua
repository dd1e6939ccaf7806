--- A service under measured traffic, for spec/bench/serve/run.lua and
-- spec/serve/neighbours_spec.lua.
local eventually = require "support.eventually"
local process = require "wdt.nginx.process"
local serve = require "support.serve"
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Bench = {}
Bench.__index = Bench

local CONFIG = "[shop]\n$ACCOUNT_enterprise\nrate = 100000\n[serve]\n$LIMITS[serve:many]\n"
  .. "token = $TOKEN_many\naccounts = *\nqueue = $QUEUE\n[serve:neighbour]\n"
  .. "token = $TOKEN_neighbour\naccounts = *\n[serve:masked]\ntoken = $TOKEN_masked\n"
  .. "accounts = *\nmask = true\n"

--- Starts one.
-- @tparam Visitor visit
-- @tparam integer queue of the consumer "many"
-- @tparam ?string limits more lines of [serve]
-- @treturn Bench
function M.start(visit, queue, limits)
  local text = CONFIG:gsub("%$QUEUE", ("%d"):format(queue)):gsub("%$LIMITS", limits or "")
  local self = setmetatable({ service = serve.start(visit, text), visit = visit }, Bench)
  self.folder = self.service.folder
  self.program = self.folder .. "/clients"
  shell.must(("cc -O2 -o %s %s"):format(quote(self.program), quote(shell.root
    .. "/spec/bench/serve/clients.c")))
  self:write("health", "/healthz", nil)
  self:write("count", "/v1/shop/count/stockouts?status=55&day=" .. visit.day, "neighbour")
  self:write("methods", "/v1/shop/methods", "neighbour")
  self:write("rows", "/v1/shop/stockouts?month=" .. visit.month, "many")
  return self
end

--- Writes a request into a file.
function Bench:write(name, path, who)
  shell.write(self.folder .. "/" .. name, ("GET %s HTTP/1.1\r\nHost: x\r\n%sConnection: %s\r\n\r\n")
    :format(path, who and "Authorization: Bearer " .. self.service:token(who)[1] .. "\r\n" or "",
      name == "rows" and "keep-alive" or "close"))
end

--- The process of the worker that accepts connections of a service.
-- @treturn ?string
function M.worker(service)
  local newest
  for pid in shell.must("pgrep -P " .. process.pid(service.prefix)):gmatch "%d+" do
    local name = process.read("/proc/" .. pid .. "/cmdline") or ""
    if name:find("worker process", 1, true) and not name:find("shutting", 1, true) then
      newest = pid
    end
  end
  return newest
end

--- The memory of the worker in kB, without what workers share, which has a size of its own.
function Bench:memory()
  local status = shell.read("/proc/" .. M.worker(self.service) .. "/status")
  return tonumber(status:match "RssAnon:%s*(%d+)")
end

--- Has clients come, `a_second` of them, and read slowly for so many seconds.
-- @return a pipe: a line "sent" when all have come, at last the line of their answers
-- @treturn string the process, which ends when it is told to terminate
function Bench:hold(n, a_second, seconds)
  local pipe = io.popen(("exec %s hold %d %d %d %g %s/rows 2>&1"):format(quote(self.program),
    self.service.port, n, a_second, seconds, quote(self.folder)))
  return pipe, pipe:read "*l"
end

--- Asks small things for so many seconds, as a neighbour.
-- @tparam number seconds
-- @param ... names of requests; by default /healthz and the list of methods
-- @treturn table `good`, `bad` (answers), `p50`, `p99`, `most` (ms), and of the worker's own time
-- `work50`, `work99`, `work_most`
function Bench:probe(seconds, ...)
  local files = {}
  for i, name in ipairs(... and { ... } or { "health", "methods" }) do
    files[i] = quote(self.folder .. "/" .. name)
  end
  local said = shell.must(("%s probe %d %s %g %s"):format(quote(self.program), self.service.port,
    M.worker(self.service), seconds, table.concat(files, " ")))
  local got, names = {}, { "good", "bad", "p50", "p99", "most", "work50", "work99", "work_most" }
  for figure in said:gmatch "%S+" do got[table.remove(names, 1)] = tonumber(figure) end
  return got
end

-- Requests of a day, as addresses, who asks, and options of curl.
local function kinds(visit)
  local day, rows = "day=" .. visit.day, "/v1/shop/stockouts?"
  return {
    { rows .. day, "neighbour" }, { rows .. day .. "&format=csv", "masked" },
    { rows .. day .. "&format=xlsx&limit=100", "many" },
    { rows .. day .. "&format=json&fields=order_no,shop_no", "many" },
    { rows .. day .. "&format=preview&limit=20", "masked" },
    { rows .. "month=" .. visit.month, "many", "--max-time 0.3" }, -- goes away
    { rows .. "month=" .. visit.month, "many", "--limit-rate 20k --max-time 1" }, -- and is slow
    { "/v1/shop/count/stockouts?status=55&" .. day, "neighbour" },
    { "/v1/shop/call/shop?page_size=2", "neighbour" },
    { "/v1/accounts", "many" }, { "/v1/shop/jobs", "many" }, { "/v1/shop/history", "many" },
    { "/v1/shop/fields/stockouts", "many" }, { "/v1/openapi.json", "many" },
    { "/metrics", "many" }, { "/healthz" }, { "/" }, { "/pages.js" },
    { "/v1/shop/methods" }, { rows .. "dya=1", "many" }, { "/v1/none/stockouts", "many" },
  }
end

--- Makes so many requests of all kinds, eight at a time.
-- @tparam integer n
-- @treturn string how often each status came
function Bench:traffic(n)
  local list, lines = kinds(self.visit), {}
  for i = 1, n do
    local kind = list[i % #list + 1]
    lines[i] = ("curl -s --noproxy '*' -o /dev/null -w '%%{http_code}\\n' %s %s %s"):format(
      kind[2] and "-H 'Authorization: Bearer " .. self.service:token(kind[2])[1] .. "'" or "",
      kind[3] or "", quote(self.service.url .. kind[1]))
  end
  local file = self.folder .. "/traffic"
  shell.write(file, table.concat(lines, "\n") .. "\n")
  local said = shell.must(("tr '\\n' '\\0' <%s | xargs -0 -n 1 -P 8 sh -c >%s.said; "
    .. "sort %s.said | uniq -c"):format(quote(file), quote(file), quote(file)))
  return (said:gsub("%s+", " "))
end

--- Has the file read again; when this returns, another worker serves.
function Bench:reload()
  local before = M.worker(self.service)
  shell.must("kill -HUP " .. process.pid(self.service.prefix))
  eventually(function() return M.worker(self.service) and M.worker(self.service) ~= before end)
  self.service:wait()
end

function Bench:stop()
  return self.service:stop()
end

return M
