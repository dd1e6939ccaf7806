--- Where a synchronisation keeps its state.
--
--     wdt.state.file "shipped.state"     -- a file; survives everything a file survives
--     wdt.state.memory()                 -- this process
--     wdt.state.open "file:shipped.state"
--
-- `wdt.state.NAME` is the module `wdt.state.NAME`, a function that makes a store; so a further one
-- is one file. A sink may keep the state beside its rows (`wdt.sink`).
--
-- **A store** is any table with these methods. A state is one text of a few kilobytes, whatever the
-- length of the history; what stands in it, and whether it is damaged, is not the store's business.
--
-- * `store:lock()`: true; or nil, "state: text", "state" while another job uses it. The lock should
--   end with its holder
-- * `store:unlock()`: idempotent
-- * `store:load()`: the text saved last; nil when there never was one; or nil, "state: text",
--   "state"
-- * `store:save(text)`: true once it is safe; nil, "state: text", "state" when it isn't, and then
--   what was saved before stands
-- * `store:renew()`: optional, of a lock that is a lease: true once it lasts longer; nil,
--   "state: text", "state" where it is lost. A job calls it before each window, and now and then
--   before its account's calls and while it waits; `store.lease` are its seconds
-- * `store:holder()`: optional, of a lease: whose it is, or was last: `owner`, `age` and `left` in
--   seconds; nil where there never was one; or nil, "state: text", "state". `store.lost` is true
--   once `renew` or `save` was refused because the lease is another's, and not because no one
--   answered
-- * `store:on(host)`: optional, of a store that is asked over the network: waits as the host can
--
-- They may yield. `store.path`, where there is one, names the store in errors.
-- @module wdt.state
local misuse = require "wdt.error".misuse
local error, pcall, rawset, require, setmetatable, tostring, type = error, pcall, rawset, require,
  setmetatable, tostring, type

local M = {}

-- The module of a name, nil where there is none.
local function module_of(name)
  local loaded, module = pcall(require, "wdt.state." .. name)
  if loaded then return module end
  if tostring(module):find("module 'wdt.state." .. name .. "' not found", 1, true) then
    return nil
  end
  error(module, 0)
end

--- Makes a store of its text.
-- @tparam string text `"NAME:ADDRESS"`, e.g. `"file:shipped.state"`
-- @tparam ?number lease seconds of a lock that is a lease; nil: the store's default
-- @treturn table
function M.open(text, lease)
  local name, address
  if type(text) == "string" then name, address = text:match "^(%l+):(.*)$" end
  local make = name and M[name]
  if type(make) ~= "function" then
    misuse(2, "state", text, 'the text of a store, e.g. "file:shipped.state"')
  end
  return make(address, nil, lease)
end

return setmetatable(M, { __index = function(_, name)
  local module = type(name) == "string" and name:find "^%l+$" and module_of(name) or nil
  if module ~= nil then rawset(M, name, module) end
  return module
end })
