--- NDJSON as `wdt` writes it, from the rows' own bytes, against the way by lua-cjson: decode the
-- page, encode each row.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;"\
--       lua5.4 spec/bench/ndjson.lua [rounds] [least]
--
-- Reads the same distinct pages, in turns in one process; prints the median of the rounds and the
-- ratio, and fails where that is below `least` (10).
local cjson = require "cjson"
local core = require "wdt.core"
local ndjson = require "wdt.format.ndjson"
local pages = require "bench.pages"

local rounds, least = tonumber(arg[1]) or 9, tonumber(arg[2]) or 10
local PAGES, PIECE = 20, 16384

local texts, pieces, bytes = {}, {}, 0
for i = 1, PAGES do
  texts[i] = pages.page(i, {})
  pieces[i] = pages.cut(texts[i], PIECE)
  bytes = bytes + #texts[i]
end

-- Writes as the command's output does.
local sink = { file = assert(io.open("/dev/null", "wb")), parts = {}, n = 0, size = 0 }
local function write(a, b)
  local n = sink.n
  sink.parts[n + 1], sink.parts[n + 2], sink.n, sink.size = a, b, n + 2, sink.size + #a + #b
  if sink.size >= 65536 then
    sink.file:write(table.concat(sink.parts, "", 1, sink.n))
    sink.parts, sink.n, sink.size = {}, 0, 0
  end
end

local function ours()
  local decoder, format, n = core.decoder{ path = "stockout_list", as = "json",
    keys = { "stockout_id", "modified" } },
    ndjson.new{ write = write, raw = true }, 0
  for i = 1, PAGES do
    decoder:reset()
    for _, piece in ipairs(pieces[i]) do
      decoder:feed(piece)
      for row in function() return (decoder:next()) end do
        format:row(row)
        n = n + 1
      end
    end
    assert(decoder:finish())
  end
  decoder:close()
  return n
end

local function theirs()
  local n = 0
  for i = 1, PAGES do
    for _, row in ipairs(cjson.decode(texts[i]).stockout_list) do
      write(cjson.encode(row), "\n")
      n = n + 1
    end
  end
  return n
end

local function time(f)
  collectgarbage()
  local start = os.clock()
  assert(f() == 100 * PAGES)
  return os.clock() - start
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local a, b = {}, {}
for i = 1, rounds do a[i], b[i] = time(ours), time(theirs) end
local mine, other = median(a), median(b)
local jit = rawget(_G, "jit")
print(("%s: %.0f MB/s, lua-cjson %.0f MB/s, ratio %.1f"):format(jit and jit.version
  or _VERSION, bytes / mine / 1e6,
  bytes / other / 1e6, other / mine))
if other / mine < least then
  io.stderr:write(("the ratio is below %g\n"):format(least))
  os.exit(1)
end
