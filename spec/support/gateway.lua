--- Describes what the specs of the sandbox's gateway have in common: a moment, worlds, and asking.
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"

local M = {}

--- The moment at which everything happens.
M.now = beijing.parse "2026-11-20 12:00:00"

--- The parameters of a window.
function M.window(from, to)
  return { start_time = beijing.format(from), end_time = beijing.format(to) }
end

--- Parameters, and more of them.
function M.with(params, more)
  local p = {}
  for k, v in pairs(params) do p[k] = v end
  for k, v in pairs(more) do p[k] = v end
  return p
end

--- A gateway over so many rows (25), a minute apart.
function M.small(o, n)
  local world = World.new{ seed = 5, now = M.now }
  for i = 1, n or 25 do world:put{ modified = M.now - 60 * i, status = i % 2 == 0 and 5 or 95 } end
  o = o or {}
  o.world = world
  return Gateway.new(o), world
end

--- Returns what the gateway answers, decoded; the whole response, and what is to be done with the
-- connection.
function M.ask(gateway, req, now)
  local response, directive = gateway:handle(req, now or M.now)
  assert(response.status == 200, response.status)
  return cjson.decode(response.body), response, directive
end

return M
