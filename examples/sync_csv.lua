-- Shipped stockouts as CSV that Excel opens with Chinese text and long numbers intact, one file a day of shipping. A file has no
-- keys, so what a killed run wrote beyond the last commit is taken out first: it comes again.
--
--   lua5.4 sync_csv.lua FOLDER FIRST-SECOND                      e.g. shipped "2026-01-01 00:00:00"
local beijing = require "wdt.beijing"
local wdt = require "wdt"

local folder, from = arg[1], arg[2]
local FIELDS = { "consign_time", "stockout_id", "order_no", "src_tids", "shop_name", "receiver_name", "goods_total_amount",
  "cs_remark" }
local HEAD = "\239\187\191" .. table.concat(FIELDS, ",") .. "\r\n" -- Excel takes a file for UTF-8 by its byte order mark

-- Excel rounds long numbers, and runs text that begins with = + - @: as formulas of a text they are only shown.
local function cell(value)
  local text = tostring(value == nil and "" or value):gsub("[%c]+", " ")
  if text:find "^%d%d%d%d%d%d%d%d%d%d%d+$" or text:find "^[=+@-]" and not tonumber(text) then
    text = '="' .. text:gsub('"', '""') .. '"'
  end
  return '"' .. text:gsub('"', '""') .. '"'
end

local function file_of(day) return folder .. "/" .. day .. ".csv" end

-- Windows go on from the watermark: what is not before it was not committed. A line begins with its time.
local function take_out_uncommitted(watermark)
  for at = watermark, os.time() + 86400, 86400 do
    local name, kept = file_of(beijing.format(at):sub(1, 10)), { HEAD }
    local file = io.open(name, "rb")
    for line in (file or io.tmpfile()):lines() do
      local time = line:match '^"(%d[%d: -]+)".*\r$'
      if time and time < beijing.format(watermark) then kept[#kept + 1] = line .. "\n" end
    end
    if file and file:close() then
      file = assert(io.open(name, "wb"))
      assert(file:write(table.concat(kept)) and file:close())
    end
  end
end

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", query = { fields = FIELDS }, from = from,
  state = wdt.state.file(folder .. "/state") })
take_out_uncommitted(job:progress().watermark)
for window in job:windows() do
  local lines = {}
  for so in window:rows() do
    local day, cells = so.consign_time:sub(1, 10), {}
    for i, name in ipairs(FIELDS) do cells[i] = cell(so[name]) end
    lines[day] = (lines[day] or "") .. table.concat(cells, ",") .. "\r\n"
  end
  for day, text in pairs(lines) do
    local file = assert(io.open(file_of(day), "ab"))
    assert(file:write(file:seek "end" == 0 and HEAD or "", text)) -- 1. the rows are written,
    assert(file:close())
  end
  local done = os.execute "sync"                                  -- 2. the disk has them for good,
  assert(done == true or done == 0, "sync failed")
  assert(window:commit())                                         -- 3. the window is done.
end
job:close()
