--- The gateway of `support.chaos`, inside nginx: one world for several accounts, and for each of
-- them the moments of its calls and how often it was shown each row.
local Gateway = require "wdt.sandbox.gateway"
local World = require "wdt.sandbox.world"
local ngx = rawget(_G, "ngx") -- nil outside of nginx
local now = ngx and require "wdt.nginx.clock".now

local M = {}

-- sid -> `{ gateway, calls, shown }`
local accounts = {}

--- A gateway of one account.
function M.gateway(world, sid)
  return Gateway.new{ world = world, fields = "short",
    account = { sid = sid, enterprise = Gateway.ACCOUNT.enterprise } }
end

--- Makes the world, before nginx listens.
-- @tparam table o `world` (options), `accounts` (sids)
function M.boot(o)
  local world = World.new(o.world)
  for _, sid in ipairs(o.accounts) do
    accounts[sid] = { gateway = M.gateway(world, sid), calls = {}, shown = {} }
  end
end

--- Answers a call.
function M.answer()
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ""
  local one = accounts[body:match "sid=(%w+)"]
  one.calls[#one.calls + 1] = now()
  local response = one.gateway:handle({ method = ngx.req.get_method(), path = ngx.var.uri,
    query = ngx.var.args or "", headers = ngx.req.get_headers(0), body = body }, ngx.time())
  for id in response.body:gmatch '"stockout_id":"?(%d+)' do
    one.shown[id] = (one.shown[id] or 0) + 1
  end
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.print(response.body)
end

--- Calls for an account as fast as its budget lets it, from several light threads of a worker.
-- @tparam table settings of the client
function M.call(settings)
  local function run(premature)
    local client = not premature and require "resty.wdt".new(settings)
    while client and not ngx.worker.exiting() do
      local answer, err = client:call "shop"
      if not answer then
        ngx.log(ngx.WARN, err)
        ngx.sleep(0.05)
      end
    end
  end
  for _ = 1, 4 do assert(ngx.timer.at(0, run)) end
end

--- Tells what was counted: a line each for an account with its sid, rows it was shown and how many
-- different ones, and the moments of its calls, monotonic seconds.
function M.tell()
  for sid, one in pairs(accounts) do
    local shown, different = 0, 0
    for _, times in pairs(one.shown) do shown, different = shown + times, different + 1 end
    ngx.print(("%s %d %d"):format(sid, shown, different))
    for _, at in ipairs(one.calls) do ngx.print((" %.3f"):format(at)) end
    ngx.say()
  end
end

return M
