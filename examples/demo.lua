-- README's first command shows the last month's shipped stockouts of the enterprise edition, those
-- of its Taobao orders by Qimen (奇门), and yesterday's cancelled ones of the ultimate edition. They
-- come from the sandbox at WDT_SANDBOX_URL; without one, from the account in WDT_EDITION, WDT_SID,
-- WDT_APPKEY, WDT_APPSECRET
-- (and WDT_URL), whatever its edition has. No name, telephone number or address is shown.
local wdt = require "wdt"
local beijing = require "wdt.beijing"
local columns = require "wdt.format.columns"
local PLATFORMS = require "wdt.schema.platforms"
local clock = require "wdt.host.curl".new()

local DAY, SHOWN = 86400, 5
local sandbox_url = os.getenv "WDT_SANDBOX_URL"
local edition = not sandbox_url and os.getenv "WDT_EDITION"
local now = os.time()

local function client_of(name)
  if edition then return wdt.new(require "wdt.config".from_environment()) end
  local settings = require "wdt.sandbox".settings(name, sandbox_url, "qimen")
  settings.rate = 6000 -- the sandbox does not mind; an account is allowed 60 calls a minute
  return wdt.new(settings)
end

-- 1234567 -> 1,234,567
local function grouped(n)
  return (("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function seen_so_far(stream)
  local p = stream:progress()
  io.stderr:write(("\r  … %s stockouts, %d of %d windows "):format(
    grouped(p.rows), p.windows, p.windows_planned))
end

-- Reads a stream to its end, shows its first rows (the first that are `wanted`) as soon as they are
-- there, and what it took.
local function show(stream, titles, cells, sum, wanted)
  local began, rows, sample = clock:now(), 0, {}
  local function print_sample()
    for _, line in ipairs(columns.format(titles, sample, 24)) do print("  " .. line) end
  end
  for so in stream do
    rows = rows + 1
    if #sample < SHOWN and (not wanted or wanted(so)) then
      sample[#sample + 1] = cells(so)
      if #sample == SHOWN then print_sample() end
    end
    if rows % 1000 == 0 and os.getenv "WDT_DEMO_PROGRESS" then seen_so_far(stream) end
    if sum then sum(so) end
  end
  if os.getenv "WDT_DEMO_PROGRESS" then io.stderr:write("\r\27[K") end
  if #sample < SHOWN then print_sample() end
  if rows > SHOWN then print "  …" end
  local p = stream:progress()
  return rows, ("%d calls (%d repeated), %s kB, %.2f s (%.2f s of it waiting for the rate), "
    .. "certificate: %s"):format(p.calls, p.retries,
    grouped(p.bytes / 1000), clock:now() - began, p.waited, p.certificate)
end

local function shipped()
  local start, stop = beijing.format(now - 30 * DAY), beijing.format(now - 1)
  print(("\nenterprise 企业版 · shipped 已发货 · %s to %s"):format(start, stop))
  local lines, amount = 0, 0 -- in ten-thousandths of a yuan: money comes as text with four decimals
  local rows, took = show(client_of "enterprise":stockouts{
    start = start, stop = stop, status = 95 },
    { "order_no", "consign_time", "shop_name 店铺", "logistics_name 物流", "amount 金额", "lines 行",
      "first line 货品" },
    function(so)
      local first = so.details_list[1]
      return { so.order_no, so.consign_time, so.shop_name or "", so.logistics_name
        or "", so.goods_total_amount or "",
        tostring(#so.details_list), first and first.goods_name or "-" }
    end,
    function(so)
      lines = lines + #so.details_list
      amount = amount + math.floor((tonumber(so.goods_total_amount) or 0) * 10000 + 0.5)
    end)
  print(("  %s stockouts, %s lines, %s.%02d yuan\n  %s"):format(grouped(rows), grouped(lines),
    grouped(math.floor(amount / 10000)), math.floor(amount % 10000 / 100), took))
end

local function cancelled()
  local day = beijing.format(now - DAY):sub(1, 10)
  print(("\nultimate 旗舰版 · cancelled 已取消 · %s"):format(day))
  local rows, took = show(client_of "ultimate":cancelled_stockouts{
    start = day .. " 00:00:00", stop = day .. " 23:59:59" },
    { "stockout_id", "stockout_no 出库单号", "status 状态", "modified 最后修改" },
    function(so) return { tostring(so.stockout_id), so.stockout_no
      or "", tostring(so.status), tostring(so.modified) } end)
  print(("  %s stockouts\n  %s"):format(grouped(rows), took))
end

-- The orders that the API's own gateway keeps back: an hour of yesterday by both routes.
local function by_both_routes()
  local day = beijing.format(now - DAY):sub(1, 10)
  local client = client_of "enterprise"
  local query = { start = day .. " 15:00:00", stop = day .. " 15:59:59" }
  local own = {}
  for so in client:stockouts(query) do own[so.stockout_id] = true end
  print(("\nenterprise 企业版 · by both routes 自有接口与奇门 · %s 15:00 to 15:59"):format(day))
  local found = 0
  query.route = "both"
  local rows, took = show(client:stockouts(query),
    { "order_no", "consign_time", "shop_name 店铺", "platform 平台", "shown by 来源" },
    function(so)
      return { so.order_no, so.consign_time, so.shop_name or "",
        PLATFORMS[tostring(so.platform_id)] or "", "Qimen 奇门" }
    end,
    function(so)
      if not own[so.stockout_id] then found = found + 1 end
    end, function(so) return not own[so.stockout_id] end)
  print(("  %s stockouts, %s of them only by Qimen\n  %s"):format(grouped(rows), grouped(found),
    took))
end

local fine, err = pcall(function()
  if edition ~= "ultimate" then shipped() end
  if not edition then by_both_routes() end
  if edition ~= "enterprise" then cancelled() end
end)
if not fine then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
