--- The signatures that the gateways expect, written from the documents and apart from the client's
-- own: the sandbox judges the client, so a fault in one must not hide the same fault in the other.
-- Needs no C module inside nginx, which has an MD5.
-- @module wdt.sandbox.sign
local ngx = rawget(_G, "ngx")
local pairs, ipairs, require, select = pairs, ipairs, require, select
local sort, concat, format = table.sort, table.concat, string.format

local M = {}

-- text -> 32 hexadecimal digits
local function digest()
  if ngx and ngx.md5 then return ngx.md5 end
  return require "wdt.native".load "wdt.core".md5
end

local md5 = digest()

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

return M
