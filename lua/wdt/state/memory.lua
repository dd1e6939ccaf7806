--- A store in this process's memory: for tests, and for copies that are made anew with each
-- process.
-- @module wdt.state.memory
local failure = require "wdt.error".failure
local setmetatable = setmetatable

local Store = {}
Store.__index = Store

function Store:lock()
  if self.locked then
    return failure("state", "the state is in use by another job of this process") end
  self.locked = true
  return true
end

function Store:unlock()
  self.locked = false
end

function Store:load()
  return self.text
end

function Store:save(text)
  self.text = text
  return true
end

--- @treturn Store see `wdt.state`
return function()
  return setmetatable({ locked = false }, Store)
end
