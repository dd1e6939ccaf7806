--- CSV of decoded rows by core.formatter, against its model in Lua: a table of cells for each line,
-- each looked at by patterns.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" \
--       lua5.4 spec/bench/csv.lua [rounds]
--
-- Formats rows, decoded before, in turns in one process; prints the median CPU seconds for a
-- million rows, plain and with a line for each detail.
local core = require "wdt.core"
local csv = require "wdt.format.csv"
local fields = require "wdt.format.fields"
local pages = require "bench.pages"

local rounds, PAGES = tonumber(arg[1]) or 7, 10

local rows = {}
for i = 1, PAGES do
  local decoder = core.decoder{ path = "stockout_list" }
  decoder:feed(pages.page(i, {}))
  for row in function() return (decoder:next()) end do rows[#rows + 1] = row end
  decoder:close()
end

local paths, inner = {}, {}
for name, value in pairs(rows[1]) do
  if type(value) ~= "table" then paths[#paths + 1] = name end
end
table.sort(paths)
for i, path in ipairs(paths) do inner[i] = path end
for name in pairs(rows[1].details_list[1]) do inner[#inner + 1] = "details_list." .. name end

local size
local function write(text) size = size + #text end

local function by_model(one, row)
  for _, cells in ipairs(one:lines(row)) do
    for i, text in ipairs(cells) do cells[i] = csv.cell(text) end
    write(table.concat(cells, ",") .. "\r\n")
  end
end

local function seconds(f)
  collectgarbage()
  size = 0
  local from = os.clock()
  for _, row in ipairs(rows) do f(row) end
  return (os.clock() - from) / #rows * 1e6, size
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

for what, chosen in pairs{ plain = paths, exploded = inner } do
  local one = fields.new{ fields = chosen, refuse = error }
  local formatter, ours, models = core.formatter(one:paths(), { explode = one.explode }), {}, {}
  for i = 1, rounds do
    local a, b
    ours[i], a = seconds(function(row) write(assert(formatter:csv(row))) end)
    models[i], b = seconds(function(row) by_model(one, row) end)
    assert(a == b, "not the same bytes")
  end
  print(("%-9s %d columns: %6.1f s a million rows, in Lua %6.1f s"):format(what, #chosen,
    median(ours), median(models)))
end
