--- Counts the instructions that decoding one page takes, with valgrind, and compares them with the bounds that are kept here.
--
--     LUA_PATH="spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" lua5.4 spec/bench/instructions.lua [INTERPRETER [MODE]]
--
-- Seconds are different on each machine and at each time of day; instructions are not. Counted is everything that runs, Lua's
-- part included, but for libc's functions that copy, compare and search bytes: they differ from processor to processor. What a
-- run needs to start is taken away by counting two runs of different length. Fails when a count is above its bound by more than
-- HEADROOM; when one is far below, it says so, and the bound ought to be lowered.
local interpreter, only = arg[1] or "lua5.4", arg[2]
local format = string.format

local HEADROOM = 0.05
local SHORT, LONG, PAGES = 4, { full = 12, pretty = 12, escaped = 12, strange = 8, fields = 64, json = 64 }, 4

-- Thousands of instructions a page of 100 orders (about 365 KB), by the version of Lua, on a processor with AVX2. On others the
-- counts are printed and not judged.
local bounds = {
  ["Lua 5.4"] = { full = 9800, pretty = 10100, escaped = 10900, strange = 22200, fields = 1800, json = 1250 },
  ["Lua 5.1"] = { full = 5500, pretty = 5200, escaped = 6450, strange = 16800, fields = 1370, json = 1130 }, -- LuaJIT
}

local modes = { "full", "pretty", "escaped", "strange", "fields", "json" }

-- The functions that do not count.
local function is_libc_bytes(name)
  return name:find("^__mem") or name:find("^__str") or name:find("^mem") or name:find("^str")
end

-- Adds up the costs in a file of callgrind's.
local function total(file)
  local names, sum, name, skip = {}, 0, "", false
  for line in io.lines(file) do
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
  return sum
end

local function count(mode, passes)
  local file = os.tmpname()
  local command = format("valgrind --tool=callgrind --callgrind-out-file='%s' '%s' spec/bench/one.lua %s %d 2>'%s.log'",
    file, interpreter, mode, passes, file)
  local ok = os.execute(command)
  if ok ~= true and ok ~= 0 then
    for line in io.lines(file .. ".log") do io.stderr:write(line, "\n") end
    error("failed: " .. command, 0)
  end
  local sum = total(file)
  os.remove(file)
  os.remove(file .. ".log")
  return sum
end

local pipe = assert(io.popen("'" .. interpreter .. [[' -e 'io.write(_VERSION, " ", require "wdt.core".simd)']]))
local version, simd = pipe:read("*a"):match("^(.*) (%w+)$")
pipe:close()

local failed = false
print(format("%s (%s, %s), thousands of instructions a page", interpreter, version, simd))
for _, mode in ipairs(modes) do
  if not only or only == mode then
    local taken = (count(mode, LONG[mode]) - count(mode, SHORT)) / (LONG[mode] - SHORT) / PAGES / 1000
    local bound = simd == "avx2" and bounds[version] and bounds[version][mode]
    local verdict = "no bound"
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
end
os.exit(failed and 1 or 0)
