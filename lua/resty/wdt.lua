--- The face of `wdt`, inside nginx: every wait lets the other requests of the worker go on.
--
--     local wdt = require "resty.wdt"
--     for so in wdt.stockouts{ start = "2026-11-01", stop = "2026-11-20 23:59:59", status = 95 } do
--       ngx.say(so.order_no)
--     end
--
-- In the phases rewrite, access and content, and in timers. Of nginx.conf it needs
--
-- * `resolver`, to look up the gateway's name;
-- * `lua_ssl_trusted_certificate`, and perhaps `lua_ssl_verify_depth 5`, for an https address;
-- * `lua_shared_dict wdt 1m`, for one rate budget and one leader per job over all workers. Without
--   it each worker has a budget of its own.
--
-- `lua_check_client_abort on` has nginx end a request whose client went away; the place that its
-- call takes in the budget comes back a minute later, as that of any other.
--
-- `lua_socket_buffer_size 64k` spares system calls: pages come as fast as by libcurl, a fifth
-- slower without. `lua_socket_log_errors off` spares the log: failures are returned anyway.
--
-- `wdt.background{ jobs = … }` runs any number of synchronisations in the workers, see
-- `wdt.nginx.jobs`.
--
-- `wdt.state.shared(dict, name)` stores the state of a synchronisation in a shared dict, see
-- `wdt.nginx.state`.
--
-- **Leaving a loop.** LuaJIT has no `<close>`: a `for` loop that is left early leaves its stream to
-- the collector, and its connection until then, or until the request or timer ends, whichever is
-- earlier. In a timer that runs for long, call `stream:close()`.
-- @module resty.wdt
local face = require "wdt.face"
local host = require "wdt.nginx.host"
local jobs = require "wdt.nginx.jobs"
local pacers = require "wdt.nginx.pacers"
local state = require "wdt.state"
local redis = require "wdt.nginx.redis"
local setmetatable = setmetatable

local stores = { shared = require "wdt.nginx.state" }

function stores.redis(address, name, lease)
  return state.redis(address, name, lease, redis)
end

local wdt = face.new({ host = host.new, pacer = pacers.new, watch = pacers.watch,
  redis = redis },
  setmetatable(stores, { __index = state }))
wdt.background = jobs.start
return wdt
