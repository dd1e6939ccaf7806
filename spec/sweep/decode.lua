-- A run of the decoder for the allocation sweep (allocation.c): everything it does, once. When
-- memory runs out in a call, the decoder must go on being a decoder: it says so or delivers what is
-- right, never half a row.
local core = require "wdt.core"

local function row(i, more)
  return '{"id":' .. i .. ',"no":"CK' .. i
    .. '","name":"\\u65fa\\u5e97","empty":"","zero":"0.0000","n":null,"t":true,' ..
    '"same":"旺店通","big":18446744073709551616,"list":[{"spec":"A' .. i
      .. '","q":1.5},{"spec":"B","q":' .. i ..
    '}],"o":{"deep":{"er":[]}}' .. more .. "}"
end

local function check(value, i)
  assert(value.id == i and value.no == "CK" .. i and value.name == "旺店" and value.empty == ""
    and value.zero == "0.0000")
  assert(value.n == nil and value.t == true and value.same == "旺店通"
    and value.big == "18446744073709551616")
  assert(#value.list == 2 and value.list[1].spec == "A" .. i and value.list[1].q == 1.5
    and value.list[2].q == i)
  assert(getmetatable(value.list) == core.array_mt and #value.o.deep.er == 0)
end

local function document(n)
  local rows = {}
  for i = 1, n do rows[i] = row(i, i % 9 == 0 and ',"x' .. i .. '":1' or "") end
  return '{"code":0,"message":"成功","data":{"total":"5","list":[' .. table.concat(rows, ",") ..
    '],"after":[1,{"a":null}]},"last":{}}'
end

-- Feeds and takes; a failure is told apart from a wrong result.
local function decode(decoder, text, size, verify)
  local n = 0
  for at = 1, #text, size do
    local ok, err, code = decoder:feed(text:sub(at, at + size - 1))
    if not ok then
      assert(code == "limit" and err:find("memory", 1, true), err)
      error(err, 0)
    end
    while true do
      local value, second, third = decoder:next()
      if value == nil then
        if second then
          assert(third == "limit", second)
          error(second, 0)
        end
        break
      end
      n = n + 1
      verify(value, n, second)
    end
  end
  assert(decoder:finish())
  local envelope = decoder:envelope()
  assert(envelope.code == 0 and envelope.message == "成功" and envelope.data.total == "5"
    and envelope.data.after[2].a == nil)
  assert(next(envelope.last) == nil and envelope.data.list == nil)
  return n
end

local text = document(24)
local spaced = text:gsub(",", ", ")

local full = core.decoder{ path = "data.list", keys = { "id" } }
assert(decode(full, text, 300, function(value, i, id) check(value, i) assert(id == i) end) == 24)
full:reset()
assert(decode(full, spaced, #spaced, function(value, i) check(value, i) end) == 24)

local some = core.decoder{ path = "data.list", fields = { "no", "list.spec" }, keys = { "id" } }
assert(decode(some, text, 1000, function(value, i, id)
  assert(id == i and value.no == "CK" .. i and value.list[2].spec == "B" and value.id == nil
    and value.list[1].q == nil)
end) == 24)

local raw = core.decoder{ path = "data.list", as = "json", keys = { "no" } }
assert(decode(raw, spaced, 500, function(value, i, no)
  assert(no == "CK" .. i and value == row(i, i % 9 == 0 and ',"x' .. i .. '":1' or ""))
end) == 24)

local part = core.decoder{ path = "data.list", as = "json", fields = { "no", "list.q", "o" },
  keys = { "id" } }
for _, source in ipairs{ text, spaced } do
  part:reset()
  assert(decode(part, source, 500, function(value, i, id)
    assert(id == i and value == '{"no":"CK' .. i .. '","list":[{"q":1.5},{"q":' .. i
      .. '}],"o":{"deep":{"er":[]}}}')
  end) == 24)
end

-- Typed and masked, with times made into objects by a function; what deviates is found in the rows
-- handed out.
local typed = core.decoder{ path = "data.list", keys = { "no" }, mask = { "name", "list.spec" },
  mask_key = "key",
  types = { id = "int", no = "text", name = "text", empty = "int", zero = "scaled", n = "int",
    t = "boolean", same = "datetime",
    big = "decimal", list = { spec = "text", q = "number" }, gone = "int" },
    datetime = function(t) return { t } end }
local function check_typed(value, i, no)
  assert(value.id == i and value.no == "CK" .. i and no == value.no and value.zero == 0
    and value.same == "旺店通")
  assert(value.name:find "^mask%-%x+$" and value.list[2].spec:find "^mask%-%x+$"
    and #value.list[1].spec == 37)
  assert(value.empty == nil and value.n == nil and value.big == "18446744073709551616"
    and value.list[1].q == 1.5)
end
assert(decode(typed, text, 400, check_typed) == 24)
local found = typed:findings()
assert(found.unknown_fields == 24 + 2 and found.missing_fields == 24 and found.retyped_fields == 24
  and #found == 5)

local dated = text:gsub("旺店通", "2026-11-22 01:02:03")
typed:reset()
local times, last = 0, nil
assert(decode(typed, dated, 700, function(value)
  assert(value.same[1] == 1795280523 and value.same ~= last)
  times, last = times + 1, value.same
end) == 24 and times == 24)

-- A decoder in which memory ran out goes on saying so, or as if nothing had happened.
local hurt = core.decoder{ path = "data.list" }
local ok, message = pcall(decode, hurt, text, 700, check)
if not ok then
  assert(tostring(message):find("memory", 1, true), message)
  local value, err, code = hurt:next()
  assert(type(value) == "table" or err == nil or code == "limit", err)
  hurt:close()
  assert(select(3, hurt:next()) == "closed")
end

-- Each row grows the buffer, so that growing fails as well.
local formatter = core.formatter({ { "no" }, { "list", "spec" } }, { explode = "list" })
local refused = 0
for i = 1, 3 do
  local long = ("x"):rep(3000 * i)
  assert(formatter:csv{ no = long, list = { { spec = "=1" }, { spec = 'a"' } } }
    == long .. ",'=1\r\n" .. long .. ',"a"""\r\n')
  assert(formatter:csv('{"list":[{"spec":"\\u003d1"},{"spec":1e2}],"no":"' .. long .. '"}')
    == long .. ",'=1\r\n" .. long .. ",100\r\n")
end
-- Names that grow the set, and its bytes; one that did not fit may be tried again.
for i = 1, 60 do
  while not formatter:admit(("name"):rep(5) .. i) do
    refused = refused + 1
    assert(refused < 9)
  end
end
assert(formatter:csv('{"no":1,"' .. ("name"):rep(5) .. '60":[]}') == "1,\r\n")

-- Rows laid out: the buffer of bytes, the cells and the text grow.
local layer = core.laying{ yes = "1", no = "0", modified = "at", version_at = 4, tables = {
  { width = 4, own = 2, fields = { { "id", "int", 2 }, { "no", "text", 3 },
    { "at", "datetime", 4 }, { "list", list = 2 } } },
  { width = 4, own = 3, fields = { { "spec", "text", 4 } } } } }
layer:reset("me", "now")
local laid, many = {}, ('{"spec":"a\\n"},'):rep(40) .. "{}"
for i = 1, 40 do
  local at, version, id = layer:put('{"list":[' .. many .. '],"id":' .. i
    .. ',"at":1793491205000,"no":"' .. ("'"):rep(200) .. '"}')
  assert(at == i and version == "2026-11-01 08:00:05" and id == tostring(i), version)
  laid[i] = at
end
assert(select(2, layer:tuples(1, laid)) == 40)
local tuples, lines = layer:tuples(2, laid)
assert(lines == 40 * 41 and tuples:find("('me',40,41,NULL)", -17, true))
assert(#layer:array(1, 3, laid) > 16000)
layer:close()

assert(#core.sign.enterprise({ a = "1", b = 2 }, "secret") == 32)
assert(#core.sign.ultimate({ a = "1", b = 2 }, "[]", "secret") == 32)
assert(#core.sign.top({ a = "1", b = 2 }, "secret", "hmac-sha256") == 64)
assert(#core.sign.nested({ a = '{"b":[1,"\\u4e2d"],"c":null}', d = { e = { "f", true } } },
  "secret") == 32)
assert(#core.md5 "" == 32 and #core.hmac_sha256("k", "") == 64)
full:close()
