--- Whole paths of rows, from a gateway's bytes to where they go, without a network: what
-- instructions.lua counts, and what a profiler can be set on.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;"\
--       lua5.4 spec/bench/path.lua PATH PASSES [PAGES [ORDERS]]
--
-- PAGES is a file that `path.lua PATH make PAGES [ORDERS]` has made, of three pages of so many
-- orders (100); without it they are made each time. A path reads PASSES times three pages, after as
-- many in which shapes are learnt. Before those that count core.hmac_sha256 is called, and after
-- them, and nowhere else: the marks to count between.
local beijing = require "wdt.beijing"
local core = require "wdt.core"
local wdt = require "wdt"

local FIRST = beijing.parse "2026-11-01 00:00:00"
local PIECE = 16384
local SIX = { "stockout_id", "order_no", "consign_time", "receiver_name", "details_list.spec_no",
  "details_list.goods_count" }

local orders = tonumber(arg[4] or 100)

local function make()
  local list = {}
  for i = 1, 3 do
    local page = require "bench.pages".page(i, { orders = orders })
    list[i] = page:match '"stockout_list":%[(.*)%]}$'
  end
  return table.concat(list, ",")
end

if arg[2] == "make" then
  local file = assert(io.open(arg[3], "wb"))
  assert(file:write(make()))
  return file:close()
end

-- The orders, one in each second.
local function read(path)
  local text
  if path then
    local file = assert(io.open(path, "rb"))
    text = file:read "*a"
    file:close()
  else
    text = make()
  end
  local list = {}
  for order in text:gsub(',{"stockout_id":', '\n{"stockout_id":'):gmatch "[^\n]+" do
    list[#list + 1] = order
  end
  return list
end

local world = read(arg[3])
local passes = tonumber(arg[2])
local size = #world

-- The order of a second: the same ones come again, each time with an identity and a time of their
-- own. All are made in advance.
local function orders_of(times)
  local list = {}
  for i = 1, times * size do
    list[i] = world[(i - 1) % size + 1]
      :gsub('("stockout_id":"?)%d+', "%1" .. 1e6 + i, 1)
      :gsub('("consign_time":")[^"]*', "%1" .. beijing.format(FIRST + i - 1), 1)
  end
  return list
end

local known = orders_of(2 * passes)

local function value(body, name)
  local text = body:match(name .. "=([^&]*)")
  return text and text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end) .. ""
end

local function answer(body)
  local from = math.max(beijing.parse(value(body, "start_time")) - FIRST + 1, 1)
  local to = math.min(beijing.parse(value(body, "end_time")) - FIRST + 1, #known)
  local asked = tonumber(value(body, "page_size"))
  local begin = from + tonumber(value(body, "page_no")) * asked
  return ('{"code":0,"message":"ok","total_count":%d,"stockout_list":[%s]}'):format(
    math.max(to - from + 1, 0), table.concat(known, ",", begin, math.min(begin + asked - 1, to)))
end

-- A host that answers at once, in pieces.
local Exchange = { status = 200, sent = true }
Exchange.__index = Exchange

function Exchange:pull()
  local at = self.bytes
  if at >= #self.text then return false end
  self.bytes = at + PIECE
  local ok, err, code = self.decoder:feed(self.text:sub(at + 1, at + PIECE))
  if not ok then return nil, err, code end
  return true
end

function Exchange:poll() return self.bytes >= #self.text end
function Exchange.close() end

local host = { clock = 0 }

function Exchange.header(_, name)
  return name == "date" and os.date("!%a, %d %b %Y %H:%M:%S GMT", host.time()) or nil
end

function host.now() return host.clock end
function host.time() return FIRST + 30 * 86400 + host.clock end
function host.random() return 0.5 end
function host.sleep(_, seconds) host.clock = host.clock + seconds end
function host.close() end
function host.open(_, request, decoder)
  return setmetatable({ text = answer(request.body), decoder = decoder, bytes = 0 }, Exchange)
end

local folder = require "support.shell".folder()

local client = wdt.new{ edition = "enterprise", sid = "bench", appkey = "bench",
  appsecret = "bench", url = "http://gateway", rate = 100000, lanes = 1, host = host }

-- Reads the orders of some passes: from the first to before the last.
local function stream(query)
  return function(first, last)
    query.start, query.stop = FIRST + first * size, FIRST + last * size - 1
    query.status = 95
    local n = 0
    local rows = client:stockouts(query)
    for _ in rows do n = n + 1 end
    assert(n == (last - first) * size and rows:progress().certificate ~= "none")
  end
end

-- As the command writes them.
local function export(query)
  return function(first, last)
    local out = assert(require "wdt.cli.output".open(folder .. "/out"))
    local raw = query.as == "json"
    local format = require "wdt.format.ndjson".new{ raw = raw,
      write = function(...) out:write(...) end }
    query.start, query.stop = FIRST + first * size, FIRST + last * size - 1
    query.status = 95
    for row in client:stockouts(query) do format:row(row) end
    assert(out:finish())
    out:close()
  end
end

-- A copy, of a job of its own in each half.
local function sync(target)
  return function(first, last)
    local job = client:sync{ what = "stockouts", from = FIRST + first * size,
      stop = FIRST + last * size - 1, into = (target:gsub("%$FOLDER", folder)) .. first,
      state = not target:find "^sqlite"
        and require "wdt.state".file(folder .. "/state" .. first) or nil,
      query = { status = 95 } }
    assert(job:run())
    job:close()
  end
end

local paths = {
  ["stream-tables"] = stream{},
  ["stream-fields"] = stream{ fields = SIX },
  ["stream-json"] = stream{ as = "json" },
  ["export-ndjson"] = export{ as = "json" },
  ["export-fields"] = export{ fields = SIX, as = "json" },
  ["sync-ndjson"] = sync "ndjson:$FOLDER/ndjson",
  ["sync-csv"] = sync "csv:$FOLDER/csv",
  ["sync-sqlite"] = sync "sqlite:$FOLDER/copy.db",
}

local run = paths[arg[1]]
run(0, passes)
collectgarbage()
core.hmac_sha256("key", "text")
run(passes, 2 * passes)
collectgarbage() -- what was made costs this, too
core.hmac_sha256("key", "text")
os.execute("rm -rf '" .. folder .. "'")
