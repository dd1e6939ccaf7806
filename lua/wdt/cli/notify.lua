--- Tells systemd how this service is (sd_notify(3)): that it has begun, reads its configuration
-- again, ends; what it does; and, as long as its loop turns, that it lives. Without NOTIFY_SOCKET
-- in the environment no one wants to be told.
-- @module wdt.cli.notify
local posix = require "wdt.native".load "wdt.posix"
local getenv, setmetatable, tonumber, tostring = os.getenv, setmetatable, tonumber, tostring
local min = math.min

-- Seconds between two looks.
local LOOK = 1

local Notifier = {}
Notifier.__index = Notifier

-- Sends lines. What could not be sent is told once, since a service that can't tell that it has
-- begun is ended; and is sent again at the next look.
local function send(self, text)
  local ok, err = posix.notify(self.address, text)
  if not ok and not self.failed then
    self.failed = true
    self.complain(err)
  end
  return ok
end

-- A service that reloads is to say when, on the clock that systemd compares with.
local function lines_of(state)
  if state ~= "RELOADING=1" then return state end
  return ("RELOADING=1\nMONOTONIC_USEC=%.0f"):format(posix.now() * 1e6)
end

-- Sends what has changed since the last time, and that the loop turns.
local function tell(self, state, status)
  if state ~= self.state and send(self, lines_of(state)) then self.state = state end
  if status ~= self.status and send(self, "STATUS=" .. status) then self.status = status end
  if self.interval then send(self, "WATCHDOG=1") end
end

--- A task of a loop: tells until `finished` says so, as often as the watchdog wants it.
-- @tparam Loop loop
-- @tparam table what functions: `finished()`; `state()` returns `"READY=1"`, `"RELOADING=1"` or
-- `"STOPPING=1"`; `status()` a line for people
function Notifier:run(loop, what)
  while true do
    tell(self, what.state(), what.status())
    if what.finished() then return end
    loop:sleep(min(LOOK, self.interval or LOOK))
  end
end

local M = {}

--- @tparam function complain is told once what went wrong
-- @treturn ?Notifier nil where no one wants to be told
function M.open(complain)
  local address = getenv "NOTIFY_SOCKET"
  if not address or address == "" then return nil end
  local usec, pid = tonumber(getenv "WATCHDOG_USEC"), getenv "WATCHDOG_PID"
  local watched = usec and usec > 0 and (not pid or pid == tostring(posix.pid()))
  return setmetatable({ address = address, complain = complain,
    interval = watched and usec / 2e6 or nil }, Notifier)
end

return M
