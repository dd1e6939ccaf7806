--- The signatures that the gateways expect, written from the documents and apart from the client's
-- own: the sandbox judges the client, so a fault in one must not hide the same fault in the other.
-- Needs no C module of ours inside nginx, which has an MD5, and libcrypto's HMAC.
-- @module wdt.sandbox.sign
local Wire = require "wdt.sandbox.wire"
local ngx = rawget(_G, "ngx")
local pairs, ipairs, require = pairs, ipairs, require
local select, type, tostring = select, type, tostring
local tonumber, sort, concat, format, char = tonumber, table.sort, table.concat, string.format,
  string.char

local M = {}

-- text -> 32 hexadecimal digits
local function digest()
  if ngx and ngx.md5 then return ngx.md5 end
  return require "wdt.native".load "wdt.core".md5
end

local md5 = digest()

-- key, text -> 64 hexadecimal digits
local function keyed_digest()
  if not (ngx and ngx.md5) then return require "wdt.native".load "wdt.core".hmac_sha256 end
  local ffi = require "ffi"
  ffi.cdef [[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *, const void *, int, const unsigned char *, size_t,
      unsigned char *, unsigned int *);
  ]]
  local out = ffi.new "unsigned char[32]"
  return function(key, text)
    ffi.C.HMAC(ffi.C.EVP_sha256(), key, #key, text, #text, out, nil)
    return (ffi.string(out, 32):gsub(".", function(c) return format("%02x", c:byte()) end))
  end
end

local hmac_sha256 = keyed_digest()

local BLOCK = 64 -- bytes of MD5's block (RFC 2104)

local function bytes_of(hexadecimal)
  return (hexadecimal:gsub("%x%x", function(pair) return char(tonumber(pair, 16)) end))
end

-- Two bytes, one of them a constant, added bit by bit without a carry.
local function exclusive_or(a, b)
  local sum, bit = 0, 1
  for _ = 1, 8 do
    if a % 2 ~= b % 2 then sum = sum + bit end
    a, b, bit = (a - a % 2) / 2, (b - b % 2) / 2, bit * 2
  end
  return sum
end

-- HMAC-MD5, as RFC 2104 makes it of MD5.
local function hmac_md5(key, text)
  if #key > BLOCK then key = bytes_of(md5(key)) end
  key = key .. ("\0"):rep(BLOCK - #key)
  local function pad(with)
    return (key:gsub(".", function(c) return char(exclusive_or(c:byte(), with)) end))
  end
  return md5(pad(0x5c) .. bytes_of(md5(pad(0x36) .. text)))
end

-- Names of all parameters but the signature, in the order of their bytes. (`<` on texts follows the
-- locale, which is "C".)
local function names(params)
  local list = {}
  for name in pairs(params) do
    if name ~= "sign" then list[#list + 1] = name end
  end
  sort(list)
  return list
end

-- Code points of a text: its bytes but those that continue one.
local function characters(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

local function bytes(text)
  return #text
end

local LENGTHS = { characters = characters, bytes = bytes }

--- Seed E §2: `02-ab:0003-xyz;…` of all parameters, then the secret.
-- @tparam {string=string} params
-- @tparam string secret
-- @tparam string lengths `"characters"`, as documented, or `"bytes"`, as some third-party clients
-- count
-- @treturn string 32 hexadecimal digits
function M.enterprise(params, secret, lengths)
  local length, parts = LENGTHS[lengths], names(params)
  for i, name in ipairs(parts) do
    local value = params[name]
    parts[i] = format("%02d-%s:%04d-%s", length(name), name, length(value), value)
  end
  return md5(concat(parts, ";") .. secret)
end

--- Seed U §3: the secret, each name and value of the query and of `body`, the secret again.
-- @tparam {string=string} query
-- @tparam string body
-- @tparam string secret
-- @treturn string 32 hexadecimal digits
function M.ultimate(query, body, secret)
  local all = { body = body }
  for name, value in pairs(query) do all[name] = value end
  local parts = names(all)
  for i, name in ipairs(parts) do parts[i] = name .. all[name] end
  return md5(secret .. concat(parts) .. secret)
end

local TOP = {
  md5 = function(secret, text) return md5(secret .. text .. secret) end,
  hmac = hmac_md5, ["hmac-sha256"] = hmac_sha256,
}

--- TOP's sign (facts on Qimen §4.1): names and values of all parameters.
-- @tparam {string=string} params
-- @tparam string secret of the app
-- @tparam string method `"md5"`, `"hmac"` or `"hmac-sha256"`
-- @treturn ?string hexadecimal digits in capitals; nil for another method
function M.top(params, secret, method)
  local parts = names(params)
  for i, name in ipairs(parts) do parts[i] = name .. params[name] end
  local how = TOP[method]
  return how and how(secret, concat(parts)):upper()
end

-- A value as the nested sign sees it: names in the order of their bytes, values as they are, and
-- nothing between them. A text that is JSON counts as what it stands for.
local function flat(value)
  if type(value) == "string" and value:find "^%s*[{%[]" then
    local inside = Wire.json(value, true)
    if inside ~= nil then value = inside end
  end
  if type(value) ~= "table" then return tostring(value) end
  local parts, keys = {}, {}
  if #value > 0 then
    for i, one in ipairs(value) do parts[i] = one == Wire.NULL and "" or flat(one) end
    return concat(parts)
  end
  for key in pairs(value) do keys[#keys + 1] = key end
  sort(keys)
  for _, key in ipairs(keys) do
    if value[key] ~= Wire.NULL then parts[#parts + 1] = key .. flat(value[key]) end
  end
  return concat(parts)
end

--- WDT's own sign within a call of TOP (facts on Qimen §4.2).
-- @tparam table params that are signed; texts, some of them JSON
-- @tparam string secret
-- @treturn string 32 hexadecimal digits
function M.nested(params, secret)
  return md5(secret .. flat(params) .. secret)
end

return M
