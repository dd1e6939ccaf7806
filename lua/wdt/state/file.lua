--- A store in a file.
--
-- Saving writes `PATH.tmp`, has it on the disk (fsync), renames it over the file, and has the
-- folder on the disk: whenever the power fails or the process is killed, the file holds the old
-- state or the new one, whole. `PATH.lock` is locked meanwhile, by a lock that the system drops
-- when its holder ends; it holds the holder's process id and may stay where it is.
-- @module wdt.state.file
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local native = require "wdt.native"
local io, os, setmetatable, type = io, os, setmetatable, type

local ENOENT = 2

local Store = {}
Store.__index = Store

local function state_failure(path, what, message)
  return failure("state", "%s: %s: %s", path, what, message)
end

--- Only one job may use the file at a time.
-- @treturn boolean true; or nil, "state: … in use by process 123", "state"
function Store:lock()
  local lock, err, holder = self.posix.lock(self.path .. ".lock")
  if lock then
    self.held = lock
    return true
  end
  if err == "busy" then
    return failure("state", "%s is in use by process %s", self.path, holder ~= "" and holder
      or "(unknown)")
  end
  return state_failure(self.path, "can't be locked", err)
end

--- Idempotent.
function Store:unlock()
  if self.held then self.held:close() end
  self.held = nil
end

--- @treturn ?string what was saved last, nil when nothing ever was; or nil, "state: text", "state"
function Store:load()
  local file, err, number = io.open(self.path, "rb")
  if not file then
    if number == ENOENT then return nil end
    return state_failure(self.path, "can't be read", err)
  end
  local text
  text, err = file:read("*a")
  file:close()
  if not text then return state_failure(self.path, "can't be read", err) end
  return text
end

--- @tparam string text
-- @treturn boolean true; or nil, "state: text", "state", and what was saved before is still there
function Store:save(text)
  local temporary = self.path .. ".tmp"
  local ok, err = self.posix.write(temporary, text)
  if not ok then
    os.remove(temporary)
    return state_failure(self.path, "can't be written", err)
  end
  ok, err = os.rename(temporary, self.path)
  if not ok then
    os.remove(temporary)
    return state_failure(self.path, "can't be replaced", err)
  end
  ok, err = self.posix.sync(self.folder)
  if not ok then return state_failure(self.path, "may not be on the disk", err) end
  return true
end

--- @tparam string path
-- @treturn Store see `wdt.state`
return function(path)
  if type(path) ~= "string" or path == "" then misuse(1, "path", path, "the path of a file") end
  return setmetatable({ path = path, folder = path:match("^(.*/)[^/]*$")
    or ".", posix = native.load "wdt.posix" }, Store)
end
