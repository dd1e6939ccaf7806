--- The copies that the configuration file's streams keep, looked at for the pages. A database is
-- asked in a thread of nginx's pool, so that no worker waits for one; what was seen stands in the
-- `lua_shared_dict`, for all workers.
-- @module wdt.serve.copies
local configuration = require "wdt.fleet.configuration"
local json = require "wdt.json"
local status = require "wdt.fleet.status"
local ipairs, pcall, tostring = ipairs, pcall, tostring

local M = {}

--- Days of which the pages show how complete they are.
M.DAYS = 42

-- One stream's status; a failure is one of that stream alone.
local function look_at(one, stream, now)
  local fine, told = pcall(status.of, one, stream, now, now - (M.DAYS - 1) * 86400)
  if fine then
    for _, name in ipairs{ "days", "blind" } do
      if told[name] then json.list(told[name]) end
    end
    return told
  end
  return { account = one.name, stream = stream.name, state = "failed", target = stream.target,
    error = tostring(told) }
end

--- Looks at all streams; runs in a thread, where there is no nginx.
-- @tparam table file what the configuration file says (`wdt.fleet.configuration.read`)
-- @tparam integer now epoch seconds
-- @treturn table `accounts`: the streams of each, as JSON; `at`; and `error` where the file names
-- none that can be used
function M.look(file, now)
  local seen = {}
  local accounts, err = configuration.read(file)
  for _, one in ipairs(accounts or {}) do
    local list = {}
    for i, stream in ipairs(one.streams) do list[i] = look_at(one, stream, now) end
    seen[one.name] = json.encode(json.list(list))
  end
  return { accounts = seen, at = now, error = err }
end

return M
