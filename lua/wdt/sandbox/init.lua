--- A whole sandbox in one go: a world, a gateway and a host with a virtual clock, for tests, demos
-- and simulations.
--
--     local sandbox = require "wdt.sandbox"
--     local box = sandbox.new{ seed = 1, rows_per_day = 2000, from = ..., to = ..., page_cap = 50 }
--     local client = wdt.new(box:settings "enterprise")
--     box.world:all(box:filter("stockout_order_query_trade", query)) -- the truth
--
-- @module wdt.sandbox
local map = require "wdt.map"
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"
local Host = require "wdt.sandbox.host"
local Qimen = require "wdt.sandbox.qimen"
local misuse = require("wdt.error").misuse
local pairs, setmetatable, type = pairs, setmetatable, type

local function set(names)
  local t = {}
  for name in names:gmatch("%S+") do t[name] = true end
  return t
end

local WORLD =
  set("seed rows_per_day from to now shops warehouses first_id history_before order ties drift "
    .. "memory taobao both")
local GATEWAY =
  set("seed total_as total_on empty pretty envelope escape fields page_cap page_instead page_max "
    .. "closed_end odd rate rate_quiet unauthorised app_rate app_ban "
  .. "business replica_lag replica_share clock_skew sign_lengths faults account throttle")
local HOST = set "seed latency skew chunk now"

local Box = {}
Box.__index = Box

local M = {
  --- The editions that it speaks.
  EDITIONS = { "enterprise", "ultimate", "huice" },
}

local function part(o, names)
  local t = {}
  for k, v in pairs(o) do
    if names[k] then t[k] = v end
  end
  return t
end

--- Makes a sandbox.
-- @tparam ?table o the options of `wdt.sandbox.world`, `wdt.sandbox.gateway` and `wdt.sandbox.host`
-- in one table; `world` and `gateway` may be given ready-made, or as tables of their options
-- @treturn Box `{ world, gateway, host }`
function M.new(o)
  o = o or {}
  for name, value in pairs(o) do
    if not (WORLD[name] or GATEWAY[name] or HOST[name] or name == "world" or name == "gateway") then
      misuse(1, name, value, "no such option")
    end
  end
  local world, gateway = o.world, o.gateway
  if type(world or {}) ~= "table" then misuse(1, "world", world, "a world, or its options") end
  if type(gateway or {}) ~= "table" then
    misuse(1, "gateway", gateway, "a gateway, or its options")
  end
  if not (world and world.page) then world = World.new(world or part(o, WORLD)) end
  if not (gateway and gateway.handle) then
    local g = part(o, GATEWAY)
    map.add(g, gateway)
    g.world = g.world or world
    gateway = Gateway.new(g)
  end
  world = gateway.world
  local h = part(o, HOST)
  h.gateway = gateway
  return setmetatable({ world = world, gateway = gateway, host = Host.new(h) }, Box)
end

--- Returns what a client needs to reach it.
-- @tparam string edition `"enterprise"`, `"ultimate"` or `"huice"`
-- @tparam ?table more further settings of the client; `route = "qimen"` is none of them: with it
-- the client can use that route as well
-- @treturn table settings for `wdt.new`
function Box:settings(edition, more)
  more = more or {}
  local settings = M.settings(edition, "http://sandbox.invalid", more.route)
  settings.host = self.host
  for k, v in pairs(more) do
    if k ~= "route" then settings[k] = v end
  end
  return settings
end

--- The world's filter for a method's parameters; see `Gateway:filter`.
function Box:filter(method, params)
  return self.gateway:filter(method, params)
end

local PATHS = { enterprise = "/openapi2", huice = "/openapi" }

-- Returns what the editions' own gateways need.
local function direct(edition, address)
  local account = Gateway.ACCOUNT
  if PATHS[edition] then
    return { edition = edition, sid = account.sid, appkey = account[edition].appkey,
      appsecret = account[edition].appsecret, url = address .. PATHS[edition] }
  elseif edition == "ultimate" then
    return { edition = edition, sid = account.sid, appkey = account.ultimate.appkey,
      appsecret = account.ultimate.secret .. ":" .. account.ultimate.salt,
      url = address .. "/openapi" }
  end
  misuse(2, "edition", edition, '"enterprise", "ultimate" or "huice"')
end

--- Settings for the sandbox's account at an address.
-- @tparam string edition `"enterprise"`, `"ultimate"` or `"huice"`
-- @tparam string address e.g. `"http://127.0.0.1:8080"`
-- @tparam ?string route `"qimen"`: with what that route needs
-- @treturn table `{ edition, sid, appkey, appsecret, url, qimen }`
function M.settings(edition, address, route)
  local settings = direct(edition, address)
  local scene = Qimen.SCENES[edition]
  if route == "qimen" and scene then
    settings.qimen = { url = address .. "/" .. scene .. "/router/qm" }
    map.add(settings.qimen, Gateway.ACCOUNT.qimen)
  elseif route ~= nil and route ~= "direct" then
    misuse(1, "route", route, scene and '"direct" or "qimen"' or '"direct"')
  end
  return settings
end

--- Tells whether an edition is reached by a route.
-- @tparam string edition
-- @tparam string route
-- @treturn ?string the route; nil where it is not
function M.has(edition, route)
  return (route == "direct" or route == "qimen" and Qimen.SCENES[edition]) and route or nil
end

return M
