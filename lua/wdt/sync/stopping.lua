--- When a job's loop is to end: methods of a job (`wdt.sync`), which mixes them in.
-- @module wdt.sync.stopping
local native = require "wdt.native"
local pcall = pcall

local M = {}

-- True if the loop is to end: asked by the program, by a signal, or by the host (a worker of nginx
-- that shuts down).
function M:stopping()
  local host, posix = self._client.host, self._posix
  if not self._stopped and (host.stopping and host:stopping() or posix and posix.caught()) then
    self._stopped = true end
  return self._stopped
end

function M:catch_signals()
  if not self._options.signals or self._posix or self._client.host.stopping then return end
  local loaded, posix = pcall(native.load, "wdt.posix")
  if not loaded then return end
  self._posix = posix
  posix.catch()
end

function M:release_signals()
  if self._posix then self._posix.release() end
  self._posix = nil
end

return M
