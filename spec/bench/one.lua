--- Decodes the same few pages again and again in one way: what instructions.lua counts, and what a
-- profiler can be set on.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;"\
--       lua5.4 spec/bench/one.lua MODE PASSES [PAGES [ORDERS]]
--
-- PAGES is a file that `one.lua MODE make PAGES [ORDERS]` has made, of so many orders a page (100);
-- without it the pages are made each time.
-- One pass more comes first, in which shapes are learnt. After it decoder:list() is called, and
-- decoder:envelope() at the end, and nowhere else: the marks to count between.
local core = require "wdt.core"

local ORDERS = "stockout_order_query_trade"
local keys = { "stockout_id", "modified" }
local six = { "stockout_id", "order_no", "consign_time", "receiver_name", "details_list.spec_no",
  "details_list.goods_count" }

-- Options of a decoder, and what pages it reads.
local modes = {
  full = function() return {} end,
  -- as full, some pages after one of rows that have nothing in common
  odd = function() return {} end,
  pretty = function() return {}, { pretty = true } end,
  escaped = function() return {}, { escaped = true } end,
  strange = function() return {}, { strange = true } end,
  fields = function() return { fields = six } end,
  json = function() return { as = "json" } end,
  indented = function() return { as = "json" }, { pretty = true } end,
  keys = function() return { as = "json", keys = keys } end,
  -- rows as the command writes them, into nothing
  ndjson = function() return { as = "json", keys = keys }, nil, "ndjson" end,
  csv = function() return { as = "json", keys = keys }, nil, "csv" end,
  exploded = function() return { as = "json", keys = keys }, nil, "csv", "details_list" end,
  typed = function() return { types = require "wdt.schema".types(ORDERS, "text") } end,
  scaled = function() return { types = require "wdt.schema".types(ORDERS, "scaled") } end,
  masked = function()
    local schema = require "wdt.schema"
    return { types = schema.types(ORDERS), mask = schema.private(ORDERS), mask_key = "bench" }
  end,
}

local options, how, format, explode = modes[arg[1]]()
local orders = tonumber(arg[4] or 100)

local function make()
  local pages, list = require "bench.pages", {}
  how = how or {}
  how.orders = orders
  for i = 1, 3 do list[i] = pages.page(i, how) .. "\1" end
  return table.concat(list)
end

if arg[2] == "make" then
  local file = assert(io.open(arg[3], "wb"))
  assert(file:write(make()))
  return file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local all = file:read("*a")
  file:close()
  return all
end

local set = {}
for page in (arg[3] and read(arg[3]) or make()):gmatch("[^\1]+") do
  local pieces = {}
  for i = 1, #page, 16384 do pieces[#pieces + 1] = page:sub(i, i + 16383) end
  set[#set + 1] = pieces
end

options.path = "stockout_list"
local decoder = core.decoder(options)

local bytes = 0
local function write(first, second)
  bytes = bytes + #first + (second and #second or 0)
end

local writer = format and require("wdt.format." .. format).new{ write = write, raw = true,
  method = ORDERS, explode = explode }

local function pass()
  for i = 1, #set do
    decoder:reset()
    local pieces, n = set[i], 0
    for k = 1, #pieces do
      decoder:feed(pieces[k])
      for row in decoder.next, decoder do
        if writer then writer:row(row) end
        n = n + 1
      end
    end
    assert(n == orders and decoder:finish())
  end
end

-- Forty rows, each with names of its own, and lists of such: all that may be learnt at once is
-- learnt for nothing.
local function odd_page()
  local rows = {}
  for i = 1, 40 do
    local members = {}
    for k = 1, 30 do members[k] = ('"n%d_%d":"%d"'):format(i, k, k) end
    local object = table.concat(members, ",")
    rows[i] = ('{%s,"details_list":[{%s},{%s}]}'):format(object, object, (object:gsub("_", "x")))
  end
  decoder:reset()
  decoder:feed('{"stockout_list":[' .. table.concat(rows, ",") .. "]}")
  while decoder:next() do end
  assert(decoder:finish())
end

pass()
if arg[1] == "odd" then
  odd_page()
  pass()
end
collectgarbage()
decoder:list()
for _ = 1, tonumber(arg[2]) do pass() end
collectgarbage() -- what was made costs this, too
decoder:envelope()
