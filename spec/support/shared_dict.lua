--- Describes what ngx_http_lua's shared dicts do, as far as it is used here, with a clock that the
-- test moves.
local Dict = {}
Dict.__index = Dict

local function live(self, key)
  local entry = self.entries[key]
  if entry and entry.expires and entry.expires <= self.now then
    self.entries[key] = nil
    return nil
  end
  return entry
end

function Dict:get(key)
  local entry = live(self, key)
  return entry and entry.value
end

function Dict:set(key, value, seconds)
  if self.full then return true, nil, true end
  self.entries[key] = { value = value, expires = seconds and seconds > 0 and self.now + seconds
    or nil }
  return true
end

function Dict:safe_add(key, value, seconds)
  if live(self, key) then return false, "exists" end
  if self.full then return nil, "no memory" end
  self:set(key, value, seconds)
  return true
end
Dict.add = Dict.safe_add

function Dict:incr(key, by, from, seconds)
  local entry = live(self, key)
  if not entry then self:set(key, from, seconds) end
  entry = self.entries[key]
  entry.value = entry.value + by
  return entry.value
end

function Dict:delete(key)
  self.entries[key] = nil
end

local M = {}

function M.new()
  return setmetatable({ entries = {}, now = 0 }, Dict)
end

return M
