-- The clock of a decoder: the member whose time is told after each row.
local beijing = require "wdt.beijing"
local core = require "wdt.core"

local floor = math.floor
local math_type = math.type or type -- luacheck: ignore (5.3 and later)

-- The time that a value shows, as the decoder hands the value on.
local function time_of(value)
  if type(value) == "number" then return floor(value > 1e11 and value / 1000 or value) end
  return beijing.parse(value)
end

-- Returns what is told after the one row whose members are `json`.
local function told(json, options)
  options.path = "l"
  local decoder = core.decoder(options)
  assert(decoder:feed('{"l":[{' .. json .. "}]}"))
  local row, a, b, c = decoder:next()
  assert(row ~= nil, a)
  assert.is_true(decoder:finish())
  return a, b, c
end

-- Ways to read the same rows, none of which is to change the time.
local ways = {
  whole = {}, elsewhere = { fields = { "id" } }, field = { fields = { "t" } },
  json = { as = "json" },
  typed = { types = { t = "datetime", id = "int" }, datetime = function(_, text) return {
    text } end },
  masked = { mask = { "t" }, mask_key = "key" }, null = { null = "2024-11-11 00:00:00" },
}

local function each_way(see)
  for name, way in pairs(ways) do
    local options = {}
    for k, v in pairs(way) do options[k] = v end
    see(options, name)
  end
end

local good = "2024-11-11 23:59:58"

local values = { "null", "true", "false", "{}", "[]", '["' .. good .. '"]', '""',
  '"0000-00-00 00:00:00"', '"2024-11-11"',
  '"2024-02-29 00:00:00"', '"2023-02-29 00:00:00"', '"0000-01-01 00:00:00"',
  '"9999-12-31 23:59:59"', '"2024-11-11 24:00:00"',
  '"2024-11-11 23:60:00"', '"2024-11-11 23:59:60"', '"2024-11-00 00:00:00"',
  '"2024-00-11 00:00:00"', '"2024-13-11 00:00:00"',
  '"2024-11-31 00:00:00"', '"2024-11-11T23:59:58"', '" ' .. good .. '"', '"' .. good .. ' "',
  '"' .. good .. '0"',
  '"2024\\u002d11-11 23:59:58"', '"2024-11-11 23:59:5\\u0000"', '"2024-11-11 23:59:5\\u00e9"',
  '"1731340798"', '"1731340798000"',
  "0", "-0", "-0.0", "-1", "-0.5", "0.5", "1731340798", "1731340798.9", "1731340798000",
  "1731340798999", "1731340798999.5",
  "-1731340798000", "99999999999", "100000000000", "100000000001", "100000000000.5",
  "99999999999.5", "99999999999999",
  "100000000000000", "9007199254740993", "-9007199254740993", "9223372036854775807",
  "-9223372036854775808",
  "12345678901234567890", "1e11", "1.0e12", "1e15", "1e300", "-1e300", "1e-5", "1e999" }

describe("the clock of a decoder", function()
  it("tells the time of a text, of seconds and of milliseconds, and nil of anything else",
    function()
    local times = 0
    for _, json in ipairs(values) do
      each_way(function(options, name)
        options.clock, options.keys = "t", { "t" }
        local time, value = told('"id":1,"t":' .. json .. ',"u":2', options)
        assert.equal(time_of(value), time, name .. " " .. json)
        assert.equal(math_type(time_of(value)), math_type(time), name .. " " .. json)
        options.keys = nil
        assert.equal(time, told('"id":1,"t":' .. json .. ',"u":2', options), name .. " " .. json)
        if time then times = times + 1 end
      end)
    end
    assert.is_true(times > 100)
    assert.equal(beijing.parse(good), told('"t":"' .. good .. '"', { clock = "t" }))
    assert.equal(1731340798, told('"t":1731340798999', { clock = "t" }))
  end)

  it("takes no text for a time that is not exactly one", function()
    for i = 1, #good do
      for _, other in ipairs{ "/", ":", "x", " ", "9:", "" } do
        local text = good:sub(1, i - 1) .. other .. good:sub(i + 1)
        local time = told('"t":"' .. text .. '"', { clock = "t" })
        assert.equal(text == good and beijing.parse(good) or nil, time, text)
      end
    end
  end)

  it("does not take a day for the one before", function()
    local decoder = core.decoder{ path = "l", clock = "t" }
    local texts, rows = { "2026-11-20 23:59:59", "2026-11-31 00:00:00", "2026-11-20 00:00:00",
      "2026-11-21 00:00:00",
      "2026-11-2x 00:00:00", "2026-11-21 00:00:01", "2026-12-21 00:00:01", "2027-12-21 00:00:01" },
      {}
    for i, text in ipairs(texts) do rows[i] = '{"t":"' .. text .. '"}' end
    decoder:feed('{"l":[' .. table.concat(rows, ",") .. "]}")
    for _, text in ipairs(texts) do
      assert.equal(beijing.parse(text), select(2, decoder:next()), text)
    end
  end)

  it("takes no NULs for a day, before it has read one", function()
    assert.is_nil(told('"t":"' .. ("\\u0000"):rep(10) .. ' 00:00:05"', { clock = "t" }))
  end)

  it("stands before the keys, whether it is one of them or not", function()
    local json, time = '"a":1,"t":"' .. good .. '","b":"x"', beijing.parse(good)
    each_way(function(options, name)
      options.clock = "t"
      options.keys = { "a", "b" }
      assert.same({ time, 1, "x" }, { told(json, options) }, name)
      options.keys = { "b", "t" }
      assert.same({ time, "x", good }, { told(json, options) }, name)
    end)
  end)

  it("tells nil where there is no time: of another row, and of what is no object", function()
    local decoder = core.decoder{ path = "l", clock = "t", keys = { "id" } }
    decoder:feed('{"l":[{"id":1,"t":5},{"id":2},7,[6],{"t":{"t":7},"id":3},'
      .. '{"t":8,"id":4,"t":null},{"t":1,"t":9}]}')
    for _, expected in ipairs{ { 5, 1 }, { nil, 2 }, {}, {}, { nil, 3 }, { nil, 4 }, { 9 } } do
      local row, time, id = decoder:next()
      assert.is_truthy(row)
      assert.equal(expected[1], time)
      assert.equal(expected[2], id)
    end
    assert.is_true(decoder:finish())
  end)

  it("has room beside eight keys", function()
    local keys, members = {}, {}
    for i = 1, 8 do keys[i], members[i] = "k" .. i, ('"k%d":%d'):format(i, i) end
    local decoder = core.decoder{ path = "l", clock = "t", keys = keys }
    decoder:feed('{"l":[{' .. table.concat(members, ",") .. ',"t":"' .. good .. '"}]}')
    assert.same({ beijing.parse(good), 1, 2, 3, 4, 5, 6, 7, 8 }, { select(2, decoder:next()) })
  end)

  it("is a name", function()
    for _, wrong in ipairs{ "", 1, true, {} } do
      assert.error_matches(function() core.decoder{ clock = wrong } end,
        "parameter 'clock' is a %w+, expected a name")
    end
  end)
end)
