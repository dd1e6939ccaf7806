-- The formats and the other small parts of the command, each by itself.
local beijing = require "wdt.beijing"
local account = require "wdt.cli.account"
local cjson = require "cjson"
local columns = require "wdt.format.columns"
local core = require "wdt.core"
local csv = require "wdt.format.csv"
local exits = require "wdt.cli.exits"
local fields = require "wdt.format.fields"
local json = require "wdt.json"
local json_format = require "wdt.format.json"
local ndjson = require "wdt.format.ndjson"
local options = require "wdt.cli.options"
local progress = require "wdt.cli.progress"
local export = require "wdt.cli.export"
local quote = require "wdt.shell".quote
local table_format = require "wdt.format.table"
local shell = require "support.shell"
local wording = require "wdt.cli.words"

local METHOD = "stockout_order_query_trade"

local function list(t) return setmetatable(t, core.array_mt) end

-- Returns what a format makes of rows: its text, what it said.
local function written(format, rows, o)
  local parts, said = {}, {}
  o = o or {}
  o.write = function(...)
    for _, piece in ipairs{ ... } do parts[#parts + 1] = piece end
  end
  o.say = function(words, ...) said[#said + 1] = words.en:format(...) end
  o.refuse = function(path) error("refused " .. path, 0) end
  local one = format.new(o)
  for _, row in ipairs(rows) do one:row(row) end
  if not o.unfinished then one:finish() end
  return table.concat(parts), table.concat(said, "\n")
end

describe("json", function()
  it("writes every value, names in order, and lua-cjson reads the same", function()
    local value = { b = list{ 1, "x", true, core.null, list{}, {} }, a = "tab\t\"quote\" \\ \1 中",
      c = { d = -0.5, e = false } }
    local text = '{"a":"tab\\t\\"quote\\" \\\\ \\u0001 '
      .. '中","b":[1,"x",true,null,[],{}],"c":{"d":-0.5,"e":false}}'
    assert.equal(text, json.encode(value))
    local read = cjson.decode(json.encode(value, true))
    assert.equal(value.a, read.a)
    assert.equal(6, #read.b)
    assert.equal(cjson.null, read.b[4])
    assert.equal('{\n  "a": [\n    1,\n    {\n      "b": []\n    }\n  ]\n}',
      json.encode({ a = list{ 1, { b = list{} } } }, true))
    assert.equal('[1,[2]]', json.encode{ 1, { 2 } })
    assert.equal("{}", json.encode{})
  end)

  it("rounds no number", function()
    for text, n in pairs{ ["0.1"] = 0.1, ["9007199254740993"] = 9007199254740992 + 1,
      ["123456789012345"] = 123456789012345,
      ["0.30000000000000004"] = 0.1 + 0.2, ["-7"] = -7, ["1e+300"] = 1e300,
      ["12345.678901234567"] = 12345.678901234567 } do
      if n == 9007199254740992 then text = "9007199254740992" end -- where there are no integers
      assert.equal(text, json.number(n))
      assert.equal(n, tonumber(json.number(n)))
    end
  end)

  it("writes rows as bytes or as tables, and is closed only when it is finished", function()
    assert.equal("[]\n", (written(json_format, {})))
    assert.equal('[\n{"a":1},\n{"a":2}\n]\n', (written(
      json_format, { '{"a":1}', '{"a":2}' }, { raw = true })))
    assert.equal('[\n{"a":1}', (written(json_format, { { a = 1 } }, { unfinished = true })))
    assert.equal(',\n{"a":2}\n]\n', (written(json_format, { { a = 2 } }, { continued = true })))
    assert.equal('{"a":1}\n{"b":[]}\n', (written(ndjson, { { a = 1 }, { b = list{} } })))
    assert.equal('{"a":1.50}\n', (written(ndjson, { '{"a":1.50}' }, { raw = true })))
  end)
end)

describe("csv", function()
  it("quotes what has to be quoted, and lets no text begin a formula", function()
    for text, cell in pairs{ ["a"] = "a", [""] = "", ["a,b"] = '"a,b"', ['a"b'] = '"a""b"',
      ["a\nb"] = '"a\nb"',
      ["a\rb"] = '"a\rb"',
      ["=1+1"] = "'=1+1", ["=A1,B1"] = "\"'=A1,B1\"", ["+86 13"] = "'+86 13", ["-x"] = "'-x",
      ["@a"] = "'@a", ["\ta"] = "'\ta",
      ["\ra"] = "\"'\ra\"", ["\na"] = "\"'\na\"", ["-12.5"] = "-12.5", ["-7"] = "-7", ["-"] = "'-",
      ["-1-1"] = "'-1-1",
      ["a=b"] = "a=b",
      ["\0=1"] = "'\0=1", ["＝1"] = "'＝1", ["＋1"] = "'＋1", ["－1"] = "'－1", ["＠a"] = "'＠a",
      ["（a）"] = "（a）",
      ["-12.5e3"] = "'-12.5e3", ["北京"] = "北京" } do
      assert.equal(cell, csv.cell(text))
    end
  end)

  it("has the fields that were asked for, in their order", function()
    local rows = { { b = "x", a = 1.5, d = list{} },
      { a = true, b = core.null, d = list{ 1 }, o = { x = "in" } } }
    assert.equal("b,a,d,o.x\r\nx,1.5,[],\r\n,true,[1],in\r\n",
      (written(csv, rows, { fields = { "b", "a", "d", "o.x" } })))
  end)

  it("repeats a row for each member of a list", function()
    local rows = { { id = 1, l = list{ { s = "a", n = 2 }, { s = "b" } } }, { id = 2, l = list{} },
      { id = 3 } }
    local expected = "id,l.s,l.n\r\n1,a,2\r\n1,b,\r\n2,,\r\n3,,\r\n"
    assert.equal(expected, (written(csv, rows, { fields = { "id", "l.s", "l.n" } })))
    assert.equal(expected, (written(csv, rows, { fields = { "id", "l.s", "l.n" }, explode = "l" })))
    assert.has_error(function() written(csv, { { l = list{ {} }, m = list{ { x = 1 } } } },
      { fields = { "l.s", "m.x" } }) end,
      "refused m.x")
  end)

  it("knows the fields of a method, else takes those of the first row; and tells what it left out",
    function()
    local text, said = written(csv, { { order_no = "CK1", details_list = list{},
      brand_new = "x" } }, { method = METHOD })
    assert.truthy(text:find("^stockout_id,order_no,src_order_no,"))
    assert.truthy(text:find("\r\n,CK1,,"))
    assert.equal("fields without a column: brand_new, details_list (--explode, --fields)", said)
    text, said = written(csv, { { b = 1, a = 2, l = list{ { y = 1, x = 2 } } }, { a = 3, c = 4 } },
      { method = "no_such_method",
      explode = "l" })
    assert.equal("a,b,l.x,l.y\r\n2,1,2,1\r\n3,,,\r\n", text)
    assert.equal("fields without a column: c", said:match "^[^(]+%f[ ]")
    text = written(csv, { {} }, { method = METHOD, explode = "details_list" })
    assert.truthy(text:find(",details_list.spec_no,", 1, true))
  end)

  it("writes rows from the bytes that came as it writes their tables", function()
    local documents = { '{"b":1,"a":"x,","l":[{"y":1,"x":"001"},{"y":null}],"s":[]}',
      ' { "l" : [] , "new":null, "a":"=1" , "b" : 12345678901234567890 } ',
      '{"a":"0012","new":{"p":1}}', '{"a":3,"new":7}', '{"a":{"q":[1]},"b":false}',
      '{"a":1,"a":2,"l":{"x":4}}', '{"newer":"x","b":2.50}' }
    local rows = {}
    for i, bytes in ipairs(documents) do
      local decoder = core.decoder{ path = "rows" }
      decoder:feed('{"rows":[' .. bytes .. "]}")
      rows[i] = decoder:next()
    end
    for _, o in ipairs{ { explode = "l" }, { explode = "l", excel = true }, {},
      { fields = { "b", "l.x" } }, { fields = { "a", "b" }, excel = true },
      { method = METHOD, explode = "details_list", shared = true } } do
      local function of(list_of_rows)
        local copy = {}
        for name, value in pairs(o) do copy[name] = value end
        return { written(csv, list_of_rows, copy) }
      end
      local expected = of(rows)
      assert.is_true(select(2, expected[1]:gsub("\r\n", "")) >= #rows)
      assert.same(expected, of(documents))
    end
  end)

  it("tells of bytes that are no row", function()
    local damage
    local text = written(csv, { '{"a":1}', '{"a":}', '{"a":2}' }, { fields = { "a" },
      damaged = function(...) damage = { ... } end })
    assert.equal("a\r\n1\r\n2\r\n", text)
    assert.equal("syntax", damage[2])
    assert.truthy(damage[1]:find "^syntax: ")
  end)

  it("has a head without rows, a mark for Excel, labels, and no second head when it is continued",
    function()
    assert.equal("\239\187\191order_no,status\r\n", (
      written(csv, {}, { fields = { "order_no", "status" }, bom = true })))
    assert.equal("出库单号,出库单状态,货品列表节点.商家编码,other\r\n",
      (written(csv, {}, { method = METHOD, header = "label",
      fields = { "order_no", "status", "details_list.spec_no", "other" } })))
    assert.equal("1\r\n", (written(csv, { { a = 1 } },
      { fields = { "a" }, continued = true, bom = true })))
  end)
end)

describe("the table", function()
  local function rows(n)
    local all = {}
    for i = 1, n do all[i] = { a = ("x"):rep(i % 7), b = "中文" .. i, c = list{} } end
    return all
  end

  it("lines up, piece by piece, and never holds more than one", function()
    local most, chars = 0, {}
    local one = table_format.new{ fields = { "a", "b" }, say = error,
      write = function(...) chars[#chars + 1] = table.concat{ ... } end }
    for _, row in ipairs(rows(250)) do
      one:row(row)
      most = math.max(most, #one.lines)
    end
    one:finish()
    assert.equal(99, most)
    local lines, at = 0, nil
    for line in table.concat(chars):gmatch "[^\n]+" do
      lines = lines + 1
      local before = line:match "^(.-)中文" or line:match "^(.*)b$"
      at = at or columns.width(before)
      assert.equal(at, columns.width(before), line)
    end
    assert.equal(251, lines)
  end)

  it("shows as many fields as fit, and says so", function()
    local text, said = written(table_format, { { order_no = "CK1" } },
      { method = METHOD, width = 40 })
    assert.equal("stockout_id  order_no  src_order_no\n             CK1       \n", text)
    assert.truthy(said:find("^3 of %d%d fields are shown; %-%-fields chooses them$"), said)
    -- Where a row has fields of usual names, those that a person looks at first.
    local row = { order_no = "CK1", consign_time = "2026-11-01 10:00:00", shop_name = "甲店",
      paid = "1.00", details_list = list{ { goods_name = "茶" }, { goods_name = "杯" } } }
    assert.equal("order_no  consign_time         shop_name  details_list.goods_name  paid\n"
      .. "CK1       2026-11-01 10:00:00  甲店       茶 +1                    1.00\n",
      (written(table_format, { row }, { method = METHOD, width = 99 })))
    -- names and titles are cut before a column is left out, no time and no number is
    assert.equal("order_no  consign_time         shop_name  details_l…  paid\n"
      .. "CK1       2026-11-01 10:00:00  甲店       茶 +1       1.00\n",
      (written(table_format, { row }, { method = METHOD, width = 58 })))
    -- where nearly none fits, rows are folded
    assert.equal("-- 1 --\norder_no   CK1\nconsign_…  2026-11-01 10:00:00\nshop_name  甲店\n"
      .. "details_…  茶 +1\npaid       1.00\n",
      (written(table_format, { row }, { method = METHOD, width = 30 })))
  end)

  it("folds rows whose chosen fields do not fit", function()
    local row = { order_no = "CK1", shop_name = "甲店", paid = "12345678.1234" }
    local o = { fields = { "order_no", "shop_name", "paid" }, width = 24 }
    assert.equal("-- 1 --\norder_no   CK1\nshop_name  甲店\npaid       12345678.1234\n-- 2 --\n"
      .. "order_no   CK1\nshop_name  甲店\npaid       12345678.1234\n",
      (written(table_format, { row, row }, o)))
    o.width = 99
    assert.truthy(written(table_format, { row }, o):find "^order_no  shop_name  paid\n")
  end)

  it("says what it needs to", function()
    assert.equal("no rows", select(2, written(table_format, {}, { method = METHOD })))
    assert.equal("order_no\nCK1\n", (written(table_format, { { order_no = "CK1" } },
      { fields = { "order_no" }, width = 3 })))
    -- A terminal that does not tell its width is taken to be an ordinary one.
    assert.equal(select(2, written(table_format, rows(1), { width = 0 })),
      select(2, written(table_format, rows(1))))
  end)
end)

describe("what a terminal is shown", function()
  local ODD = "a\27]0;title\7\8b\127\194\155c\226\128\174d\226\129\166e\0"

  it("has no control characters but lines", function()
    assert.equal(("a�]0;title��b��c�d�e�"), columns.plain(ODD))
    assert.equal("甲\t乙\n丙\n�丁", columns.plain "甲\t乙\r\n丙\n\r丁")
  end)

  it("has none at all in a cell", function()
    assert.equal("a ]0;title  b  c d e ", columns.clip(ODD, 99))
    assert.equal("x y", columns.clip("x\ny", 99))
  end)
end)

describe("fields", function()
  it("has an object's members, and one that is no list", function()
    local f = fields.new{ fields = { "a.b", "c" } }
    assert.same({ { "1", "x" } }, f:lines{ a = { b = 1 }, c = "x" })
    assert.same({ { "", "" } }, f:lines{})
    assert.same({ "a.b", "c" }, f:titles())
  end)
end)

describe("the command line that goes on", function()
  local function command(line, continued)
    local argv = {}
    for word in line:gmatch "%S+" do argv[#argv + 1] = word:gsub("_", " ") end
    return export.resumed(argv, 1793462400, 1793548799, continued)
  end
  local TIMES = "--start '2026-11-01 00:00:00' --stop '2026-11-01 23:59:59'"

  it("keeps all but the time", function()
    assert.equal("wdt stockouts " .. TIMES, command "stockouts --last 24h")
    assert.equal("wdt stockouts " .. TIMES .. " --status 95,110 -o 'a b'",
      command "stockouts --start=1 --status 95,110 --stop 2 -o a_b")
    assert.equal("wdt records " .. TIMES .. " --continue -p x=1 -o f -- m",
      command("records --day x -p x=1 -o f --continue -- m", true))
    assert.equal("'it'\\''s'", quote "it's")
  end)
end)

describe("the configuration file", function()
  it("holds profiles of settings, numbers and tables of them", function()
    local profiles =
      account.parse(
      "\239\187\191# a comment\r\n[default]\r\nedition = enterprise\r\nappsecret = a=b;c #d\r\n"
      .. "rate=30\r\n; another\n\n[shop 2]\nrate = 60\nrate.shop_query = 10\ntimeout.total = "
      .. "90\nlanes = x\n"
      .. "sid =  旗舰店 \n[shop3]\nrate.a = 1\nrate = 5\n")
    assert.same({ edition = "enterprise", appsecret = "a=b;c #d", rate = 30 }, profiles.default)
    assert.same({ rate = { default = 60, shop_query = 10 }, timeout = { total = 90 }, lanes = "x",
      sid = "旗舰店" },
      profiles["shop 2"])
    assert.same({ rate = { default = 5, a = 1 } }, profiles.shop3)
  end)

  it("says in which line it is wrong, and shows no value", function()
    for text, expected in pairs{ ["appsecret = hush"] = "line 1 stands before the first [profile]",
      ["[a]\n\nappsecret hush"] = "line 3 is neither [profile] nor name = value",
      ["[a]\nappsecret = hush\n[b]\nappsecret = x\n[ a ]\nappsecret = hush2"] =
        "lines 2 and 6 both say appsecret" } do
      local profiles, err = account.parse(text)
      assert.is_nil(profiles)
      assert.equal(expected, err)
    end
  end)
end)

describe("what an option takes", function()
  local function refused(convert, text)
    local value, err = convert(text)
    assert.is_nil(value)
    assert.is_string(err)
    return err
  end

  it("times, lengths, lists, numbers, parameters", function()
    local from = options.moment "00:00:00"
    for _, text in ipairs{ "2026-11-01", "2026-11-01 00:00:00", "2026-11-01T00:00", "1793462400",
      "2026/11/1", "2026/11/01 0:00",
      "2026-11-1 0:00:00" } do
      assert.equal(1793462400, from(text))
    end
    -- no seconds of 1970
    for _, text in ipairs{ "20261101", "20261101000000", "2026", "2026/13/1", "2026/1/1x" } do
      assert.truthy(refused(from, text):find("'" .. text .. "' is no time", 1, true))
    end
    assert.equal("2026-11-01", options.day "2026/11/1")
    assert.equal(1793548799, options.moment "23:59:59" "2026-11-01")
    assert.truthy(refused(from, "2026-02-30"):find("'2026-02-30' is no time", 1, true))
    assert.equal(5400, options.duration "90m")
    assert.equal(7 * 86400, options.duration "7d")
    assert.equal(14 * 86400, options.duration "2w")
    for _, text in ipairs{ "2026-10-31T16:00:00Z", "2026-11-01T00:00:00+08:00", "2026-10-31 16:00Z",
      "2026-10-31T11:00:00.123-05:00", "2026-10-31T16:00:00+0000" } do
      assert.equal(1793462400, from(text), text)
    end
    refused(from, "2026-10-31T16:00:00+25:00")
    local today = beijing.format(os.time()):sub(1, 10)
    assert.equal(today, options.day "today")
    assert.equal(beijing.parse(today .. " 00:00:00"), from "Today")
    assert.equal(86400, from "today" - from "yesterday")
    assert.same({ 1793462400, 1796054399 }, options.month "2026-11")
    assert.same({ 1796054400, 1798732799 }, options.month "2026/12")
    for _, text in ipairs{ "2026", "2026-13", "2026-11-01", "x" } do
      refused(options.month, text)
    end
    for _, text in ipairs{ "0h", "h", "1y", "-1h" } do refused(options.duration, text) end
    refused(options.day, "2026-13-01")
    assert.same({ "95", "110" }, options.list "95,110")
    assert.same({ "95", "110", "a b", "c" }, options.list " 95， 110、a b ,c,")
    for _, text in ipairs{ ",", " ， " } do refused(options.list, text) end
    assert.equal(0, options.count "0")
    for _, text in ipairs{ "-1", "1.5", "x", "", "1e3", "12345678901234567890" } do
      refused(options.count, text) end
    refused(options.positive, "0")
    assert.same({ "a", "b=c" }, options.parameter "a=b=c")
    assert.same({ "a", list{ 1, core.null } }, options.parameter "a:=[1,null]")
    assert.truthy(refused(options.parameter, "a:=[1"):find "^not JSON: ")
    refused(options.parameter, "a")
    assert.truthy(refused(options.json, "{} x"):find "^not JSON: ")
    assert.same({ a = 1, b = true, c = "x" }, options.assignments "a=1,b=true,c=x")
    refused(options.assignments, "a=1,b")
  end)
end)

describe("the progress line", function()
  local function line(elapsed, facts, language)
    local app = { now = function() return 0 end,
      text = function(_, texts) return texts[language or "en"] end,
      filled = function(app, texts, ...) return wording.format(app:text(texts), ...) end }
    local one = progress.new(app, true)
    one.facts = facts
    return one:line(elapsed)
  end

  it("tells what is known, and nothing else", function()
    assert.equal("", line(5, {}))
    assert.equal("25% · 1,234,567 rows · 61,728/s · 12 calls · 1:00 left",
      line(20, { done = 0.25, rows = 1234567, calls = 12 }))
    assert.equal("shipped · 50% · waiting 1:02:05 for the rate",
      line(0.5, { label = "shipped", done = 0.5, waiting = 3725 }))
    assert.equal("3 rows · again in 0:07 after a failure", line(0, { rows = 3, again = 7 }))
    assert.equal("50% · 9 条 · 剩余 0:02", line(2, { done = 0.5, rows = 9 }, "zh"):gsub(
      " · %d+ 条/秒", "") .. "")
  end)
end)

it("every code of the library has an exit status, and every exit is told in both languages",
  function()
  local text, n = shell.read(shell.root .. "/lua/wdt/error.lua"), 0
  for cell in text:gmatch "\n%-%- |( `[^|]+)|" do
    for code in cell:gmatch "`(%w+)`" do
      n = n + 1
      assert.is_true(code == "closed" or exits.status(code) ~= 70, code)
    end
  end
  assert.is_true(n > 15)
  local last = -1
  for _, exit in ipairs(exits.list) do
    assert.is_true(exit.status > last and #exit.en > 0 and #exit.zh > 0)
    last = exit.status
  end
  for code, advice in pairs(exits.ADVICE) do
    assert.is_true(code == "internal" or exits.status(code) ~= 70, code)
    assert.is_true(#advice.en > 0 and #advice.zh > 0)
  end
end)
