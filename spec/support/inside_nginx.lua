--- The chunk that spec/support/nginx.lua has its nginx run, in the phase the address names.
-- luacheck: globals loadstring setfenv (LuaJIT)
local cjson = require "cjson"
local ngx = require "ngx"

local M = {}

-- Runs the chunk of this request's body. Returns its results as JSON.
local function run(body)
  local order = cjson.decode(body)
  local env = setmetatable({ wdt = require "resty.wdt", given = order.given }, { __index = _G })
  local chunk, err = loadstring(order.code, "=chunk")
  if not chunk then return cjson.encode{ ok = false, err } end
  setfenv(chunk, env)
  local function pack(ok, ...)
    local result = { ... }
    for i = 1, select("#", ...) do
      if result[i] == nil then result[i] = cjson.null end
    end
    result.ok, result.n = ok, select("#", ...)
    for i = 1, result.n do result[tostring(i)], result[i] = result[i], nil end
    return cjson.encode(result)
  end
  return pack(xpcall(chunk, function(e) return type(e) == "string" and e or tostring(e) end))
end

local function body()
  ngx.req.read_body()
  return ngx.req.get_body_data()
end

function M.content()
  ngx.print(run(body()))
end

--- The chunk that stands in the folder: once nginx has read a body, it does not notice any more
-- that a client went away.
function M.from_file()
  local file = assert(io.open(ngx.config.prefix() .. "chunk"))
  local order = file:read("*a")
  file:close()
  ngx.print(run(order))
end

--- In an earlier phase; `tell` prints its result. In one that can't read, the body has been read.
function M.elsewhere()
  local phase = ngx.get_phase()
  ngx.ctx.result = run(phase == "header_filter" and ngx.req.get_body_data() or body())
end

function M.tell()
  ngx.print(ngx.ctx.result)
end

function M.timer()
  local done, order, result = require "ngx.semaphore".new(), body(), nil
  assert(ngx.timer.at(0, function()
    result = run(order)
    done:post()
  end))
  assert(done:wait(60))
  ngx.print(result)
end

function M.thread()
  local order = body()
  local _, result = ngx.thread.wait(ngx.thread.spawn(function() return run(order) end))
  ngx.print(result)
end

return M
