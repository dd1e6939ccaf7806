--- Bytes to a client: gathered, and sent when there are enough of them or when nothing more is to
-- come for a while. Sending waits until they are on their way, so that a slow reader slows down the
-- reading, and memory stays as it is.
-- @module wdt.serve.output
local ngx = require "ngx"
local error, io, setmetatable, select = error, io, setmetatable, select

local Output = {}
Output.__index = Output

local M = {}

local ENOUGH = 32768 -- bytes

--- Raised where the client takes no more: there is no one left to tell.
M.GONE = "the client takes no more"

--- @tparam ?function sent told before bytes are sent; what it raises ends the answer
function M.new(sent)
  return setmetatable({ parts = {}, n = 0, bytes = 0, sent = sent, begun = false }, Output)
end

--- Adds bytes; `begun` once some of them were sent.
-- @tparam string ... texts
function Output:write(...)
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    self.n = self.n + 1
    self.parts[self.n] = text
    self.bytes = self.bytes + #text
  end
  if self.bytes >= ENOUGH then self:flush() end
end

--- Sends what was added, and waits until it is on its way.
function Output:flush()
  if self.n == 0 then return end
  if self.sent then self.sent() end
  local parts = self.parts
  self.parts, self.n, self.bytes, self.begun = {}, 0, 0, true
  if not ngx.print(parts) or not ngx.flush(true) then error(M.GONE, 0) end
end

--- Sends a file.
-- @tparam string path
function Output:file(path)
  local file, err = io.open(path, "rb")
  if not file then error("output: " .. err, 0) end
  repeat
    local bytes = file:read(ENOUGH)
    if bytes then self:write(bytes) end
  until not bytes
  file:close()
  self:flush()
end

return M
