--- Sends notices to one receiver, in a task of its own: whatever the receiver does, no job waits
-- for it. What it does not take is sent again later, with what has come meanwhile, in one message.
-- @module wdt.alarms.receiver
local alarms = require "wdt.alarms"
local core = require "wdt.native".load "wdt.core"
local formats = require "wdt.alarms.formats"
local setmetatable, ipairs, min, remove = setmetatable, ipairs, math.min, table.remove

local Receiver = {}
Receiver.__index = Receiver

-- Robots take 20 messages a minute: seconds between two.
local BETWEEN = 4

-- Seconds before what failed is sent again: the first time, and at most.
local LEAST, MOST = 15, 600

-- Notices that wait; of more, the oldest are dropped.
local ROOM = 500

local TIMEOUT = { connect = 5, stall = 5, total = 10 }

--- Adds notices to those that are to be sent.
-- @tparam {table...} notices
function Receiver:push(notices)
  for _, one in ipairs(notices) do
    self.waiting[#self.waiting + 1] = one
    if #self.waiting > ROOM then
      remove(self.waiting, 1)
      self.dropped = self.dropped + 1
    end
  end
end

-- Sends, and reads the answer. Returns nil; or what is wrong.
local function post(self, message)
  local decoder = core.decoder{}
  local exchange, err = self.host:open(message, decoder)
  if not exchange then
    decoder:close()
    return err
  end
  local more, refused = true, nil
  while more do
    more, err = exchange:pull()
    local _, wrong = decoder:next()
    refused = refused or wrong
  end
  local status = exchange.status
  exchange:close()
  local answer
  if more == false and status == 200 and not refused and decoder:finish() then
    answer = decoder:envelope()
  end
  decoder:close()
  -- a body that is no JSON is none of a program's failures
  if more == nil and not (refused and status == 200) then return err end
  return formats.problem(self.to, status, answer)
end

-- Takes what is secret out of a text.
local function public(to, text)
  local function hide(secret)
    local from, till = text:find(secret, 1, true)
    while from do
      text = text:sub(1, from - 1) .. "***" .. text:sub(till + 1)
      from, till = text:find(secret, from + 3, true)
    end
  end
  hide(to.url)
  for value in to.url:gmatch "[^/?&=:]+" do
    if #value >= 16 then hide(value) end
  end
  if to.secret then hide(to.secret) end
  return text
end

local function failed(self, problem)
  local pause = min(MOST, LEAST * 2 ^ self.failures)
  self.failures, self.next = min(self.failures + 1, 16), self.host:now() + pause
  self.tell("alarm_failed", { receiver = self.to.name, error = public(self.to, problem),
    waiting = #self.waiting, retry_in = pause })
end

--- Sends what waits, where it may by now; suspends the task that calls it meanwhile.
-- @tparam ?boolean last whatever the time: there is no later
function Receiver:send(last)
  local n = #self.waiting
  if n == 0 or not last and self.host:now() < self.next then return end
  local notices = {}
  for i = 1, n do notices[i] = self.waiting[i] end
  local dropped = self.dropped
  local message, problem = formats.request(self.to, notices, alarms.text(notices, self.language),
    self.host:time(), TIMEOUT)
  if message then problem = post(self, message) end
  if problem then return failed(self, problem) end
  -- some of those that were sent may have been dropped meanwhile
  for _ = 1, n - (self.dropped - dropped) do remove(self.waiting, 1) end
  self.failures, self.next = 0, self.host:now() + BETWEEN
end

local M = {}

--- @tparam table to of `wdt.alarms.settings`
-- @tparam table o `host` (`wdt.host.loop`), `language`, `tell(event, what)`, told of failures;
-- never of an address or a secret
-- @treturn Receiver
function M.new(to, o)
  return setmetatable({ to = to, host = o.host, language = o.language, tell = o.tell,
    waiting = {}, dropped = 0, failures = 0, next = 0 }, Receiver)
end

return M
