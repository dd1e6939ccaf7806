--- The accounts of the service, in one worker: for each a client for people who wait for an answer,
-- and one for long readings, which have to leave a share of the budget to the first.
-- @module wdt.serve.accounts
local client = require "wdt.client"
local host = require "wdt.nginx.host"
local joint = require "wdt.calling.joint"
local map = require "wdt.map"
local pacers = require "wdt.nginx.pacers"
local redis = require "wdt.nginx.redis"
local floor, max, setmetatable, type = math.floor, math.max, setmetatable, type

local Accounts = {}
Accounts.__index = Accounts

-- The part of a rate that long readings may take.
local function part_of(rate, share)
  if type(rate) ~= "table" then return max(1, floor(rate * share)) end
  return { default = max(1, floor((rate.default or 60) * share)) }
end

-- Where clients of long readings run: their calls need a place in both budgets.
local function long_runtime(share)
  return { host = host.new, watch = pacers.watch, redis = redis,
    pacer = function(key, rate, flying)
      return joint.new(pacers.new("long " .. key, part_of(rate, share), flying),
        pacers.new(key, rate, flying))
    end }
end

local SHORT = { host = host.new, pacer = pacers.new, watch = pacers.watch, redis = redis }

local M = {}

--- Makes what one worker knows of the accounts.
-- @tparam {string=table} settings by name
-- @tparam number share of the budget that is kept for those who wait for an answer
-- @tparam function log told the account's name and each event
-- @treturn Accounts
function M.new(settings, share, log)
  return setmetatable({ settings = settings, share = 1 - share, log = log, made = {},
    long = long_runtime(1 - share) }, Accounts)
end

--- A client of an account.
-- @tparam string name one of the settings
-- @tparam boolean long whether it is for a long reading
-- @treturn ?wdt.client
-- @treturn ?string `"config: text"`
-- @treturn ?string `"config"`
function Accounts:client(name, long)
  local key = (long and "long " or "short ") .. name
  if self.made[key] then return self.made[key] end
  local settings = map.copy(self.settings[name])
  settings.log = function(event) self.log(name, event) end
  if long and settings.budget then settings.share = (settings.share or 1) * self.share end
  local made, problem = client.new(settings, long and self.long or SHORT)
  if not made then return nil, "config: account " .. name .. ": " .. problem, "config" end
  self.made[key] = made
  return made
end

return M
