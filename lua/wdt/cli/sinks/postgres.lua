--- `postgres:ADDRESS`: a database of PostgreSQL; the address is what libpq takes, `postgres://…` or `host=… dbname=…`.
-- @module wdt.cli.sinks.postgres
local sql = require "wdt.cli.sinks.sql"
local tonumber, floor, char = tonumber, math.floor, string.char

-- Replaces escapes; where they follow an even number of backslashes, they are none.
local function escapes(document, pattern, replacement)
  return (document:gsub("(\\+)" .. pattern, function(backslashes, ...)
    if #backslashes % 2 == 1 then return backslashes:sub(2) .. replacement(...) end
  end))
end

-- The character of two halves, `d83d` and `de00`.
local function joined(high, low)
  local point = 0x10000 + (tonumber(high, 16) - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
  return char(0xF0 + floor(point / 262144), 0x80 + floor(point / 4096) % 64, 0x80 + floor(point / 64) % 64, 0x80 + point % 64)
end

-- PostgreSQL can't hold U+0000: it becomes a blank. Nor half a character, which stands where somebody cut a text in the middle of
-- an emoji: it becomes U+FFFD.
local function clean(document)
  if not document:find("\\u", 1, true) then return document end
  document = escapes(document, "u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)", joined)
  document = escapes(document, "u[dD][89a-fA-F]%x%x", function() return "\239\191\189" end)
  return escapes(document, "u0000", function() return " " end)
end

-- Longer names would be cut by the server, two of them to the same one.
local LONGEST_NAME = 63

local DIALECT = { driver = "postgres", debian = "lua-sql-postgres", rock = "luasql-postgres", document = "JSONB",
  session = { "SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning", "SET standard_conforming_strings TO on" },
  field = function(name) return ("d->>'%s'"):format(name) end, clean = clean }

local M = { as = "json" }

--- Whether an address holds a password, which everybody on this machine could read in the command line.
-- @tparam string address
-- @treturn boolean
function M.shows_a_secret(address)
  return address:find("://[^/@]*:[^/@]*@") ~= nil or address:find("password%s*=") ~= nil
end

--- See `wdt.cli.sinks.sql`.
function M.open(address, job)
  if #job.name > LONGEST_NAME then
    return nil, { en = ("a table's name has %d bytes at most, %s has %d"):format(LONGEST_NAME, job.name, #job.name),
      zh = ("表名最多 %d 字节，%s 为 %d 字节"):format(LONGEST_NAME, job.name, #job.name) }
  end
  return sql.open(DIALECT, address, job)
end

return M
