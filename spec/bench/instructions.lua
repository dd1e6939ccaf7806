--- Counts the instructions that one page takes, decoded (one.lua) or on its whole path to where its
-- rows go (path.lua), with valgrind, and compares them with the bounds that are kept here.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;"\
--       lua5.4 spec/bench/instructions.lua [MODE...]
--
-- Seconds are different on each machine and at each time of day; instructions are not. Counted is
-- everything that runs between the two marks that these set, Lua's part and its collector's
-- included, but for libc's functions that copy, compare and search bytes: they differ from
-- processor to processor. What runs is the interpreter that runs this.
--
-- Fails when a count is above its bound by more than HEADROOM. When it is as far below, it says so:
-- then lower the bound, or the next loss goes unseen. The bounds are those of Debian 12 on x86-64
-- with AVX2: its Lua 5.4 or LuaJIT, its glibc, its gcc at -O2 (another compiler, or -O3, may well
-- be 5 % off). On another processor or Lua the counts are printed and nothing is judged.
local callgrind = require "bench.callgrind"
local shell = require "support.shell"

local format = string.format

local HEADROOM, PASSES, PAGES, ORDERS = 0.05, 2, 3, 100
local PATH_PASSES = 5

-- Thousands of instructions a page of 100 orders (about 375 KB without space), by the version of
-- Lua. Of most paths LuaJIT compiles now this and now that: up to a fifth lies between two counts
-- of one and the same program.
local bounds = {
  ["Lua 5.4"] = { full = 10380, odd = 10380, pretty = 9680, escaped = 11470, strange = 24600,
    fields = 1690, json = 1040,
    indented = 2460, keys = 1690, typed = 9520, scaled = 9050, masked = 15700,
    ndjson = 1771, csv = 5386, exploded = 7953,
    ["stream-tables"] = 13320, ["stream-fields"] = 4930, ["stream-json"] = 4820,
    ["export-ndjson"] = 5210, ["export-fields"] = 7770,
    ["sync-ndjson"] = 5680, ["sync-csv"] = 10130, ["sync-sqlite"] = 26000 },
  LuaJIT = { full = 5000, odd = 5020, pretty = 4810, escaped = 6130, strange = 16950, fields = 1170,
    json = 1010,
    indented = 2420, keys = 1580, typed = 4690, scaled = 4300, masked = 10350,
    ndjson = 1565, csv = 5093, exploded = 7651, ["sync-sqlite"] = 22750 },
}

local all = { "full", "odd", "pretty", "escaped", "strange", "fields", "json", "indented", "keys",
  "typed", "scaled", "masked", "ndjson", "csv", "exploded", "stream-tables", "stream-fields",
  "stream-json", "export-ndjson", "export-fields", "sync-ndjson", "sync-csv", "sync-sqlite" }

-- The functions that do not count.
local function is_libc_bytes(name)
  return name:find("^__mem") or name:find("^__str") or name:find("^mem") or name:find("^str")
end

-- Adds up the costs in a file of callgrind's.
local function total(path)
  local file = assert(
    io.open(path, "rb"), "callgrind has not seen both marks: was the module built without symbols?")
  local names, sum, name, skip = {}, 0, "", false
  for line in file:lines() do
    local id, given = line:match("^fn=%((%d+)%)%s*(.*)")
    if id then
      if given ~= "" then names[id] = given end
      name = names[id] or ""
    elseif line:find("^c?fn=") or line:find("^cfi") then
      local called, its_name = line:match("^cfn=%((%d+)%)%s*(.*)")
      if called and its_name ~= "" then names[called] = its_name end
    elseif line:find("^calls=") then
      skip = true -- the next line is what the called function took, and is counted there
    elseif line:find("^[+%-*%d]") then
      if skip then
        skip = false
      elseif not is_libc_bytes(name) then
        sum = sum + (tonumber(line:match("^%S+%s+(%d+)")) or 0)
      end
    end
  end
  file:close()
  return sum
end

local MARK = "wdt_digest_hmac_sha256" -- of path.lua

local function count(mode)
  local is_path = mode:find "-"
  local passes = is_path and PATH_PASSES or PASSES
  local sum = callgrind.count({ program = is_path and "path" or "one", mode = mode,
    passes = passes, orders = ORDERS, from = is_path and MARK or "decoder_list",
    to = is_path and MARK or "decoder_envelope" }, total)
  return sum / passes / PAGES / 1000
end

-- The instruction set of the counted process: valgrind shows it a processor without AVX-512.
local function counted_simd()
  return shell.must(("valgrind -q --tool=none %s -e 'io.write(require [[wdt.core]].simd)'"):format(
    shell.lua))
end

local simd, version = counted_simd(), rawget(_G, "jit") and "LuaJIT" or _VERSION
local judged = simd == "avx2" and bounds[version] or {}
local failed = false
print(format("%s (%s, %s), thousands of instructions a page", shell.lua, version, simd))
if not next(judged) then
  print("not judged: the bounds are for Lua 5.4 and LuaJIT on x86-64 with AVX2") end
for _, mode in ipairs(arg[1] and arg or all) do
  local taken, bound, verdict = count(mode), judged[mode], "no bound"
  if bound then
    verdict = format("bound %.0f", bound)
    if taken > bound * (1 + HEADROOM) then
      verdict, failed = verdict .. ": TOO MANY", true
    elseif taken < bound * (1 - HEADROOM) then
      verdict = verdict .. ": lower the bound"
    end
  end
  print(format("%-10s %8.0f   %s", mode, taken, verdict))
end
os.exit(failed and 1 or 0)
