--- Rows into files, one for each day (Beijing time) of the time that the query is about. A file has
-- no keys, so every version of a row is a line of its own: of several, the last one counts.
--
-- A window's rows are kept until it is complete. Then its journal is written, which tells whose
-- folder it is (`target`), how many windows the job had committed by then, and how long each file
-- was before; then the rows are. A later run knows by the job's state whether that window was
-- committed, and cuts the files back if it was not: killed at any moment, no line stands there
-- twice, none is lost. Rows after the window's end, which was drawn in while it was read, are kept
-- for the window that they belong to, however often that is begun: they come again after a kill
-- only.
--
-- A job locks its journal for as long as it lasts, wherever its state is: files know no fence, so a
-- host that was stopped, and comes back late, must have kept the others out.
-- @module wdt.sink.files
local beijing = require "wdt.beijing"
local duration = require "wdt.duration"
local failure = require "wdt.sink.failure"
local posix = require "wdt.native".load "wdt.posix"
local quote = require "wdt.shell".quote
local sink = require "wdt.sink"
local io, setmetatable, pairs, ipairs, tonumber = io, setmetatable, pairs, ipairs, tonumber
local concat, sort, rename, remove, execute = table.concat, table.sort, os.rename, os.remove,
  os.execute
local min, floor = math.min, math.floor

local M = {}

local Sink = {}
Sink.__index = Sink
M.Sink = Sink

-- Texts that are written at once: of a row and what ends it, or of lines with their ends.
local PIECE = 64

local DAY = duration.DAY

-- A row that does not tell its time.
local UNDATED = "undated"

local NO_FOLDER = { en = "%s is no folder", zh = "%s 不是文件夹" }
local NO_NAME = { en = "files can't have the name %s", zh = "%s 不能用作文件名" }
local COLUMNS = { en = "%s has other columns; give another folder, or the --fields it was begun "
  .. "with",
  zh = "%s 的列不同；请换一个文件夹，或使用当初的 --fields" }
local DAMAGED = { en = "%s is damaged", zh = "%s 已损坏" }
local GONE = { en = "%s is gone, which the last window was written to; put it back, or remove "
  .. "state and folder to copy all again",
  zh = "最后一个窗口写入的 %s 已不存在；请恢复该文件，或删除进度文件与文件夹后重新同步" }
local IN_USE = { en = "%s is in use by process %s", zh = "%s 正被进程 %s 使用" }

function Sink:path(day)
  return ("%s/%s-%s.%s"):format(self.folder, self.name, day, self.extension)
end

-- The journal: "committed N", "target IDENTITY", then "SIZE DAY" for each file; nil where there is
-- none.
local function read_journal(path)
  if not posix.kind(path) then return nil end
  local text, err = posix.read(path)
  if not text then return failure(path .. ": " .. err) end
  local journal = { committed = tonumber(text:match "^committed (%d+)\n"),
    target = text:match "\ntarget (%x+)\n", files = {} }
  for size, day in text:gmatch("\n(%d+) ([%w-]+)") do journal.files[day] = tonumber(size) end
  if not journal.committed or not text:find("\nend\n$") then return failure(DAMAGED, path) end
  return journal
end

local function write_journal(path, folder, journal)
  local lines, days = { ("committed %d\ntarget %s"):format(journal.committed, journal.target) }, {}
  for day in pairs(journal.files) do days[#days + 1] = day end
  sort(days)
  for _, day in ipairs(days) do lines[#lines + 1] = ("%d %s"):format(journal.files[day], day) end
  local ok, err = posix.write(path .. ".tmp", concat(lines, "\n") .. "\nend\n")
  if ok then ok, err = rename(path .. ".tmp", path) end
  if ok then ok, err = posix.sync(folder) end
  if not ok then return failure(path .. ": " .. err) end
  return true
end

-- Rows of a window: their texts, and by the same numbers their times, false where one tells none.
local function batch()
  return { n = 0, times = {} }
end

-- Takes out what a window wrote that was not committed.
function Sink:cut_back(journal)
  for day, size in pairs(journal.files) do
    local path = self:path(day)
    if posix.kind(path) then
      local file, err = posix.output(path, true)
      if not file then return failure(path .. ": " .. err) end
      local ok = true
      if file:size() > size then ok, err = file:cut(size) end
      if ok then ok, err = file:sync() end
      file:close()
      if not ok then return failure(path .. ": " .. err) end
      if size == 0 then remove(path) end -- that window made it
    end
  end
  return true
end

-- Makes a folder and those that it lies in, and has their names on the disk: else a power failure
-- could take the folder away, and leave a state that tells of its rows.
local function make_folder(folder)
  local parents, at = {}, folder
  while at and not posix.kind(at) do
    at = at:match "^(.+)/[^/]*$" or at:find "^/" and "/" or "."
    parents[#parents + 1] = at
  end
  execute("mkdir -p -- " .. quote(folder) .. " 2>/dev/null")
  if posix.kind(folder) ~= "folder" then return failure(NO_FOLDER, folder) end
  for _, parent in ipairs(parents) do
    local ok, err = posix.sync(parent)
    if not ok then return failure(parent .. ": " .. err) end
  end
  return true
end

--- Opens a folder, made where there is none.
-- @tparam table module of the sink: `as`, `keyless`, `form`; `ending`: what follows each text
-- @tparam string folder
-- @tparam table options `name`
-- @tparam ?function text_of `(row)` -> its lines; or nil, err, code; without one, a row is its text
-- @treturn Sink `text_of`, and `head` (what a file begins with), may be set until it is prepared;
-- or nil, err, code, zh
function M.open(module, folder, options, text_of)
  folder = folder:gsub("(.)/+$", "%1")
  if not posix.kind(folder) then
    local ok, err, code, zh = make_folder(folder)
    if not ok then return nil, err, code, zh end
  end
  if posix.kind(folder) ~= "folder" then return failure(NO_FOLDER, folder) end
  if options.name:find("[/%c]") or options.name:find("^%.") then
    return failure(NO_NAME, options.name)
  end
  local extension = module.form:match "^%l+"
  return setmetatable({ as = module.as, keyless = module.keyless, folder = folder,
    name = options.name, extension = extension,
    text_of = text_of, ending = module.ending, rows = batch(), kept = batch(),
    kept_before = batch(), journal = ("%s/.%s.%s.journal"):format(folder, options.name,
      extension) }, Sink)
end

-- Takes the lock, which ends with its holder.
function Sink:hold()
  if self.held then return true end
  local lock, err, holder = posix.lock(self.journal .. ".lock")
  self.held = lock
  if lock then return true end
  if err ~= "busy" then return failure(self.journal .. ".lock: " .. err) end
  return failure(IN_USE, self.folder, holder ~= "" and holder or "?")
end

--- See `wdt.sink`. Nothing is changed yet: whether anything is to be cut back is known once a
-- window begins.
function Sink:prepare(job)
  local ok, err, code, zh = self:hold()
  local journal
  if ok then journal, err, code, zh = read_journal(self.journal) end
  if err then return nil, err, code, zh end
  self.target = journal and journal.target or sink.new_identity()
  if not journal then return self.target end
  if journal.committed == job.committed - 1 then -- its window was committed
    for day in pairs(journal.files) do
      if not posix.kind(self:path(day)) then return failure(GONE, self:path(day)) end
    end
  end
  self.left = journal
  return self.target, journal.committed
end

--- See `wdt.sink`.
function Sink:begin(committed)
  self.committed, self.rows = committed, batch()
  local left = self.left
  self.left = nil
  if not (left and left.committed == committed) then return true end
  self.kept = self.kept_before -- of this process; another one's come again
  return self:cut_back(left)
end

--- See `wdt.sink`.
function Sink:row(row, time)
  local rows, lines, err, code = self.rows, row, nil, nil
  if self.text_of then lines, err, code = self.text_of(row) end
  if not lines then return nil, err, code end
  local n = rows.n + 1
  rows.n, rows[n], rows.times[n] = n, lines, time or false
  return true
end

-- The name of a time's day. Rows come by the thousand for each day, so it is made once for each.
local function day_of(names, time)
  if not time then return UNDATED end
  local number = floor((time - beijing.EPOCH_2012) / DAY) -- midnight of a day in Beijing
  local name = names[number]
  if not name then
    name = beijing.format(time):sub(1, 10)
    names[number] = name
  end
  return name
end

-- The texts of each day up to a time, and the rows that are later.
function Sink:divide(stop)
  local days, later, names, ending = {}, batch(), {}, self.ending
  for _, rows in ipairs{ self.kept, self.rows } do
    for i = 1, rows.n do
      local time = rows.times[i]
      if time and time > stop then
        local n = later.n + 1
        later.n, later[n], later.times[n] = n, rows[i], time
      else
        local day = day_of(names, time)
        local texts = days[day] or {}
        local n = #texts
        days[day], texts[n + 1], texts[n + 2] = texts, rows[i], ending
      end
    end
  end
  return days, later
end

-- Writes a window's texts of one file to the disk, in pieces, so that no copy of all of them is
-- made.
function Sink:append(file, texts)
  local ok, err = true, nil
  if self.head and file:size() == 0 then ok, err = file:write(self.head) end
  for first = 1, #texts, PIECE do
    if ok then ok, err = file:write(concat(texts, "", first, min(first + PIECE - 1, #texts))) end
  end
  if ok then ok, err = file:sync() end
  if not ok then return failure(err) end
  return true
end

-- A file to go on with; it has to begin as this run would begin it.
function Sink:open_file(day)
  local path = self:path(day)
  local file, err = posix.output(path, true)
  if not file then return failure(path .. ": " .. err) end
  if self.head and file:size() > 0 then
    local reader = io.open(path, "rb")
    local begins = reader and reader:read(#self.head)
    if reader then reader:close() end
    if begins ~= self.head then
      file:close()
      return failure(COLUMNS, path)
    end
  end
  return file
end

-- Opens the files of a window and writes its journal, then the rows. Files opened are put into
-- `files`, for the caller to close.
function Sink:write(days, files)
  local journal = { committed = self.committed, target = self.target, files = {} }
  local ok, err, code, zh
  for day in pairs(days) do
    files[day], err, code, zh = self:open_file(day)
    if not files[day] then return nil, err, code, zh end
    journal.files[day] = files[day]:size()
  end
  ok, err, code, zh = write_journal(self.journal, self.folder, journal)
  if not ok then return nil, err, code, zh end
  self.left = journal
  for day, file in pairs(files) do
    ok, err, code, zh = self:append(file, days[day])
    if not ok then return nil, err, code, zh end
  end
  ok, err = posix.sync(self.folder)
  if not ok then return failure(err) end
  return true
end

--- See `wdt.sink`.
function Sink:commit(stop)
  local files = {}
  local days, later = self:divide(stop)
  local ok, err, code, zh = self:write(days, files)
  for _, file in pairs(files) do file:close() end
  self.kept_before = self.kept
  if not ok then return nil, err, code, zh end
  self.kept, self.rows = later, batch()
  return true
end

--- Gives the lock back. Idempotent.
function Sink:close()
  if self.held then self.held:close() end
  self.held = nil
end

return M
