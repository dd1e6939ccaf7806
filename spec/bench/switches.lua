--- Counts how often a row's decoding goes from one C source of the project to another, by
-- callgrind: calls whose caller and callee stand in different files. An inlined function is no
-- call, and a return is none.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" \
--       lua5.4 spec/bench/switches.lua [MODE...]
--
-- "learnt" is the mean over rows whose shapes are known (one.lua's passes after its first), "first"
-- what a new decoder does for a document with one row, "pass" the mean over the pass in which
-- shapes are learnt. The most frequent ways of a learnt row are printed after them.
--
-- Fails when a count is above its bound. The bounds are for gcc at -O2, which the build is set to.
local callgrind = require "bench.callgrind"
local shell = require "support.shell"

local format = string.format
local PASSES, ROWS = 2, 300

-- The first edition had 18.2, 489 and 27.5 for all fields, 15.2, 900 and 25.7 for six.
local bounds = {
  full = { learnt = 13, first = 75, pass = 21 },
  fields = { learnt = 10, first = 360, pass = 19 },
  json = { learnt = 14, first = 60, pass = 14 },
}

-- The value of a compressed name: (3) name, then (3) alone.
local function named(names, text)
  local id, name = text:match "^%((%d+)%)%s*(.*)"
  if not id then return text end
  if name ~= "" then names[id] = name end
  return names[id] or ""
end

-- The sources that define a function, by its name. Callgrind goes by the first instruction of a
-- function, which may be one that was inlined from a header.
local function definitions(root)
  local places = {}
  for path in shell.must(("find %s/csrc -name '*.[ch]'"):format(shell.quote(root))):gmatch "%S+" do
    for name in ("\n" .. shell.read(path)):gmatch "\n[%w_][%w_ *\n]-([%w_]+)%([^;{}]-%)\n{" do
      local list = places[name] or {}
      places[name], list[#list + 1] = list, path:match "[%w_]+%.[ch]$"
    end
  end
  return places
end

local places = definitions(shell.root)

-- The source of a function: by its name where only one defines it, else by callgrind's file.
local function source(name, file)
  local known = places[name:match "^[%w_]+" or ""]
  if known and not known[2] then return known[1] end
  return file:match "/csrc/[%w_/]-([%w_]+%.[ch])$"
end

-- Calls from file to file in a file of callgrind's, and all of them.
local function count(path)
  local files, names, ways, all = {}, {}, {}, 0
  local file, own, to_file, callee
  for line in io.lines(path) do
    local key, text = line:match "^(c?f[linec])=(.*)"
    if key == "fl" then
      file = named(files, text)
    elseif key == "fn" then
      own = source(named(names, text), file)
      to_file = file
    elseif key == "fi" or key == "fe" then
      named(files, text)
    elseif key == "cfi" or key == "cfl" then
      to_file = named(files, text)
    elseif key == "cfn" then
      callee = source(named(names, text), to_file)
    else
      local calls = line:match "^calls=(%d+)"
      if calls then
        if own and callee and callee ~= own then
          local way = own .. " -> " .. callee
          ways[way], all = (ways[way] or 0) + calls, all + calls
        end
        to_file = file
      end
    end
  end
  return all, ways
end

local function measure(mode, passes, orders, from, to)
  return callgrind.count({ mode = mode, passes = passes, orders = orders, from = from, to = to },
    count)
end

local failed = false

local function judge(mode, name, taken)
  local bound = bounds[mode] and bounds[mode][name]
  local over = bound and taken > bound
  failed = failed or over
  return format("%6.1f %s%s", taken, name, over and format(" (bound %g: TOO MANY)", bound) or "")
end

for _, mode in ipairs(arg[1] and arg or { "full", "fields", "json" }) do
  local learnt, ways = measure(mode, PASSES, 100, "decoder_list", "decoder_envelope")
  local first = measure(mode, 0, 1, "wdt_decoder_new", "decoder_finish")
  local pass = measure(mode, 0, 100, "wdt_decoder_new", "decoder_list")
  print(format("%-8s %s  %s  %s", mode, judge(mode, "learnt", learnt / PASSES / ROWS),
    judge(mode, "first", first), judge(mode, "pass", pass / ROWS)))
  local order = {}
  for way in pairs(ways) do order[#order + 1] = way end
  table.sort(order, function(a, b) return ways[a] > ways[b] end)
  for k = 1, math.min(6, #order) do
    print(format("  %6.1f  %s", ways[order[k]] / PASSES / ROWS, order[k]))
  end
end
os.exit(failed and 1 or 0)
