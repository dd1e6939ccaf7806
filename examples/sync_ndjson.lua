-- Shipped stockouts as NDJSON, one file a day of shipping, one row a line as the ERP sent it. A file has no keys, so what a
-- killed run wrote beyond the last commit is taken out first: it comes again.
--
--   lua5.4 sync_ndjson.lua [FOLDER FIRST-SECOND [follow]]        e.g. shipped "2026-01-01 00:00:00"
local beijing = require "wdt.beijing"
local wdt = require "wdt"

local folder, from, follow = arg[1] or "shipped-ndjson", arg[2] or "2026-11-01 00:00:00", arg[3] == "follow"
if not arg[1] then os.execute("mkdir -p " .. folder) end

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", query = { as = "json" }, from = from, follow = follow,
  state = wdt.state.file(folder .. "/state") })

local function file_of(day)
  return folder .. "/" .. day .. ".ndjson"
end

local function consign_time(row)
  return row:match('"consign_time":"(.-)"')
end

-- Windows go on from the watermark: what is not before it was not committed.
local function take_out_uncommitted(watermark)
  for at = watermark, os.time() + 86400, 86400 do
    local name, kept = file_of(beijing.format(at):sub(1, 10)), {}
    local file = io.open(name, "rb")
    for line in (file or io.tmpfile()):lines() do
      local time = consign_time(line) -- missing, perhaps, in half a line
      if time and time < beijing.format(watermark) then kept[#kept + 1] = line .. "\n" end
    end
    if file and file:close() then
      file = assert(io.open(name, "wb"))
      assert(file:write(table.concat(kept)) and file:close())
    end
  end
end

take_out_uncommitted(job:progress().watermark)
for window in job:windows() do
  local files = {}
  for row in window:rows() do
    local name = file_of(consign_time(row):sub(1, 10))
    files[name] = files[name] or assert(io.open(name, "ab"))
    assert(files[name]:write(row, "\n"))                        -- 1. the rows are written,
  end
  for name, file in pairs(files) do
    assert(file:close())
    local done = os.execute("sync '" .. name:gsub("'", "'\\''") .. "'") -- 2. the disk has them for good,
    assert(done == true or done == 0, "sync failed")
  end
  assert(window:commit())                                       -- 3. the window is done.
end
job:close()
