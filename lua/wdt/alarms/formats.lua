--- Messages as the robots of WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书) take them, and plain
-- JSON for programs. Pure.
--
-- | kind | signature | success |
-- | --- | --- | --- |
-- | `wecom` | none: the key stands in the address | `errcode` 0 |
-- | `dingtalk` | base64 of HMAC-SHA256(secret, ms LF secret), in the address | `errcode` 0 |
-- | `feishu` | base64 of HMAC-SHA256(second LF secret, ""), in the body | `code` 0 |
-- | `json` | hex of HMAC-SHA256(secret, body), in `X-Wdt-Signature: sha256=…` | any status 2xx |
-- @module wdt.alarms.formats
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local version = require "wdt.version"
local tonumber, tostring, ipairs, floor = tonumber, tostring, ipairs, math.floor
local concat, char = table.concat, string.char

local M = {}

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- Three bytes in four digits of base64.
local function quad(bytes)
  local a, b, c = bytes:byte(1, 3)
  local n = a * 65536 + (b or 0) * 256 + (c or 0)
  local out = {}
  for i = 1, 4 do
    local digit = floor(n / 64 ^ (4 - i)) % 64 + 1
    out[i] = DIGITS:sub(digit, digit)
  end
  if not c then out[4] = "=" end
  if not b then out[3] = "=" end
  return concat(out)
end

--- Base64 of bytes.
-- @tparam string bytes a few
-- @treturn string
function M.base64(bytes)
  return (bytes:gsub("..?.?", quad))
end

-- The 32 bytes of an HMAC-SHA256; or nil, err, code where OpenSSL refuses.
local function mac(key, text)
  local hex, err, code = core.hmac_sha256(key, text)
  if not hex then return nil, err, code end
  return (hex:gsub("%x%x", function(pair) return char(tonumber(pair, 16)) end))
end

local function percent(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- ---- one writer for each kind: (receiver, notices, text, at) -> body, url, headers; or nil, err,
-- code ----

local WRITE = {}

function WRITE.wecom(to, _, text)
  local kind = to.message
  return json.encode{ msgtype = kind, [kind] = { content = text } }, to.url
end

function WRITE.dingtalk(to, _, text, at)
  local body
  if to.message == "markdown" then
    body = { msgtype = "markdown", markdown = { title = "wdt", text = text:gsub("\n", "\n\n") } }
  else
    body = { msgtype = "text", text = { content = text } }
  end
  local url = to.url
  if to.secret then
    local stamp = ("%.0f"):format(floor(at * 1000))
    local sign, err, code = mac(to.secret, stamp .. "\n" .. to.secret)
    if not sign then return nil, err, code end
    url = ("%s%stimestamp=%s&sign=%s"):format(url, url:find("?", 1, true) and "&" or "?", stamp,
      percent(M.base64(sign)))
  end
  return json.encode(body), url
end

function WRITE.feishu(to, _, text, at)
  local body
  if to.message == "markdown" then
    body = { msg_type = "interactive", card = { elements = json.list{ { tag = "div",
      text = { tag = "lark_md", content = text } } } } }
  else
    body = { msg_type = "text", content = { text = text } }
  end
  if to.secret then
    local stamp = ("%.0f"):format(floor(at))
    local sign, err, code = mac(stamp .. "\n" .. to.secret, "")
    if not sign then return nil, err, code end
    body.timestamp, body.sign = stamp, M.base64(sign)
  end
  return json.encode(body), to.url
end

function WRITE.json(to, notices, text)
  local body = json.encode{ from = "wdt", version = version, text = text,
    alarms = json.list(notices) }
  if not to.secret then return body, to.url end
  local sign, err, code = core.hmac_sha256(to.secret, body)
  if not sign then return nil, err, code end
  return body, to.url, { ["X-Wdt-Signature"] = "sha256=" .. sign }
end

--- Kinds of receivers, and the fields of their answers that are 0 at success.
M.KINDS = { wecom = { "errcode" }, dingtalk = { "errcode" }, feishu = { "code", "StatusCode" },
  json = {} }

--- Writes a request.
-- @tparam table to a receiver: `kind`, `url`, `secret`, `message` (`"text"` or `"markdown"`)
-- @tparam {table...} notices (`wdt.alarms`)
-- @tparam string text of them, for people
-- @tparam number at epoch seconds
-- @tparam ?table timeout limits of the transfer
-- @treturn ?table request as a host takes it; or nil, err, code
function M.request(to, notices, text, at, timeout)
  local body, url, headers = WRITE[to.kind](to, notices, text, at)
  if not body then return nil, url, headers end
  headers = headers or {}
  headers["Content-Type"] = "application/json; charset=utf-8"
  return { url = url, body = body, headers = headers, timeout = timeout }
end

--- Judges an answer.
-- @tparam table to a receiver
-- @tparam integer status of HTTP
-- @tparam ?table answer the body of a 200, where it was a JSON object
-- @treturn ?string what is wrong, "code: text"; nil where the message was taken
function M.problem(to, status, answer)
  if status < 200 or status > 299 then return ("http: HTTP %d"):format(status) end
  local fields = M.KINDS[to.kind]
  if not fields[1] then return nil end
  for _, name in ipairs(fields) do
    local value = answer and answer[name]
    if value ~= nil then
      if tonumber(value) == 0 then return nil end
      return ("api: %s %s: %s"):format(name, tostring(value), tostring(answer.errmsg or answer.msg
        or answer.StatusMessage or ""))
    end
  end
  return "http: the answer is none of this kind of receiver"
end

return M
