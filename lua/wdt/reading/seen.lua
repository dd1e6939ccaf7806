--- The rows already handed out that may still come again, known by identity, last modification, and
-- time of the clock.
--
-- Pieces of a window overlap, broken pages are read again, and a probe's rows lie ahead of the
-- cursor; so what was handed out is remembered until its window is done. Memory is bounded by the
-- window, never by the range.
-- @module wdt.reading.seen
local version = require "wdt.reading.version"
local setmetatable, type, tostring, tonumber = setmetatable, type, tostring, tonumber
local pairs, ipairs, next, huge, floor = pairs, ipairs, next, math.huge, math.floor
local char, concat = string.char, table.concat

local Seen = {}
Seen.__index = Seen

--- A new page begins; the number that its rows are to be told with.
-- @treturn integer
function Seen:turn()
  self.turns = self.turns + 1
  return self.turns
end

-- True if two sightings are of one version of a row. A row that stands at another time without
-- another version is another row, or a change that its version does not tell; either way it is not
-- to be kept back.
local function is_same(known, known_time, modified, time)
  return version.same(known, modified) and (time == nil or known_time == nil or known_time == time)
end

-- Of nearly every row only one version comes: `versions` and `times` hold it by identity. More of
-- them are lists in `others`.
local function another(self, id, modified, time, turn)
  local others = self.others or {}
  self.others = others
  local list = others[id] or {}
  others[id] = list
  for i = 1, #list do
    local one = list[i]
    if is_same(one.version, one.time, modified, time) then
      local twice = one.page == turn
      one.page, one.time = turn, one.time or time
      return false, twice
    end
  end
  list[#list + 1] = { version = modified, time = time, at = time or self.horizon, page = turn }
  return true, false
end

--- True if this version of the row comes for the first time; from now on it has been seen.
-- @param id the row's identity
-- @param modified its version; rows without one are told apart by identity alone
-- @tparam ?number time epoch seconds of the window's clock; a row that shows none is remembered as
-- long as one of the last second asked for (`horizon`)
-- @tparam integer page the number of its page (`turn`)
-- @treturn boolean
-- @treturn boolean true if the page has shown it already
function Seen:fresh(id, modified, time, page)
  if type(id) ~= "string" then id = tostring(id) end
  if type(modified) ~= "string" then modified = tostring(modified) end
  local known, known_time = self.versions[id], self.times[id]
  if known == nil then
    if self.others and self.others[id] then return another(self, id, modified, time, page) end
    self.versions[id], self.times[id], self.pages[id] = modified, time or self.horizon, page
    if time == nil then self.untimed[id] = true end
    return true, false
  end
  if known_time ~= time and self.untimed[id] then known_time = nil end
  if not (known == modified and known_time == time or is_same(
    known, known_time, modified, time)) then
    return another(self, id, modified, time, page)
  end
  local twice = self.pages[id] == page
  self.pages[id] = page
  return false, twice
end

-- True if a version of the row is known that is newer.
local function is_outdated(self, id, modified)
  local known = self.versions[id]
  if known ~= nil and version.is_newer(known, modified) then return true end
  for _, one in ipairs(self.others and self.others[id] or {}) do
    if version.is_newer(one.version, modified) then return true end
  end
  return false
end

--- True if this version of the row comes for the first time, and no newer one has come: of a row
-- that two routes show, the later version wins. From now on it has been seen.
-- @param id
-- @param modified
-- @tparam ?number time as for `fresh`
-- @treturn boolean
function Seen:newest(id, modified, time)
  if type(id) ~= "string" then id = tostring(id) end
  if type(modified) ~= "string" then modified = tostring(modified) end
  if is_outdated(self, id, modified) then return false end
  return (self:fresh(id, modified, time, self:turn()))
end

local function drop(self, id)
  self.versions[id], self.times[id], self.pages[id], self.untimed[id] = nil, nil, nil, nil
end

-- Keeps those of a list that stand between two seconds; nil where none does.
local function kept(list, first, last)
  local rest = {}
  for i = 1, #list do
    if list[i].at >= first and list[i].at < last then rest[#rest + 1] = list[i] end
  end
  return rest[1] and rest
end

--- Forgets the rows that no later window can contain.
-- @tparam number time epoch seconds: everything before it is done
function Seen:forget_before(time)
  if time > self.forgotten then self.forgotten = time end
  for id, at in pairs(self.times) do
    if at < time then drop(self, id) end
  end
  if not self.others then return end
  for id, list in pairs(self.others) do self.others[id] = kept(list, time, huge) end
  if next(self.others) == nil then self.others = false end
end

--- Forgets a row that has just been met and is not handed out.
-- @param id its identity
-- @tparam number time the second at which it stands
function Seen:take_back(id, time)
  if type(id) ~= "string" then id = tostring(id) end
  if self.times[id] == time then drop(self, id) end
  local list = self.others and self.others[id]
  if list then self.others[id] = kept(list, -huge, time) or nil end
end

local function copy_of(map)
  local copy = {}
  for key, value in pairs(map) do copy[key] = type(value) == "table" and copy_of(value) or value end
  return copy
end

--- A Seen that knows what this one knows, and goes on by itself.
-- @treturn Seen
function Seen:copy()
  return setmetatable(copy_of(self), Seen)
end

--- Counts the rows handed out, by the span of time that they stand in.
-- @tparam number first epoch seconds: those from then on
-- @tparam number seconds of a span
-- @treturn table number of rows by span: the epoch seconds of its begin, divided by its length
function Seen:tally(first, seconds)
  local tally = {}
  local function add(time)
    if time < first then return end
    local span = floor(time / seconds)
    tally[span] = (tally[span] or 0) + 1
  end
  for _, time in pairs(self.times) do add(time) end
  for _, list in pairs(self.others or {}) do
    for _, one in ipairs(list) do add(one.at) end
  end
  return tally
end

-- A text in a line of its own: without tabs, line ends, or bytes that a text file does not hold.
local function escaped(text)
  return (text:gsub("[%c\\]", function(c) return ("\\%02x"):format(c:byte()) end))
end

local function unescaped(text)
  return (text:gsub("\\(%x%x)", function(hex) return char(tonumber(hex, 16)) end))
end

--- The rows handed out from a second on, as text for `read`, so that another process goes on there.
-- @tparam number first epoch seconds
-- @treturn ?string a line for each row; nil where some of them are forgotten
function Seen:write(first)
  if first < self.forgotten then return nil end
  local lines = {}
  local function add(id, known, time)
    if time < first then return end
    lines[#lines + 1] = ("%.0f\t%s\t%s\n"):format(time, escaped(known), escaped(id))
  end
  for id, time in pairs(self.times) do add(id, self.versions[id], time) end
  for id, list in pairs(self.others or {}) do
    for _, one in ipairs(list) do add(id, one.version, one.at) end
  end
  return concat(lines)
end

--- Begins a page: its rows that show no time are remembered as long as those of its last second.
-- @tparam integer stop the last second that is asked for, epoch seconds
function Seen:expect_until(stop)
  self.horizon = stop
end

local M = {}

--- @treturn Seen
function M.new()
  return setmetatable({ versions = {}, times = {}, pages = {}, untimed = {}, others = false,
    horizon = 0, turns = 0, forgotten = -huge }, Seen)
end

--- The rows that `write` told.
-- @tparam string text
-- @treturn Seen
function M.read(text)
  local self = M.new()
  for time, known, id in text:gmatch "(%-?%d+)\t([^\t\n]*)\t([^\t\n]*)\n" do
    self:fresh(unescaped(id), unescaped(known), tonumber(time), 0)
  end
  return self
end

return M
