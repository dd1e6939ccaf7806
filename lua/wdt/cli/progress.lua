--- The line that shows, on a terminal, how far long work is. Elsewhere it is silent.
-- @module wdt.cli.progress
local duration = require "wdt.duration"
local columns = require "wdt.format.columns"
local posix = require "wdt.native".load "wdt.posix"
local setmetatable, pairs, concat = setmetatable, pairs, table.concat
local floor, max = math.floor, math.max

local M = {}

-- Seconds between two drawings.
local PAUSE = 0.2

-- No rate is told before so many seconds.
local EARLY = 1

local STDOUT, STDERR, USUAL_WIDTH = 1, 2, 80

-- True if the standard output is read by another program, whose own lines may come to the terminal
-- at any time: this line would stand in them.
local function is_piped()
  return posix.kind "/dev/stdout" == "other" and not posix.width(STDOUT)
end

local Progress = {}
Progress.__index = Progress

--- @tparam table app `text`, `now`, `error` (writes to the standard error)
-- @tparam boolean quiet
-- @treturn Progress
function M.new(app, quiet)
  local width = not quiet and not is_piped() and posix.width(STDERR) or nil
  return setmetatable({ app = app, width = width and (width > 0 and width or USUAL_WIDTH),
    facts = {}, drawn = false,
    began = app:now(), next = 0 }, Progress)
end

local function grouped(n)
  return (("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

-- Time that is left is never told as none.
local function clock(seconds)
  return duration.clock(max(1, seconds))
end

-- Seconds that are left, by what was done so far; and no fewer than the rate allows, whose calls
-- come a minute's worth at once.
local function left_of(facts, elapsed)
  local left = elapsed / facts.done * (1 - facts.done)
  if facts.rate and facts.calls and facts.done < 1 then
    local last = facts.calls / facts.done - 1
    left = max(left, floor(last / facts.rate) * 60 - elapsed)
  end
  return max(left, facts.waiting or 0, facts.again or 0)
end

--- Returns what the line says.
-- @tparam number elapsed seconds since the beginning
-- @treturn string
function Progress:line(elapsed)
  local app, facts, parts = self.app, self.facts, {}
  local function add(en, zh, ...) parts[#parts + 1] = app:filled({ en = en, zh = zh }, ...) end
  if facts.label then parts[1] = facts.label end
  if facts.done then add("%d%%", "%d%%", floor(facts.done * 100)) end
  if facts.rows then add("%s rows", "%s 条", grouped(facts.rows)) end
  if facts.rows and elapsed >= EARLY then add("%s/s", "%s 条/秒", grouped(facts.rows / elapsed)) end
  if facts.calls then add("%d calls", "%d 次调用", facts.calls) end
  if facts.done and facts.done > 0 and elapsed >= EARLY then
    add("%s left", "剩余 %s", clock(left_of(facts, elapsed)))
  end
  if facts.waiting then add("waiting %s for the rate", "限流等待 %s", clock(facts.waiting)) end
  if facts.again then add("again in %s after a failure", "失败，%s 后重试", clock(facts.again)) end
  return concat(parts, " · ")
end

--- Tells what is known by now, and draws it now and then.
-- @tparam table facts any of `label` (text), `done` (0 to 1), `rows`, `calls`, `rate` (calls a
-- minute), `waiting` (seconds still to wait for the rate), `again` (seconds until another try), of
-- which false is none; what is not told stays as it was
function Progress:update(facts)
  if not self.width then return end
  for name, value in pairs(facts) do self.facts[name] = value or nil end
  local now = self.app:now()
  if now < self.next then return end
  local line = self:line(now - self.began)
  if line == "" then return end
  self.next, self.drawn = now + PAUSE, true
  self.app:error("\r\27[K" .. columns.clip(line, self.width - 1))
end

--- Takes the line away, until the next update.
function Progress:clear()
  if not self.drawn then return end
  self.drawn, self.next = false, 0
  self.app:error("\r\27[K")
end

return M
