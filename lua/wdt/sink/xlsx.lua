--- `xlsx:FOLDER`: a workbook of Excel for each day. A workbook can't be written on, so rows are
-- kept
-- in hidden files beside it (`.NAME-DAY.rows`: a line of JSON for each row of the sheet), by the
-- rules of `wdt.sink.files`; a day's workbook is made of them once a later day has begun, and when
-- the run ends. `.NAME-DAY.made` tells of how many bytes: after a kill, those that are older are
-- made again.
-- @module wdt.sink.xlsx
local cjson = require "cjson"
local failure = require "wdt.sink.failure"
local fields = require "wdt.format.fields"
local files = require "wdt.sink.files"
local format = require "wdt.format.xlsx"
local json = require "wdt.json"
local misuse = require "wdt.error".misuse
local posix = require "wdt.native".load "wdt.posix"
local schema = require "wdt.schema"
local io, ipairs, pairs, setmetatable, tonumber = io, ipairs, pairs, setmetatable, tonumber
local concat, sort, remove, rename = table.concat, table.sort, os.remove, os.rename

local M = { form = "xlsx:FOLDER", as = "table", keyless = true, takes = { fields = true,
  explode = true, header = true } }

local UNKNOWN = { en = "the fields of %s are not known: say which ones, by --fields",
  zh = "%s 的字段未知：请用 --fields 指定" }

local function line_of(cells)
  return json.encode(json.list(cells)) .. "\n"
end

-- Tells what makes lines of rows, and the line of the titles.
local function writer(options, method)
  local columns = fields.new{ method = method, fields = options.fields, explode = options.explode,
    cell = format.cell, refuse = function(path)
      misuse(2, "fields", path, "one list's members: another one's are lines already")
    end }
  columns:see{}
  return function(row)
    columns:see(row)
    local lines = columns:lines(row)
    for i, cells in ipairs(lines) do lines[i] = line_of(cells) end
    return concat(lines)
  end, line_of(columns:titles(options.header))
end

local Sink = setmetatable({}, { __index = files.Sink })
Sink.__index = Sink

function Sink:path(day)
  return ("%s/.%s-%s.rows"):format(self.folder, self.name, day)
end

function Sink:made(day)
  return ("%s/.%s-%s.made"):format(self.folder, self.name, day)
end

local function size_of(path)
  local file = io.open(path, "rb")
  local size = file and file:seek "end"
  if file then file:close() end
  return size
end

-- Days whose workbook is older than its rows.
function Sink:find_pending()
  local before, after = "." .. self.name .. "-", ".rows"
  for _, name in ipairs(posix.list(self.folder) or {}) do
    local day = name:sub(1, #before) == before and name:sub(-#after) == after
      and name:sub(#before + 1, -#after - 1)
    if day and tonumber(posix.read(self:made(day)) or "") ~= size_of(self:path(day)) then
      self.pending[day] = true
    end
  end
end

-- Makes a workbook of a day's rows, under another name.
function Sink:fill(day, path)
  local lines = io.lines(self:path(day))
  local book, err, zh = format.book(path, cjson.decode(lines()))
  if not book then return nil, err, zh end
  for line in lines do
    local cells = cjson.decode(line)
    local ok
    ok, err = book:row(cells, #cells)
    if not ok then
      book:free()
      return nil, err
    end
  end
  return book:close()
end

-- Has the disk take a file.
local function synced(path)
  local file, err = posix.output(path, true)
  if not file then return nil, err end
  local ok
  ok, err = file:sync()
  file:close()
  return ok, err
end

-- Makes a day's workbook: true; or nil, err, code, zh.
function Sink:make(day)
  local path = ("%s/%s-%s.xlsx"):format(self.folder, self.name, day)
  local size, part = size_of(self:path(day)), path .. ".part"
  local kept, err = posix.output(part) -- its owner's alone, and no link
  if not kept then return failure(part .. ": " .. err) end
  local ok, zh
  ok, err, zh = self:fill(day, part)
  kept:close()
  if ok then ok, err = synced(part) end
  if ok then ok, err = rename(part, path) end
  if ok then ok, err = posix.sync(self.folder) end
  if ok then ok, err = posix.write(self:made(day), ("%.0f"):format(size)) end
  if ok then
    self.pending[day] = nil
    return true
  end
  remove(part)
  return failure({ en = "%s: %s", zh = "%s：" .. (zh or "%s") }, path, err)
end

-- Makes the workbooks of pending days, but for the last one where `spare` is given.
function Sink:make_all(spare)
  local days = {}
  for day in pairs(self.pending) do
    if posix.kind(self:path(day)) then days[#days + 1] = day else self.pending[day] = nil end
  end
  sort(days)
  for i, day in ipairs(days) do
    if not (spare and i == #days) then
      local ok, err, code, zh = self:make(day)
      if not ok then return nil, err, code, zh end
    end
  end
  return true
end

--- See `wdt.sink`.
function Sink:prepare(job)
  if not self.options.fields and not schema.methods[job.method] then
    return failure(UNKNOWN, job.method, job.method)
  end
  if not format.module() then return failure(format.MISSING) end
  self.text_of, self.head = writer(self.options, job.method)
  self:find_pending()
  return files.Sink.prepare(self, job)
end

--- See `wdt.sink`.
function Sink:commit(stop, line)
  local ok, err, code, zh = files.Sink.commit(self, stop, line)
  if ok then
    self:find_pending()
    ok, err, code, zh = self:make_all(true)
  end
  if not ok then return nil, err, code, zh end
  return true
end

--- See `wdt.sink`: the workbooks that are still to be made.
function Sink:conclude()
  return self:make_all()
end

--- See `wdt.sink.files`, and `wdt.sink.csv`, which takes what this takes.
-- @tparam string folder
-- @tparam table options
-- @treturn Sink; or nil, err, code, zh
function M.open(folder, options)
  local sink, err, code, zh = files.open(M, folder, options)
  if not sink then return nil, err, code, zh end
  sink.options, sink.pending = options, {}
  return setmetatable(sink, Sink)
end

return M
