--- The rate budgets of this nginx.
-- @module wdt.nginx.pacers
local clock = require "wdt.nginx.clock"
local ngx = require "ngx"
local pacer = require "wdt.calling.pacer"
local shared = require "wdt.nginx.pacer"

local M = {}

--- The `lua_shared_dict` of that name, where nginx.conf has one, makes a budget that of all
-- workers.
M.DICT = "wdt"

-- Tokens must never be another worker's, nor this one's of before: with lua_code_cache off this
-- module is loaded again and again.
local function new_shared(dict, key, rate)
  local name = ngx.worker.pid() .. "." .. (dict:incr("rate:workers", 1, 0) or 0)
  return shared.new{ dict = dict, key = key, rate = rate, name = name, now = clock.now }
end

--- Makes the budget of an account; the client keeps it.
-- @tparam string key says which account
-- @tparam number|table rate as `wdt.calling.pacer.new` takes it
-- @treturn Pacer
function M.new(key, rate)
  local dict = ngx.shared[M.DICT]
  return dict and new_shared(dict, key, rate) or pacer.new(rate)
end

return M
