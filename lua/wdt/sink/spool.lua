--- Rows that wait for their commit: in memory as long as those of the whole process are few,
-- further ones in a file without a name. So a transaction of a database lasts as long as its rows
-- take to be written, however long they take to be read, and memory grows neither with a window nor
-- with the accounts of a process.
-- @module wdt.sink.spool
local failure = require "wdt.sink.failure"
local io, next, setmetatable, tonumber, concat = io, next, setmetatable, tonumber, table.concat

local M = {}

--- Bytes in memory, of all spools of a process together.
M.MOST = 8388608

--- Bytes that each may have in memory all the same.
M.LEAST = 131072

-- All spools, as keys.
local spools = setmetatable({}, { __mode = "k" })

-- Bytes of the file's buffer.
local BUFFER = 65536

local FAILED = { en = "temporary file: %s", zh = "临时文件：%s" }
local CUT_SHORT = "it is cut short"

local Spool = {}
Spool.__index = Spool

local function fail(err)
  return failure(FAILED, err, err)
end

-- Puts what is in memory into the file: of each row its length in a line, then its bytes.
local function spill(self)
  local err
  if not self.file then
    self.file, err = io.tmpfile()
    if not self.file then return fail(err) end
    self.file:setvbuf("full", BUFFER)
  end
  local rows, parts = self.rows, {}
  for i = 1, #rows do parts[2 * i - 1], parts[2 * i] = ("%d\n"):format(#rows[i]), rows[i] end
  local ok
  ok, err = self.file:write(concat(parts))
  if not ok then return fail(err) end
  self.rows, self.bytes, self.look = {}, 0, M.LEAST
  return true
end

local function all_bytes()
  local sum = 0
  for one in next, spools do sum = sum + one.bytes end
  return sum
end

--- Adds a row.
-- @tparam string document
-- @treturn boolean true; or nil, err, code, zh
function Spool:add(document)
  self.rows[#self.rows + 1], self.bytes = document, self.bytes + #document
  if self.bytes <= self.look then return true end
  self.look = self.bytes + M.LEAST -- the others are counted now and then
  if all_bytes() <= M.MOST then return true end
  return spill(self)
end

-- Calls `take` for each row of the file. Leaves it at its end, where rows are added.
local function each_of_file(file, take)
  local ok, err = file:seek "set"
  if not ok then return fail(err) end
  local length = file:read "*l"
  while length do
    local n = tonumber(length)
    local document = n and file:read(n)
    if not document or #document < n then return fail(CUT_SHORT) end
    local code, zh
    ok, err, code, zh = take(document)
    if not ok then return nil, err, code, zh end
    length = file:read "*l"
  end
  ok, err = file:seek "end"
  if not ok then return fail(err) end
  return true
end

--- Calls a function for each row, from the first on, however often that is done.
-- @tparam function take is given the document; true, or what this is to return instead
-- @treturn boolean true; or nil, err, code, zh
function Spool:each(take)
  local ok, err, code, zh = true, nil, nil, nil
  if self.file then ok, err, code, zh = each_of_file(self.file, take) end
  local rows, i = self.rows, 1
  while ok and i <= #rows do
    ok, err, code, zh = take(rows[i])
    i = i + 1
  end
  if ok then return true end
  return nil, err, code, zh
end

--- Forgets all rows.
function Spool:clear()
  if self.file then self.file:close() end
  self.file, self.rows, self.bytes, self.look = nil, {}, 0, M.LEAST
end

--- @treturn Spool
function M.new()
  local self = setmetatable({ rows = {}, bytes = 0, look = M.LEAST }, Spool)
  spools[self] = true
  return self
end

return M
