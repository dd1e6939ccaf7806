--- A host without a gateway: a function answers each request, at once. Time moves by `sleep`.
local form = require "wdt.edition.form"

local M = {}

local Exchange = {}
Exchange.__index = Exchange

function Exchange:pull()
  if self.fed then return false end
  self.fed = true
  self.decoder:feed(self.body)
  return true
end

function Exchange.poll() return true end

function Exchange:header(name) return self.headers[name] end

function Exchange:close() self.closed = true end

local Host = {}
Host.__index = Host

function Host:now() return self.clock end

function Host:time() return 1793491200 + self.clock end -- 2026-11-01 00:00:00 UTC

function Host.random() return 0.5 end

function Host:sleep(seconds)
  self.clock, self.slept[#self.slept + 1] = self.clock + seconds, seconds
  return true
end

function Host:open(message, decoder)
  local fields = form.decode(message.url:match "%?(.*)$" or "")
  for name, value in pairs(form.decode(message.body)) do fields[name] = value end
  self.asked[#self.asked + 1] = { url = message.url, body = message.body, fields = fields }
  local body, status = self.answer(fields, #self.asked)
  return setmetatable({ decoder = decoder, body = body, bytes = #body, status = status or 200,
    headers = {}, sent = true }, Exchange)
end

function Host.close() end

--- @tparam function answer `(fields, n) -> body, status`: the n-th request, its query and its form
-- in one table
-- @treturn Host with `asked`, the requests, and `slept`, seconds
function M.host(answer)
  return setmetatable({ answer = answer, asked = {}, slept = {}, clock = 0 }, Host)
end

M.QIMEN = { app_key = "12345678", app_secret = "topsecret", target_app_key = "21363512" }

--- Settings of a client on such a host, with the route by Qimen.
function M.settings(edition, host, more)
  local settings = { edition = edition, sid = "wdt2", appkey = "wdtkey", host = host,
    appsecret = edition == "ultimate" and "testsecret:testsalt" or "testsecret",
    qimen = M.QIMEN }
  for name, value in pairs(more or {}) do settings[name] = value end
  return settings
end

return M
