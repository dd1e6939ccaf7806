--- Where the rows go: the standard output, or a file that takes its name only once it is whole.
--
-- With a name, rows go to NAME.part beside it, which is renamed when all are on the disk: NAME is
-- never half a file. It has the permissions of the file that it replaces; a symbolic link is
-- replaced itself. What a failure or an interrupt leaves is cut back to the last mark, where the
-- rows before it are complete, and stays NAME.part. NAME.part.mark tells where that is, for the one
-- who goes on: after a kill NAME.part may hold more. It tells of a whole one too, from before it is
-- renamed until the run's very end: of a run that was killed in between, a script is still to
-- learn that it was done. Rows hold names and telephone numbers, so a file that replaces none can
-- be read by its owner alone; whose standard output it is decides there.
-- @module wdt.cli.output
local posix = require "wdt.native".load "wdt.posix"
local setmetatable, tonumber, concat, rename, remove = setmetatable, tonumber, table.concat,
  os.rename, os.remove
local open, pcall, require = io.open, pcall, require

local M = {}

-- Returns what the system says, about which file.
local function problem(self, err)
  return self.part and self.part .. ": " .. err or err
end

-- Bytes that are gathered before they are written.
local ENOUGH = 65536

local Output = {}
Output.__index = Output

-- Empties a part. Its mark goes first: a mark of more than the part holds would be of no use to
-- anyone.
local function begin_anew(self, file)
  remove(self.part .. ".mark")
  local ok, err = file:cut(0)
  return ok, err and problem(self, err)
end

-- Of a whole output's mark: its size, what it is of, the times (epoch seconds) from which and up to
-- which it holds rows, and from which the run that ended it went on; or nil.
local function whole_of(mark)
  local size, of, from, stop, went_on = mark:match "^whole (%d+) (%S+) (%S+) (%S+) (%S+)\n$"
  return size and { size = tonumber(size), of = of, from = tonumber(from), stop = tonumber(stop),
    went_on = tonumber(went_on) }
end

local function size_of(name)
  local file = open(name, "rb")
  local size = file and file:seek "end"
  if file then file:close() end
  return size
end

-- Goes back to the mark that is kept of a part: its size, the times (epoch seconds) from which it
-- holds rows, up to which it is to hold them and from which they are to follow, and which of those
-- it holds already. An empty part without a mark is what a kill leaves before the first one.
local function go_back(self, file)
  if file:size() == 0 and not posix.kind(self.part .. ".mark") then return true end
  local mark = posix.read(self.part .. ".mark") or ""
  local whole = whole_of(mark)
  if whole and self.is_new then return begin_anew(self, file) end -- of a file that was taken away
  if whole and file:size() == whole.size then
    self.whole = whole
    return true
  end
  local size, of, from, stop, at, held = mark:match "^(%d+) (%S+) (%d+) (%d+) (%d+)\n(.*)$"
  size = tonumber(size)
  if not size or file:size() < size then
    return nil, self.part
      .. " does not tell how far it is complete; begin again, without --continue"
  end
  if of ~= self.of then
    return nil, self.part .. " was begun by other words; only times, pace and FILE may change"
  end
  self.from, self.stop, self.continues_at, self.held = tonumber(from), tonumber(stop),
    tonumber(at), held
  local ok, err = file:cut(size)
  return ok, err and problem(self, err)
end

-- lua-zlib's window bits of a gzip stream.
local GZIP = 31

-- Of a name that ends in ".gz": what makes a member of bytes. Members can stand one after the other
-- (RFC 1952 §2.2), so that a file can be cut at any mark. Nil, what is wrong, where lua-zlib is
-- missing.
local function packer(name)
  if not name:find "%.gz$" then return false end
  local found, zlib = pcall(require, "zlib")
  if not found then
    return nil, name .. ": gzip takes lua-zlib; do: apt-get install lua-zlib, or luarocks install "
      .. "lua-zlib"
  end
  return function(bytes) return (zlib.deflate(nil, GZIP)(bytes, "finish")) end
end

--- Opens an output.
-- @tparam ?string name nil or "-": the standard output; one that ends in ".gz" is compressed
-- @tparam ?boolean continued goes on at the last mark of NAME.part; at the beginning where it is
-- not there or still empty
-- @tparam ?string of a word for what it holds: only the same is gone on with
-- @treturn ?Output its `terminal` is the width of the terminal that it is, if it is one, and its
-- `width` what a table may take; where it
-- goes on, `from`, `stop`, `continues_at` and `held` are what the mark was given, and `continued`
-- tells whether anything stands before it; where it was whole already, `whole` is the `from`,
-- `stop` and `went_on` that `finish` was given, and its `of`
-- @treturn ?string what is wrong
function M.open(name, continued, of)
  local self = setmetatable({ name = name, of = of or "-", parts = {}, n = 0, bytes = 0 }, Output)
  if not name or name == "-" then
    self.file, self.terminal = posix.stdout(), posix.width(1)
    self.width = self.terminal or posix.width(2) -- `| head` shows it on the same terminal
    return self
  end
  local kind = posix.kind(name)
  if kind and kind ~= "file" then return nil, name .. " is no regular file" end
  local missing
  self.pack, missing = packer(name)
  if missing then return nil, missing end
  self.part = name .. ".part"
  self.is_new = not posix.kind(self.part)
  if continued and kind and self.is_new then
    self.whole = whole_of(posix.read(self.part .. ".mark") or "")
    if self.whole and self.whole.size == size_of(name) then return self end
    return nil, ("%s is not there and %s is whole: nothing can be continued"):format(self.part,
      name)
  end
  local file, err = posix.output(self.part, true, kind and name)
  if not file then
    return nil, err == "busy" and self.part .. " is being written by another process"
      or self.part .. ": " .. err
  end
  local ok
  ok, err = (continued and go_back or begin_anew)(self, file)
  if not ok then
    file:close()
    return nil, err
  end
  self.marked = file:size()
  self.file, self.continued = file, self.marked > 0
  return self
end

--- Adds bytes. A failure stays: the one who does not look at this one meets it at the next call,
-- and in `failed`.
-- @tparam string first
-- @tparam ?string second nearly all rows come in one piece or two
-- @tparam ?string ... further pieces
-- @treturn ?boolean true
-- @treturn ?string what is wrong
-- @treturn ?string "pipe" where no one reads any more
function Output:write(first, second, ...)
  local parts, n, bytes = self.parts, self.n + 1, self.bytes + #first
  parts[n] = first
  if second then
    n, bytes = n + 1, bytes + #second
    parts[n] = second
  end
  self.n, self.bytes = n, bytes
  if ... then return self:write(...) end
  if bytes < ENOUGH then return true end
  return self:flush()
end

--- Hands on what was gathered.
-- @return as `write`
function Output:flush()
  local failed = self.failed
  if failed then return nil, failed[1], failed[2] end
  if self.n == 0 then return true end
  local bytes = concat(self.parts, "", 1, self.n)
  self.parts, self.n, self.bytes = {}, 0, 0
  local ok, err, code = self.file:write(self.pack and self.pack(bytes) or bytes)
  if ok then return true end
  self.failed = { problem(self, err), code }
  return nil, self.failed[1], code
end

-- Writes a small file to the disk, following no link.
local function write(path, text)
  local file, err = posix.output(path)
  if not file then return nil, err end
  local ok
  ok, err = file:write(text)
  if ok then ok, err = file:sync() end
  file:close()
  return ok, err
end

-- Replaces the mark; what was written is on the disk before.
local function set_mark(self, text)
  local mark = self.part .. ".mark"
  local ok, err = self.file:sync()
  if ok then ok, err = write(mark .. ".tmp", text) end
  if ok then ok, err = rename(mark .. ".tmp", mark) end
  if ok then return true end
  remove(mark .. ".tmp")
  self.failed = { problem(self, err) }
  return nil, self.failed[1]
end

local function seconds(time)
  return time and ("%.0f"):format(time) or "-"
end

--- Up to here the rows are complete.
-- @tparam integer from epoch seconds from which it holds rows
-- @tparam integer stop epoch seconds up to which they are wanted
-- @tparam integer at epoch seconds from which rows are still to come; after `stop`: none are
-- @tparam ?string held which of them stand here already, in whole lines
-- @return as `write`
function Output:mark(from, stop, at, held)
  local ok, err, code = self:flush()
  if not ok or not self.part then return ok, err, code end
  local size = self.file:size()
  ok, err = set_mark(self, ("%.0f %s %.0f %.0f %.0f\n%s"):format(size, self.of, from, stop, at,
    held or ""))
  if not ok then return nil, err end
  self.marked = size
  return true
end

--- The output is whole: gives it its name. Its mark stays until it is closed.
-- @tparam ?integer from epoch seconds from which it holds rows, where they have times
-- @tparam ?integer stop epoch seconds up to which
-- @tparam ?integer went_on epoch seconds from which this run read, where it went on
-- @return as `write`
function Output:finish(from, stop, went_on)
  local ok, err, code = self:flush()
  if not ok or not self.part then return ok, err, code end
  if self.file then -- else it has its name
    ok, err = set_mark(self, ("whole %.0f %s %s %s %s\n"):format(self.file:size(), self.of,
      seconds(from), seconds(stop), seconds(went_on)))
    if not ok then return nil, err end
    ok, err = rename(self.part, self.name)
    -- some Luas name the file as well
    if not ok then return nil, problem(self, err:gsub("^.*: ", "") .. "") end
  end
  self.finished = true
  return posix.sync(self.name:match "^(.+)/[^/]*$" or self.name:match "^/" or ".")
end

--- The output stays as it is: a file is cut back to the last mark and keeps the name of a part.
-- @return as `write`
function Output:abandon()
  if not self.part then return self:flush() end
  self.parts, self.n, self.bytes = {}, 0, 0
  local ok, err = self.file:cut(self.marked)
  if ok then ok, err = self.file:sync() end
  self:close()
  if not ok then return nil, problem(self, err) end
  return true
end

--- Idempotent. The mark of a finished file goes, so this is the last that a run does.
function Output:close()
  if self.file then self.file:close() end
  if self.part and self.finished then remove(self.part .. ".mark") end
end

return M
