--- Rows into files, one for each day (Beijing time) of the time that the query is about. A file has no keys, so every version of
-- a row is a line of its own: of several, the last one counts.
--
-- A window's rows are kept until it is complete. Then its journal is written, which tells how long each file was before, and how
-- many windows the job had committed by then; then the rows are. Whoever opens the folder again knows by the job's state whether
-- that window was committed, and cuts the files back if it was not: killed at any moment, no line stands there twice, none is
-- lost. Rows behind the window's end, which was drawn in while it was read, are kept for the window that they belong to: after a
-- kill they come again.
-- @module wdt.cli.sinks.files
local beijing = require "wdt.beijing"
local posix = require "wdt.native".load "wdt.posix"
local resume = require "wdt.cli.resume"
local io, setmetatable, pairs, ipairs, tonumber = io, setmetatable, pairs, ipairs, tonumber
local concat, sort, rename, remove, execute = table.concat, table.sort, os.rename, os.remove, os.execute

local M = {}

local Sink = {}
Sink.__index = Sink

-- A row that does not tell its time.
local UNDATED = "undated"

local WORDS = {
  no_folder = { en = "%s is no folder", zh = "%s 不是文件夹" },
  no_name = { en = "files can't have the name %s", zh = "%s 不能用作文件名" },
  foreign = { en = "%s holds rows that the state does not know of (it is older, or another one); give another folder",
    zh = "%s 中有进度文件不知道的数据（进度文件较旧，或不是同一个）；请换一个文件夹" },
  columns = { en = "%s has other columns; give another folder, or the --fields it was begun with",
    zh = "%s 的列不同；请换一个文件夹，或使用当初的 --fields" },
  damaged = { en = "%s is damaged", zh = "%s 已损坏" },
}

local function wrong(words, subject)
  return { en = words.en:format(subject), zh = words.zh:format(subject) }
end

function Sink:path(day)
  return ("%s/%s-%s.%s"):format(self.folder, self.name, day, self.extension)
end

-- The journal: "committed N", then "SIZE DAY" for each file.
local function read_journal(path)
  if not posix.kind(path) then return nil end
  local text, err = posix.read(path)
  if not text then return nil, err end
  local journal = { committed = tonumber(text:match("^committed (%d+)\n")), files = {} }
  for size, day in text:gmatch("\n(%d+) ([%w-]+)") do journal.files[day] = tonumber(size) end
  if not journal.committed or not text:find("\nend\n$") then return nil, wrong(WORDS.damaged, path) end
  return journal
end

local function write_journal(path, folder, journal)
  local lines, days = { ("committed %d"):format(journal.committed) }, {}
  for day in pairs(journal.files) do days[#days + 1] = day end
  sort(days)
  for _, day in ipairs(days) do lines[#lines + 1] = ("%d %s"):format(journal.files[day], day) end
  local ok, err = posix.write(path .. ".tmp", concat(lines, "\n") .. "\nend\n")
  if ok then ok, err = rename(path .. ".tmp", path) end
  if ok then ok, err = posix.sync(folder) end
  return ok, err
end

-- Takes out what a window wrote that was not committed.
function Sink:cut_back(journal)
  for day, size in pairs(journal.files) do
    local path = self:path(day)
    if posix.kind(path) then
      local file, err = posix.output(path, true)
      if not file then return nil, path .. ": " .. err end
      local ok = true
      if file:size() > size then ok, err = file:cut(size) end
      if ok then ok, err = file:sync() end
      file:close()
      if not ok then return nil, path .. ": " .. err end
      if size == 0 then remove(path) end -- that window made it
    end
  end
  return true
end

--- Opens a folder.
-- @tparam string folder made where there is none
-- @tparam table job `name`, `committed` (windows that the job has committed since its beginning)
-- @tparam string extension
-- @tparam function text_of `(row)` -> its lines
-- @tparam ?string head what a file begins with
-- @treturn ?Sink
-- @return what is wrong: a text, or `{ en, zh }`
function M.open(folder, job, extension, text_of, head)
  folder = folder:gsub("(.)/+$", "%1")
  if not posix.kind(folder) then execute("mkdir -p -- " .. resume.quote(folder) .. " 2>/dev/null") end
  if posix.kind(folder) ~= "folder" then return nil, wrong(WORDS.no_folder, folder) end
  if job.name:find("[/%c]") or job.name:find("^%.") then return nil, wrong(WORDS.no_name, job.name) end
  local self = setmetatable({ folder = folder, name = job.name, extension = extension, text_of = text_of, head = head,
    rows = {} }, Sink)
  self.journal = ("%s/.%s.%s.journal"):format(folder, job.name, extension)
  local journal, err = read_journal(self.journal)
  if err then return nil, err end
  if journal and journal.committed > job.committed then
    return nil, wrong(WORDS.foreign, folder)
  elseif journal and journal.committed == job.committed then
    local ok
    ok, err = self:cut_back(journal)
    if not ok then return nil, err end
  end
  return self
end

--- A window begins.
-- @tparam integer committed windows that the job has committed since its beginning
-- @treturn boolean true
function Sink:begin(committed)
  self.committed = committed
  return true
end

--- @param row
-- @tparam ?number time epoch seconds of the time that the query is about
-- @treturn boolean true
function Sink:row(row, time)
  self.rows[#self.rows + 1] = { self.text_of(row), time }
  return true
end

-- The lines of each day up to a time; those behind it are kept.
function Sink:take(stop)
  local days, later = {}, {}
  for _, row in ipairs(self.rows) do
    local time = row[2]
    if time and time > stop then
      later[#later + 1] = row
    else
      local day = time and beijing.format(time):sub(1, 10) or UNDATED
      days[day] = days[day] or {}
      days[day][#days[day] + 1] = row[1]
    end
  end
  self.rows = later
  return days
end

-- Writes a window's lines of one file to the disk.
function Sink:append(file, lines)
  local text = concat(lines)
  local ok, err = file:write(file:size() == 0 and self.head and self.head .. text or text)
  if ok then ok, err = file:sync() end
  return ok, err
end

-- A file to go on with; it has to begin as this run would begin it.
function Sink:open_file(day)
  local path = self:path(day)
  local file, err = posix.output(path, true)
  if not file then return nil, path .. ": " .. err end
  if self.head and file:size() > 0 then
    local reader = io.open(path, "rb")
    local begins = reader and reader:read(#self.head)
    if reader then reader:close() end
    if begins ~= self.head then
      file:close()
      return nil, wrong(WORDS.columns, path)
    end
  end
  return file
end

--- @tparam integer stop the last second of the window
-- @treturn ?boolean true once the rows are safe
-- @return what is wrong: a text, or `{ en, zh }`
function Sink:commit(stop)
  local files, journal, ok, err = {}, { committed = self.committed, files = {} }, true, nil
  local days = self:take(stop)
  for day in pairs(days) do
    files[day], err = self:open_file(day)
    ok = files[day] ~= nil
    if not ok then break end
    journal.files[day] = files[day]:size()
  end
  if ok then ok, err = write_journal(self.journal, self.folder, journal) end
  for day, file in pairs(files) do
    if ok then ok, err = self:append(file, days[day]) end
    file:close()
  end
  if ok then ok, err = posix.sync(self.folder) end
  return ok, err
end

--- Nothing is held between windows.
function Sink.close() end

return M
