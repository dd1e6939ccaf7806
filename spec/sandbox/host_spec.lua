-- The host without a network: its exchanges end as those of the others do.
local any_host = require "support.any_host"
local conformance = require "support.host_conformance"
local core = require "wdt.core"
local sandbox_host = require "wdt.sandbox.host"

-- Returns what a gateway hands over for an answer of support/any_host.lua: response, directive.
local function act(answer)
  local response = { status = answer.status or 200, headers = {}, body = answer.body or "" }
  if not answer.ends then return response end
  if not answer.at then
    return response, answer.ends == "wait" and { kind = "delay", seconds = 1e6 }
      or { kind = "reset", at = 0 }
  end
  local kinds = { finish = "truncate", reset = "reset", wait = "stall" }
  return response, { kind = kinds[answer.ends], at = answer.at }
end

local function new_driver()
  local received, response, directive = 0, nil, nil
  local host = sandbox_host.new{ gateway = { world = { now = 1790000000 }, seed = 1,
    handle = function()
      received = received + 1
      return response, directive
    end } }
  local function fetch(timeout)
    local decoder = core.decoder{ path = "stockout_list" }
    local exchange, err, code = host:open({ url = "http://sandbox/openapi", body = "",
      timeout = timeout }, decoder)
    return conformance.read(exchange, decoder, err, code)
  end
  return {
    play = function(answer, timeout)
      response, directive = act(answer)
      return fetch(timeout)
    end,
    refuse = function()
      response, directive = nil, { kind = "connect" }
      return fetch()
    end,
    received = function() return received end,
    close = function() host:close() end,
  }
end

describe("wdt.sandbox.host", function()
  any_host.describe(new_driver)
end)
