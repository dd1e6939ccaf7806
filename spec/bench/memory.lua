--- Peak memory above the idle interpreter while one page of 20 MB is decoded, rows dropped as they
-- come (Linux: /proc).
--
--     LUA_PATH="lua/?.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" lua5.4 spec/bench/memory.lua
--
-- Each measurement is a process of its own, and so is what makes the page. Fails when the decoder
-- takes more than LIMIT.
local LIMIT = 6 -- MB
local ORDERS = 5400

local function peak()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmHWM:%s+(%d+) kB")
    if kb then return tonumber(kb) / 1024 end
  end
end

local actions = {}

function actions.make(path)
  local pages = require "bench.pages"
  local file = assert(io.open(path, "wb"))
  file:write(pages.page(1, { orders = ORDERS }))
  file:close()
end

function actions.ours(path)
  local decoder = require "wdt.core".decoder{ path = "stockout_list" }
  local file, n, before = assert(io.open(path, "rb")), 0, peak()
  for piece in function() return file:read(16384) end do
    decoder:feed(piece)
    while decoder:next() do n = n + 1 end
  end
  assert(decoder:finish() and n == ORDERS)
  print(peak() - before)
end

function actions.cjson(path)
  local cjson = require "cjson"
  local file, before = assert(io.open(path, "rb")), peak()
  assert(#cjson.decode(file:read("*a")).stockout_list == ORDERS)
  print(peak() - before)
end

if arg[1] then return actions[arg[1]](arg[2]) end

local shell = require "support.shell"

local function run(action, path)
  local pipe = assert(io.popen(("%s '%s' %s '%s'"):format(shell.lua, arg[0], action, path)))
  local answer = pipe:read("*a")
  pipe:close()
  return tonumber(answer)
end

local path = os.tmpname()
run("make", path)
local ours, theirs = run("ours", path), run("cjson", path)
os.remove(path)
print(("one page of 20 MB: %.1f MB above idle, lua-cjson %.1f MB"):format(ours, theirs))
os.exit(ours <= LIMIT and 0 or 1)
