--- 慧策网页版, the "Y" edition: the enterprise edition's protocol under addresses of its own. Source:
-- the vendor's pages of 2026, whose names end in `_Y`, and public clients. The face of an edition:
-- `wdt.edition`; all that is not here is as the enterprise edition has it.
-- @module wdt.edition.huice
local enterprise = require "wdt.edition.enterprise"
local tonumber, setmetatable = tonumber, setmetatable

local M = {
  NAME = "huice",
  TITLE = { en = "huice edition", zh = "慧策网页版" },
  PATH = "/openapi",
  CANCELLED = "stockout_order_query_trade_cancel",
}

--- Addresses.
M.URLS = {
  production = "https://openapi.huice.com/openapi",
  sandbox = "https://openapi.ali.huice.cc/openapi",
}

--- There is a method for withdrawn shipments alone.
function M.cancelled(query)
  return query
end

--- Lengths are counted in bytes, as four public clients do that work; the vendor's own client for
-- the enterprise edition counts characters.
function M.account(settings)
  local account = enterprise.account(settings)
  account.sign_lengths = settings.sign_lengths or "bytes"
  return account
end

-- Numbers of these pages: times missing or malformed, a shop that is not known, neither times nor a
-- number to look up.
local PARAMETERS = { [2160] = true, [2310] = true, [2900] = true }

-- Methods whose page says that another number than 0 is success as well.
local SUCCESS = { purchase_order_query = 200 }

--- Reads an envelope's verdict, as `wdt.edition.enterprise` does.
function M.judge(envelope, method)
  local number = tonumber(envelope.code)
  if number ~= nil and number == SUCCESS[method] then return nil end
  local code, text, hint = enterprise.judge(envelope)
  if PARAMETERS[number] then return "param", text, hint ~= "words" and hint or nil end
  return code, text, hint
end

return setmetatable(M, { __index = enterprise })
