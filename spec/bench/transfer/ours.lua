--- One contestant of compare.lua: this client, as a user has it.
--
--     ours.lua URL FIRST PAGES LANES WHAT
--
-- FIRST: epoch seconds of the first page; WHAT: tables, fields or json
--
-- Prints seconds, bytes, CPU seconds and the peak of its memory in kB, as every contestant does.
local wdt = require "wdt"
local now = require("wdt.curl").now
local peak = require "bench.transfer.peak"

local url, first, pages, lanes, what = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]),
  arg[5]

local query = { start = first, stop = first + pages * 100 - 1, status = 95 }
if what == "fields" then
  query.fields = { "stockout_id", "order_no", "consign_time", "receiver_name",
    "details_list.spec_no",
    "details_list.goods_count" }
elseif what == "json" then
  query.as = "json"
end

local client = wdt.new{ edition = "enterprise", sid = "bench", appkey = "bench",
  appsecret = "bench", url = url, rate = 100000,
  lanes = lanes }
local begun, cpu, rows = now(), os.clock(), 0
local stream = client:stockouts(query)
for _ in stream do rows = rows + 1 end
local seconds, progress = now() - begun, stream:progress()
cpu = os.clock() - cpu
assert(rows == pages * 100 and progress.outside == 0 and progress.certificate ~= "none")
client:close()
print(seconds, progress.bytes, cpu, peak())
