--- Decodes the same few pages again and again in one way: what instructions.lua counts, and what a profiler can be set on.
--
--     LUA_PATH="spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" lua5.4 spec/bench/one.lua MODE PASSES
local pages = require "bench.pages"
local core = require "wdt.core"

local six = { "stockout_id", "order_no", "consign_time", "receiver_name", "details_list.spec_no", "details_list.goods_count" }
local modes = {
  full = { {}, {} },
  pretty = { {}, { pretty = true } },
  escaped = { {}, { escaped = true } },
  strange = { {}, { strange = true } },
  fields = { { fields = six }, {} },
  json = { { as = "json" }, {} },
}

local options, how = modes[arg[1]][1], modes[arg[1]][2]
options.path = "stockout_list"
local decoder = core.decoder(options)
local set = {}
for i = 1, 4 do set[i] = pages.cut(pages.page(i, how), 16384) end

for _ = 1, tonumber(arg[2]) do
  for i = 1, #set do
    decoder:reset()
    local pieces, n = set[i], 0
    for k = 1, #pieces do
      decoder:feed(pieces[k])
      while decoder:next() do n = n + 1 end
    end
    assert(n == 100 and decoder:finish())
  end
end
