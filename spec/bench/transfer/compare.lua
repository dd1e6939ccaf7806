--- From the first request to the last row, over HTTP on loopback: this client, Lua-cURL with
-- lua-cjson, PHP's curl with json_decode, and curl into /dev/null, which is what the server and the
-- network give.
--
--     sh spec/bench/transfer/run.sh [ROUNDS] [MILLISECONDS/LANES]...
--
-- e.g. 5 0/1 20/8: builds, and runs this on both Luas.
--
-- Everybody gets the same orders (about 3.8 KB each) by POSTs to one nginx worker; nothing is
-- compressed. The world has one in each second. The peers ask for exactly a hundred, a full page,
-- which proves nothing; this client takes no server's word for where a window may end, and makes
-- some 1.3 calls for each hundred. "Pages" are hundreds of orders for all. The latency is
-- nginx's own, before it answers. Contestants run one after the other, each a process of its own,
-- round by round; printed are medians, and medians of the ratios to Lua-cURL and to curl in the
-- same round. Starting a process is not counted; "CPU ms" is what a page takes of the process's own
-- time, which other processes of a busy machine disturb less.
--
-- Debian has Lua-cURL (lua-curl) for 5.1 and 5.2, hence for LuaJIT, and none for 5.4. There curl.c
-- stands in for it, and on LuaJIT beside it, to show that it is as fast. Neither knows multi
-- handles, so with several lanes they are left out.
local now = require("wdt.curl").now
local gateway = require "bench.transfer.gateway"
local shell = require "support.shell"
local quote, format = shell.quote, string.format

-- Enough pages that what a reading needs to get going hardly counts.
local settings = {
  { ms = 0, lanes = 1, pages = 256 }, { ms = 0, lanes = 4, pages = 256 },
    { ms = 0, lanes = 8, pages = 256 },
  { ms = 20, lanes = 1, pages = 64 }, { ms = 20, lanes = 4, pages = 256 },
    { ms = 20, lanes = 8, pages = 512 },
}
local MOST = 512

local here = shell.root .. "/spec/bench/transfer"

local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

-- ---- the contestants: each returns seconds, pages, bytes, CPU seconds, and its peak of memory in
-- kB ----

local function child(setting, command)
  local seconds, bytes, cpu, peak = shell.must(command):match("^(%S+)%s+(%S+)%s+(%S+)%s+(%d+)")
  return tonumber(seconds), setting.pages, tonumber(bytes), tonumber(cpu), tonumber(peak)
end

local function address(box, setting)
  return format("%s/%d/stockout_order_query_trade.php", box.url, setting.ms)
end

local function ours(what)
  return function(box, setting)
    return child(setting, format("%s %s/ours.lua %s/%d %d %d %d %s", quote(interpreter()),
      quote(here), box.url, setting.ms,
      gateway.first, setting.pages, setting.lanes, what))
  end
end

local function lua_curl(stand_in)
  return function(box, setting)
    if setting.lanes > 1 then return nil end
    return child(setting, format("%s %s %s/peer.lua %s %s/bodies %d",
      stand_in and format("LUA_CPATH=%s/?.so';'\"$LUA_CPATH\"", quote(box.folder))
      or "", quote(interpreter()), quote(here),
      address(box, setting), quote(box.folder), setting.pages))
  end
end

local function php(box, setting)
  return child(setting, format("php %s/peer.php %s %s/bodies %d %d", quote(here),
    address(box, setting), quote(box.folder),
    setting.pages, setting.lanes))
end

-- The command tells the end of each transfer; those that end first, one on each lane, start the
-- clock.
local function curl(box, setting)
  local lines = { "no-progress-meter" }
  if setting.lanes > 1 then lines[2] = format("parallel\nparallel-immediate\nparallel-max = %d",
    setting.lanes) end
  for i = 1, setting.pages do
    lines[#lines + 1] = (i > 1 and "next\n" or "") .. format(
      'url = "%s"\ndata = "%s"\noutput = "/dev/null"\n'
      .. 'write-out = "%%{stderr}%%{http_code} %%{size_download}\\n"', address(box, setting),
        box.bodies[i])
  end
  shell.write(box.folder .. "/curl", table.concat(lines, "\n") .. "\n")
  local pipe = assert(io.popen(format("curl -K %s/curl 2>&1", quote(box.folder))))
  local n, bytes, begun = 0, 0, nil
  for line in pipe:lines() do
    n = n + 1
    local size = assert(tonumber(line:match("^200 (%d+)$")), line)
    if n > setting.lanes then bytes = bytes + size end
    if n == setting.lanes then begun = now() end
  end
  local seconds = now() - begun
  pipe:close()
  assert(n == setting.pages)
  return seconds, n - setting.lanes, bytes
end

local contestants = {
  { name = "wdt, whole tables", run = ours "tables" },
  { name = "wdt, 6 of 94 fields", run = ours "fields" },
  { name = "wdt, rows as JSON", run = ours "json" },
  { name = "stand-in + lua-cjson", run = lua_curl(true), peer = true },
  { name = "PHP curl + json_decode", run = php },
  { name = "curl -o /dev/null", run = curl, null = true },
}
if rawget(_G, "jit") then
  contestants[4].peer = false
  table.insert(contestants, 5, { name = "lua-curl + lua-cjson", run = lua_curl(false),
    peer = true })
end

-- ---- the comparison ----

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function median_ratio(mine, other)
  if not (mine and other) then return "" end
  local list = {}
  for round = 1, #mine do list[round] = mine[round] / other[round] end
  return format("%.2f", median(list))
end

-- Of each contestant, lists by round; nil for one that does not take part.
local function measure(box, setting, rounds)
  local results = {}
  for round = 1, rounds do
    for i, one in ipairs(contestants) do
      local seconds, n, bytes, cpu, peak = one.run(box, setting)
      if seconds then
        local result = results[i] or { rate = {}, volume = {}, cpu = {}, peak = {} }
        results[i] = result
        result.rate[round], result.volume[round] = n / seconds, bytes / seconds / 1e6
        result.cpu[round], result.peak[round] = cpu and cpu / n * 1000, peak and peak / 1024
      end
    end
  end
  return results
end

local function print_setting(setting, results)
  local lanes = setting.lanes == 1 and "one connection" or setting.lanes .. " lanes"
  print(format("\n%d ms, %s, %d pages", setting.ms, lanes, setting.pages))
  print(format("%-24s %8s %6s %7s %8s %11s %8s", "", "pages/s", "MB/s", "CPU ms", "peak MB",
    "to Lua-cURL", "to curl"))
  local peer, null
  for i, one in ipairs(contestants) do
    if one.peer then peer = results[i] and results[i].rate end
    if one.null then null = results[i].rate end
  end
  local ratios = {} -- first, since a median sorts
  for i in pairs(results) do
    ratios[i] = format("%11s %8s", median_ratio(results[i].rate, peer),
      median_ratio(results[i].rate, null))
  end
  for i, one in ipairs(contestants) do
    local result = results[i]
    if result then
      local own = one.null and ("%16s"):format("") or format(
        "%7.2f %8.1f", median(result.cpu), median(result.peak))
      print(format("%-24s %8.0f %6.0f %s %s", one.name, median(result.rate), median(result.volume),
        own, ratios[i]))
    end
  end
end

local function run(box)
  box.bodies = gateway.bodies(MOST)
  shell.write(box.folder .. "/bodies", table.concat(box.bodies, "\n") .. "\n")
  shell.must(format("cc -O2 -fPIC -shared -I%s -o %s/curl.so %s/curl.c -lcurl", shell.incdir,
    quote(box.folder), quote(here)))
  local rounds, only = tonumber(arg[1]) or 5, {}
  for i = 2, #arg do only[arg[i]] = true end
  print(format("%s, %d rounds", rawget(_G, "jit") and "LuaJIT" or _VERSION, rounds))
  for _, setting in ipairs(settings) do
    if #arg < 2 or only[setting.ms .. "/" .. setting.lanes] then
      print_setting(setting, measure(box, setting, rounds)) end
  end
end

local ngx, url = gateway.start(MOST)
local ok, err = xpcall(run, debug.traceback, { url = url, folder = ngx.prefix })
ngx:stop()
if not ok then error(err, 0) end
