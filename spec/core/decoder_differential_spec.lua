-- The decoder remembers shapes, prints templates, looks ahead and skips. Whatever it has learnt
-- must change nothing: here it decodes generated documents next to lua-cjson, and next to decoders
-- that have learnt nothing yet.
local core = require "wdt.core"
local cjson = require "cjson"
local decoding = require "support.decoding"

local array = decoding.array
local concat, char, format = table.concat, string.char, string.format
local unpack = table.unpack or unpack -- luacheck: ignore

-- A generator of its own, so that every Lua makes the same documents.
local function random_source(seed)
  local state = seed * 7919 % 2147483646 + 1
  return function(n) -- 1 .. n
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

local texts = {
  '""', '"x"', '"0.0000"', '"旺店通"', '"😀"', '"a\\nb"', '"\\u4e2d\\u6587"', '"\\ud83d\\ude00"',
  '"\\\\"', '"\\""', '"/\\/"',
  '"[{]}"', '"\\u0000"', '"long ' .. ("long "):rep(20) .. '"', '"' .. ("长"):rep(30) .. '"', '"é"',
  '"\127"',
  '"12"', '"-5.2500"', '"2026-11-22 04:05:06"', '"0000-00-00 00:00:00"', '"\\u0031\\u0032"',
  '"abcde\\"f"',
}

local scalars = {
  "0", "1", "-1", "42", "1.5", "-0.25", "1e3", "100000", "99999999999999", "null", "true", "false",
  "[]", "{}", "[1,2,3]",
  "1790000000000", '[null,"a"]', '[{"a":1},{"a":2,"b":null}]', '{"a":{"b":{"c":"d"}}}', '{"a":"b"}',
}
for _, text in ipairs(texts) do scalars[#scalars + 1] = text end

-- Strings that end at the same place: one of those above has an escaped quote there.
local alike = { '"abcdef"', '"123456"', '"中文"', '"ab\\\\\\n"' }

local names = { "id", "name", "a", "b", "c", "d", "price", "remark", "details", "中文", "x y",
  'q\\"q', "\\u0061", "end", "0", "" }

-- Documents are made of few kinds of row, as real ones are, so that there is something to learn;
-- and now and then a row goes its own way somewhere in the middle.
local function generator(seed)
  local random = random_source(seed)
  local function pick(list) return list[random(#list)] end
  local spaces = { "", "", "", " ", "\n  ", "\t", "\r\n" }
  local gap, after = pick(spaces), pick(spaces)

  local function kind(depth)
    local members = {}
    for i = 1, random(depth == 0 and 14 or 6) - 1 do
      local member = { name = pick(names) .. (random(3) == 1 and random(3) or "") }
      local what = random(6)
      if what == 1 and depth < 3 then
        member.kind, member.list = kind(depth + 1), random(2) == 1
      elseif what <= 3 then
        member.constant = pick(scalars)
      end
      members[i] = member
    end
    return members
  end

  local object
  local function value(member)
    if member.constant and random(30) > 1 then return member.constant end
    if not member.kind or random(20) == 1 then return pick(scalars) end
    if not member.list then return object(member.kind) end
    local items = {}
    for i = 1, random(4) - 1 do items[i] = object(member.kind) end
    return "[" .. concat(items, "," .. after) .. "]"
  end

  function object(members)
    local out = {}
    for _, member in ipairs(members) do
      local chance = random(40)
      if chance > 1 then out[#out + 1] = gap .. '"' .. member.name .. '":' .. after
        .. value(member) end
      if chance == 2 then out[#out + 1] = '"' .. pick(names) .. '":' .. pick(scalars) end
    end
    if random(50) == 1 then out[#out], out[1] = out[1], out[#out] end
    return "{" .. concat(out, ",") .. (random(60) == 1 and " " or "") .. "}"
  end

  local kinds = { kind(0), kind(0) }
  return function(rows)
    local out, usual = {}, pick(kinds)
    for i = 1, rows do out[i] = object(random(10) == 1 and pick(kinds) or usual) end
    return out
  end, random
end

-- Rows that hardly change, as those of a real day, so that what is learnt of them goes furthest:
-- now and then one member is not what it always was.
local function steady_generator(seed)
  local random = random_source(seed)
  local function pick(list) return list[random(#list)] end
  local space = pick{ "", "\n      " }
  local members = {}
  for i, name in ipairs{ "code", "id", "m1", "a", "m2", "name", "m3", "d", "m4", "price", "m5", "c",
    "m6", "zz", "m7", "m8" } do
    members[i] = { name = name, constant = i % 3 == 1 and pick(scalars), texts = i % 3 == 2
      and alike or texts }
  end
  return function(rows)
    local out = {}
    for i = 1, rows do
      local odd, row = random(12) == 1 and random(#members), {}
      for k, member in ipairs(members) do
        local value = k == odd and pick(scalars) or member.constant or pick(member.texts)
        row[k] = space .. '"' .. member.name .. '":' .. value
      end
      out[i] = "{" .. concat(row, ",") .. "}"
    end
    return out
  end, random
end

-- Returns what a decoder of rows found that its types do not say.
local function findings(decoder)
  local found = decoder:findings()
  return { found.unknown_fields or 0, found.missing_fields or 0, found.retyped_fields or 0 }
end

local function add(sum, counts)
  for i = 1, 3 do sum[i] = (sum[i] or 0) + counts[i] end
end

local function document(rows)
  return '{"code":0,"list":[' .. concat(rows, ",") .. '],"message":"ok"}'
end

-- Returns what lua-cjson made, as the decoder has it: nulls in objects absent, arrays marked.
local function like_ours(value, text_is_array)
  if type(value) ~= "table" then return value end
  local out = {}
  local is_array = #value > 0 or text_is_array
  for k, v in pairs(value) do
    if is_array or v ~= cjson.null then out[k] = like_ours(v) end
  end
  return is_array and array(out) or out
end

-- lua-cjson does not tell [] from {}, nor 1 from 1.0: neither does this.
local function coarse(value)
  if type(value) == "number" then return format("%.14g", value) end
  if type(value) == "string" then return format("%q", value) end
  if type(value) ~= "table" then return tostring(value) end
  local out = {}
  for k, v in pairs(value) do out[#out + 1] = coarse(k) .. ":" .. coarse(v) end
  table.sort(out)
  return "{" .. concat(out, ",") .. "}"
end

local function pieces_of(text, size)
  local pieces = {}
  for i = 1, #text, size do pieces[#pieces + 1] = text:sub(i, i + size - 1) end
  return pieces
end

local types = { id = "int", name = "text", a = { a = "int", b = { c = "scaled" } }, b = "int",
  c = "datetime", d = "scaled",
  price = "number", remark = "decimal",
  details = { id = "int", name = "text", a = "datetime", b = { a = "int" }, price = "scaled",
    ["中文"] = "int" },
  ["中文"] = "datetime", ["x y"] = "int", ["end"] = "datetime", name1 = "boolean", name2 = "list",
  ["0"] = "any" }

local options = {
  { path = "list", keys = { "id", "name" }, clock = "a" },
  { path = "list", null = core.null },
  { path = "list", fields = { "id", "details.a", "b.c", "a", "details.b.a" },
    keys = { "id", "c" } },
  { path = "list", as = "json", keys = { "id", "price" }, clock = "c" },
  { path = "list", types = types, keys = { "id", "c" }, clock = "c" },
  { path = "list", types = types, mask = { "name", "b", "details.a", "details.name", "remark" },
    mask_key = "key",
    null = core.null },
  { path = "list", types = types, fields = { "id", "details.a", "details.b", "a", "d", "zz" },
    datetime = function(t, text) return text .. t end },
}

-- Decoders that have seen other rows before make of each row what a new one makes of it.
local function check_warm(rows_of, random)
  local warm, fresh, found, sums = {}, {}, {}, {}
  for i, o in ipairs(options) do warm[i], sums[i] = core.decoder(o), {} end
  for _ = 1, 6 do
    local rows = rows_of(40)
    local text = document(rows)
    for i, o in ipairs(options) do
      local size = random(4) == 1 and random(40) or random(2000)
      local _, out = decoding.feed(warm[i]:reset(), pieces_of(text, size))
      assert.is_nil(out.err and out.err .. "\n" .. text)
      assert.equal(#rows, #out)
      for k, row in ipairs(rows) do
        fresh[row], found[row] = fresh[row] or {}, found[row] or {}
        if not fresh[row][i] then
          local decoder = core.decoder(o)
          local _, single = decoding.feed(decoder, { document{ row } })
          fresh[row][i], found[row][i] = single[1], findings(decoder)
        end
        add(sums[i], found[row][i])
        assert.equal(fresh[row][i], out[k], row)
      end
      assert.same(sums[i], findings(warm[i]))
    end
  end
end

-- And they find what new ones find in rows that are damaged.
local function check_faults(rows_of, random)
  local warm = {}
  for i, o in ipairs(options) do
    warm[i] = core.decoder(o)
    for _ = 1, 2 do decoding.feed(warm[i]:reset(), { document(rows_of(60)) }) end
  end
  for _ = 1, 15 do
    local text = document(rows_of(5))
    local at, what = random(#text), random(4)
    if what == 1 then
      text = text:sub(1, at - 1) .. text:sub(at + 1)
    elseif what == 2 then
      text = text:sub(1, at) .. char(random(256) - 1) .. text:sub(at + 1)
    elseif what == 3 then
      text = text:sub(1, at - 1) .. char(random(256) - 1) .. text:sub(at + 1)
    else
      text = text:sub(1, at)
    end
    for i, o in ipairs(options) do
      local decoder = core.decoder(o)
      local expected = decoding.feed(decoder, { text })
      assert.equal(expected, (decoding.feed(warm[i]:reset(), { text })), text)
      assert.equal(expected, (decoding.feed(warm[i]:reset(), pieces_of(text, random(60)))), text)
      assert.equal(expected, (decoding.feed(decoder:reset(), pieces_of(text, 1))), text)
    end
  end
end

describe("what a decoder has learnt", function()
  it("changes nothing", function()
    for seed = 1, 25 do check_warm(generator(seed)) end
  end)

  it("changes nothing in rows that hardly change", function()
    for seed = 301, 308 do check_warm(steady_generator(seed)) end
  end)

  it("of objects that were always begun as others changes nothing", function()
    local rows = {}
    -- both begin alike, so that the second is only met in the middle of the first
    local function add_row(name, other)
      local members = { '"a":"x' .. #rows .. '"', '"' .. name .. '":"c"' }
      for i = 2, 5 do members[i + 1] = '"k' .. i .. '":"c"' end
      rows[#rows + 1] = other or "{" .. concat(members, ",") .. "}"
    end
    for _ = 1, 20 do add_row("", '{"z":"y"}') end
    for _ = 1, 40 do
      add_row "j1"
      add_row "k1"
      add_row("", '{"z":"y"}')
    end
    for _ = 1, 3 do add_row "k1" end
    local decoder = core.decoder{ path = "l", fields = { "k1" } }
    decoder:feed('{"l":[' .. concat(rows, ",") .. "]}")
    for _, row in ipairs(rows) do assert.equal(row:match '"k1":"(c)"', decoder:next().k1) end
    assert.is_true(decoder:finish())
  end)

  it("agrees with lua-cjson", function()
    for seed = 101, 125 do
      local rows_of = generator(seed)
      local decoder = core.decoder{ path = "list" }
      for _ = 1, 6 do
        local rows = rows_of(40)
        decoder:reset():feed(document(rows))
        local theirs = cjson.decode(document(rows))
        for k, row in ipairs(rows) do
          assert.equal(coarse(like_ours(theirs.list[k])), coarse((decoder:next())), row)
        end
        assert.is_true(decoder:finish())
        assert.same({ code = 0, message = "ok" }, decoder:envelope())
      end
    end
  end)

  it("finds the same faults", function()
    for seed = 201, 230 do check_faults(generator(seed)) end
    for seed = 401, 406 do check_faults(steady_generator(seed)) end
  end)
end)

-- The row without the whitespace between its tokens, one token at a time.
local function packed(row)
  local out, at = {}, 1
  while at <= #row do
    local stop = at
    if row:sub(at, at) == '"' then
      stop = row:find('["\\]', stop + 1)
      while row:sub(stop, stop) == "\\" do stop = row:find('["\\]', stop + 2) end
    end
    local token = row:sub(at, stop)
    if not token:find("^[ \n\r\t]$") then out[#out + 1] = token end
    at = stop + 1
  end
  return concat(out)
end

describe("a row as json", function()
  it("is its own bytes without the space between tokens, whatever else is read of it", function()
    local spaced = 0
    for seed = 301, 315 do
      local rows_of, random = generator(seed)
      local decoder = core.decoder{ path = "list", as = "json", keys = { "a", "id" } }
      for _ = 1, 4 do
        local rows = rows_of(30)
        rows[31] = '{"\\u0061":"\\u4e2d ' .. (" x"):rep(random(4000)) .. '" , "b" : [ 1 ]\n}'
        decoder:reset()
        local n = 0
        for _, piece in ipairs(pieces_of(document(rows), random(3000))) do
          decoder:feed(piece)
          local row, a = decoder:next()
          while row do
            n = n + 1
            assert.equal(packed(rows[n]), row)
            if n == 31 then assert.equal("中  x", a:sub(1, 6)) end
            if #row < #rows[n] then spaced = spaced + 1 end
            row, a = decoder:next()
          end
        end
        assert.is_true(decoder:finish())
        assert.equal(31, n)
      end
    end
    assert.is_true(spaced > 100 and spaced < 15 * 4 * 31)
  end)
end)

describe("a decoder that knows its rows", function()
  local constants = ',"t":"x","u":"","v":"0","w":true}' -- as many as a template is made for
  local known = {}
  for i = 1, 40 do known[i] = format('{"n":%d,"s":"%d"', i, i) .. constants end

  local function feed(decoder, strings)
    local rows = { unpack(known) }
    for _, s in ipairs(strings) do rows[#rows + 1] = '{"n":1,"s":"' .. s .. '"' .. constants end
    return decoding.feed(decoder:reset(), { document(rows) })
  end

  it("reads strings of any length", function()
    local decoder, strings = core.decoder{ path = "list" }, {}
    for n = 0, 100 do
      for _, c in ipairs{ "a", "中", "é", "😀", "　", "\239\191\189" } do
        strings[#strings + 1] = ("x"):rep(n) .. c
        strings[#strings + 1] = ("x"):rep(n % 7) .. c:rep(math.floor(n / #c)) .. "y"
      end
    end
    local _, out = feed(decoder, strings)
    for i, s in ipairs(strings) do assert.equal(format('{"n":1,"s":%q', s) .. constants,
      out[40 + i]) end
  end)

  it("sees what is wrong at any place in them", function()
    local decoder = core.decoder{ path = "list" }
    for _, n in ipairs{ 0, 1, 12, 15, 16, 17, 27, 30, 31, 32, 33, 45, 62, 63, 64, 65 } do
      for _, flaw in ipairs{ "\1", "\31", "\128", "\255", "\192\128", "\224\128\128",
        "\237\160\128", "\228\184", "\240\144\128",
        "\245\128\128\128", "中\173", "\\x", "\\ud800", "\\u12" } do
        for _, filler in ipairs{ "x", "中" } do
          local _, out = feed(decoder, { filler:rep(math.floor(n / #filler)) .. flaw .. "z" })
          assert.equal("syntax", out.code, n .. " " .. format("%q", flaw))
          assert.equal(40, #out)
        end
      end
    end
  end)

  -- the sanitizers look on
  it("stays in its buffer when a string that it skips is cut where the buffer ends", function()
    core.decoder():feed "{" -- has the buffer of those that have ended
    for tail, rest in pairs{ x = '"', ["\\"] = '""', ["\\\\"] = '"', ["中"] = '"', ['"'] = "" } do
      local decoder = core.decoder{ path = "list", fields = { "n" } }
      local text = '{"list":[' .. concat(known, ",") .. ',{"n":41,"s":"'
      decoder:feed(text .. ("x"):rep(65536 - #text - #tail) .. tail) -- its size
      for i = 1, 40 do assert.equal(i, decoder:next().n) end
      assert.is_nil(decoder:next())
      assert.equal(41, decoder:feed(rest .. constants):next().n)
    end
  end)
end)

describe("a decoder that learns", function()
  local function feed_rows(decoder, rows)
    local _, out = decoding.feed(decoder:reset(), { document(rows) })
    assert.is_nil(out.err)
    return out
  end

  it("copes with names that are Lua, and with any byte in them", function()
    local bytes = {}
    for i = 32, 126 do bytes[#bytes + 1] = (i == 34 or i == 92) and "\\" .. char(i) or char(i) end
    local rows = {}
    for i = 1, 40 do
      rows[i] = format(
        [=[{"end":%d,"\"]=os.exit(1),[\"":"x","%s":1,"\u0000\n":2,"中":"']=os.exit(1)--",]=]
        .. [=["__index":null,"a]]":[]}]=],
        i, concat(bytes))
    end
    local decoder = core.decoder{ path = "list" }
    local fresh = select(2, decoding.feed(core.decoder{ path = "list" }, { document{ rows[40] } }))
    assert.equal(fresh[1], feed_rows(decoder, rows)[40])
  end)

  it("takes objects of more members than a Lua function takes arguments", function()
    for _, n in ipairs{ 189, 190, 191, 250, 400, 2000 } do
      local rows = {}
      for i = 1, 30 do
        local members = {}
        for k = 1, n do members[k] = format('"k%d":%s', k, k % 3 == 0 and '"same"' or i * k) end
        rows[i] = "{" .. concat(members, ",") .. "}"
      end
      local decoder = core.decoder{ path = "list" }
      decoder:feed(document(rows))
      for i = 1, 30 do
        local row, count = decoder:next(), 0
        for _ in pairs(row) do count = count + 1 end
        assert.equal(n, count)
        assert.equal(i, row.k1)
        assert.equal(i * (n - n % 3 - 1), row["k" .. n - n % 3 - 1])
        assert.equal("same", row.k3)
      end
    end
  end)

  it("takes more space or less than there was before", function()
    local decoder = core.decoder{ path = "list" }
    local forms = { '{"a":1,"b":"x"}', '{"a": 1,"b":"x"}', '{"a" :1,"b":"x"}', '{"a":1 ,"b":\n"x"}',
      '{ "a":1,"b":"x" }' }
    local rows = {}
    for i = 1, 50 do rows[i] = forms[i * 7 % #forms + 1] end
    for _, row in ipairs(feed_rows(decoder, rows)) do assert.equal('{"a":1,"b":"x"}', row) end
  end)

  it("sees constants change at any time, to anything", function()
    local decoder = core.decoder{ path = "list" }
    local others = { '"y"', '"xx"', '""', "null", "1", "[]", "{}", '{"a":"x"}', "true",
      '"\\u0078"', '"x" ', '"' .. ("z"):rep(300) .. '"' }
    for round = 1, 12 do
      local rows = {}
      for i = 1, 60 do
        local members = { format('"id":%d', i) }
        for k = 1, 12 do
          local odd = (i * 7 + k * 13 + round) % 97 == 0
          members[#members + 1] = format('"k%d":%s', k, odd
            and others[(i + k + round) % #others + 1] or '"x"')
        end
        rows[i] = "{" .. concat(members, ",") .. "}"
      end
      local out = feed_rows(decoder, rows)
      for i, row in ipairs(rows) do
        local _, fresh = decoding.feed(core.decoder{ path = "list" }, { document{ row } })
        assert.equal(fresh[1], out[i])
      end
    end
  end)

  it("stays bounded when each row brings new names", function()
    local decoder = core.decoder{ path = "list" }
    decoder:feed '{"list":['
    local count = 0
    for i = 1, 3000 do
      local members = {}
      for k = 1, 30 do members[k] = format('"n%d_%d":{"m%d":"v","w%d":[{"x%d":1}]}', i, k, i, i,
        i) end
      decoder:feed((i > 1 and "," or "") .. "{" .. concat(members, ",") .. "}")
      local row = decoder:next()
      assert.equal("v", row["n" .. i .. "_7"]["m" .. i])
      if i == 1000 then
        collectgarbage()
        collectgarbage()
        count = collectgarbage "count"
      end
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" < count + 100)
  end)
end)
