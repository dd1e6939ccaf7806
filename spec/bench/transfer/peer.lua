--- One contestant of compare.lua: Lua-cURL and lua-cjson, as a careful script uses them. One
-- handle, so that the connection is kept; the pieces of a body are collected, joined, and decoded
-- when it is complete.
--
--     peer.lua URL BODIES PAGES     BODIES: a file with the body of one request a line
local curl = require "curl"
local cjson = require "cjson"
local now = require("wdt.curl").now
local peak = require "bench.transfer.peak"

local url, bodies, pages = arg[1], {}, tonumber(arg[3])
for body in io.lines(arg[2]) do bodies[#bodies + 1] = body end

local easy = curl.easy_init()
local pieces, bytes = {}, 0
easy:setopt(curl.OPT_URL, url)
easy:setopt(curl.OPT_WRITEFUNCTION, function(piece, n)
  pieces[#pieces + 1] = piece
  bytes = bytes + n
  return n
end)

local begun, cpu, rows = now(), os.clock(), 0
for i = 1, pages do
  pieces = {}
  easy:setopt(curl.OPT_POSTFIELDS, bodies[i])
  assert(easy:perform())
  local answer = cjson.decode(table.concat(pieces))
  assert(answer.code == 0)
  for _ in ipairs(answer.stockout_list) do rows = rows + 1 end
end
local seconds = now() - begun
cpu = os.clock() - cpu
assert(rows == pages * 100)
print(seconds, bytes, cpu, peak())
