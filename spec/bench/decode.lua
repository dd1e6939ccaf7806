--- Decoding against lua-cjson (and dkjson), interleaved in one process, on distinct pages fed in 16
-- KB pieces.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;"\
--       lua5.4 spec/bench/decode.lua [ROUNDS [LINE]]
--
-- Prints the median of the rounds, MB/s and the ratio to lua-cjson (for typed and masked ones to
-- our own "full", which they are a variation of, and then its milliseconds) in the same rounds on
-- the same pages: once for ten pages that begin with a clean heap, so that the collector has little
-- to do, and once ("in a row") for fifty, so that everybody pays for what he leaves it.
local pages = require "bench.pages"
local core = require "wdt.core"
local schema = require "wdt.schema"
local cjson = require "cjson"
local has_dkjson, dkjson = pcall(require, "dkjson")

local clock, sort, concat, floor = os.clock, table.sort, table.concat, math.floor
local rounds, only = tonumber(arg[1]) or 9, arg[2]
local PAGES, PASSES, PIECE = 10, 5, 16384

local six = { "stockout_id", "order_no", "consign_time", "receiver_name", "details_list.spec_no",
  "details_list.goods_count" }

local function make(how)
  local set = { bytes = 0 }
  for i = 1, PAGES do
    local text = pages.page(i, how)
    set[i] = { pieces = pages.cut(text, PIECE) }
    set.bytes = set.bytes + #text
  end
  return set
end

-- Decodes a page as it is meant to be done: each row is taken when it is complete, and dropped
-- before the next.
local function ours(options)
  options.path = "stockout_list"
  local decoder = core.decoder(options)
  return function(page)
    decoder:reset()
    local n, pieces = 0, page.pieces
    for i = 1, #pieces do
      decoder:feed(pieces[i])
      while true do
        local row = decoder:next()
        if row == nil then break end
        n = n + 1
      end
    end
    assert(decoder:finish())
    assert(n == 100)
  end
end

-- One who decodes whole texts has to join the pieces first: up to 4 % of his time.
local function theirs(page)
  assert(#cjson.decode(concat(page.pieces)).stockout_list == 100)
end

local function slow(page)
  assert(#dkjson.decode(concat(page.pieces)).stockout_list == 100)
end

local ORDERS = "stockout_order_query_trade"
local text, scaled, known = schema.types(ORDERS, "text"), schema.types(ORDERS, "scaled"),
  schema.types(ORDERS)
local full = ours{}

local kinds = { compact = {}, pretty = { pretty = true }, escaped = { escaped = true },
  strange = { strange = true } }

local lines = {
  { "full", "compact", full },
  { "full, \\uXXXX", "escaped", ours{} },
  { "full, pretty", "pretty", ours{} },
  { "full, keys", "compact", ours{ keys = { "stockout_id", "modified" } } },
  { "full, nulls kept", "compact", ours{ null = core.null } },
  { "full, new keys in each row", "strange", ours{} },
  { "full, typed", "compact", ours{ types = text }, full },
  { "full, typed, scaled", "compact", ours{ types = scaled }, full },
  { "full, masked", "compact", ours{ types = known, mask = schema.private(ORDERS),
    mask_key = "bench" }, full },
  { "6 fields", "compact", ours{ fields = six } },
  { "6 fields, typed", "compact", ours{ fields = six, types = text }, ours{ fields = six } },
  { "6 fields, pretty", "pretty", ours{ fields = six } },
  { "6 fields, keys", "compact", ours{ fields = six, keys = { "stockout_id", "modified" } } },
  { "json", "compact", ours{ as = "json" } },
  { "json, keys", "compact", ours{ as = "json", keys = { "stockout_id", "modified" } } },
  { "json, pretty", "pretty", ours{ as = "json" } },
  has_dkjson and { "dkjson", "compact", slow } or nil,
}

-- Seconds a page, in `passes` over all pages, beginning with a clean heap.
local function time(decode, set, passes)
  collectgarbage()
  local start = clock()
  for _ = 1, passes do
    for i = 1, PAGES do decode(set[i]) end
  end
  return (clock() - start) / passes / PAGES
end

local function median(list)
  sort(list)
  return list[floor((#list + 1) / 2)]
end

-- Medians of the reference and of `mine`, taken in turns.
local function compare(mine, reference, set, passes)
  local times, base = {}, {}
  for i = 1, rounds do
    base[i] = time(reference, set, passes)
    times[i] = time(mine, set, passes)
  end
  return median(times), median(base)
end

local name = jit and jit.version or _VERSION -- luacheck: ignore jit
print(("%s, %d pages, %d rounds"):format(name, PAGES, rounds))
print(("%-28s %8s %8s %8s %10s %8s"):format("", "ms/page", "MB/s", "to cjson", "(its ms)",
  "in a row"))
for _, line in ipairs(lines) do
  if not only or line[1] == only then
    local set = make(kinds[line[2]]) -- one at a time: a heap full of pages is no one's
    local mine, base = compare(line[3], line[4] or theirs, set, 1)
    local mine_long, base_long = compare(line[3], line[4] or theirs, set, PASSES)
    print(("%-28s %8.3f %8.0f %8.2f %10.3f %8.2f"):format(
      line[1], mine * 1e3, set.bytes / PAGES / mine / 1e6, base / mine,
      base * 1e3, base_long / mine_long))
  end
end
