-- Workbooks of Excel, read back by another program.
local cjson = require "cjson"
local command = require "support.command"
local core = require "wdt.core"
local shell = require "support.shell"
local workbook = require "support.workbook"
local xlsx = require "wdt.format.xlsx"
local quote = shell.quote

local METHOD = "stockout_order_query_trade"
local ID = "6923450657123456789"

local folder, path
setup(function()
  folder = shell.folder()
  path = folder .. "/a.xlsx"
end)
teardown(function() shell.must("rm -rf " .. quote(folder)) end)

local function list(t) return setmetatable(t, core.array_mt) end

-- Returns the rows of a workbook, and what was said.
local function written(rows, o)
  local said = {}
  o.path = path
  o.say = function(words, ...) said[#said + 1] = words.en:format(...) end
  o.fail = function(words) error(words.en, 0) end
  o.refuse = function(one) error("refused " .. one, 0) end
  local one = xlsx.new(o)
  for _, row in ipairs(rows) do one:row(row) end
  one:finish()
  return workbook.read(path)[1], table.concat(said, "\n")
end

local function number(text) return { number = text } end

describe("xlsx", function()
  it("has Chinese headings, long numbers as text, and amounts as numbers", function()
    local rows = written({ { stockout_id = ID, order_no = "007", details_list = list{
      { spec_no = "=1+1", goods_count = "2.0000", share_amount = "9.95" },
      { spec_no = "甲😀", goods_count = "1234567890123456.5", share_amount = "" } } } },
      { method = METHOD, header = "label", explode = "details_list", fields = { "stockout_id",
        "order_no", "details_list.spec_no", "details_list.goods_count",
        "details_list.share_amount" } })
    assert.same({ "出库单主键id", "出库单号", "货品列表节点.商家编码", "货品列表节点.货品数量",
      "货品列表节点.分摊后合计应收" }, rows[1])
    assert.same({ ID, "007", "=1+1", number "2", number "9.95" }, rows[2])
    assert.same({ ID, "007", "甲😀", "1234567890123456.5", cjson.null }, rows[3])
  end)

  it("keeps what a text holds, and a number to its last digit or as text", function()
    local texts = { " a ", "a\tb\nc", "<&>\"'", "_x0041_x0042_", "2026-11-01", "1e5", "-", "0" }
    local row, fields = {}, {}
    for i, text in ipairs(texts) do
      fields[i] = ("f%02d"):format(i)
      row[fields[i]] = text
    end
    local rows = written({ row }, { fields = fields })
    texts[4] = "_x005F_x0041_x005F_x0042_" -- as the format escapes what looks like an escape
    assert.same(texts, rows[2])
    rows = written({ { a = 0.1, b = 123456789012345, c = -7, d = true, e = core.null } },
      { fields = { "a", "b", "c", "d", "e" } })
    assert.same({ number "0.1", number "123456789012345", number "-7", "true", cjson.null },
      rows[2])
    for text, n in pairs{ ["9.9500"] = 9.95, ["-0.01"] = -0.01, ["0"] = 0,
      ["123456789012.345"] = 123456789012.345, ["007"] = false, ["1e5"] = false, ["5."] = false,
      ["1234567890123.4567"] = false, ["9007199254740993"] = false, [""] = false } do
      assert.equal(n or nil, xlsx.number(text))
    end
  end)

  it("goes on in a further sheet where one is full, under the same heading", function()
    local book = assert(xlsx.book(path, { "编号" }, 4))
    for i = 1, 7 do assert(book:row({ "n" .. i }, 1)) end
    assert(book:close())
    assert.same({ { { "编号" }, { "n1" }, { "n2" }, { "n3" } },
      { { "编号" }, { "n4" }, { "n5" }, { "n6" } }, { { "编号" }, { "n7" } } }, workbook.read(path))
  end)

  it("names the cell that a workbook can't hold, and gives everything back", function()
    local function open_files()
      return shell.must("ls -l /proc/" .. require "wdt.posix".pid()
        .. "/fd | grep -c deleted; true")
    end
    local before = open_files()
    for text, wrong in pairs{ [("中"):rep(32768)] = "row 2, column 2 has more than 32767 characters",
      ["\255"] = "row 2, column 2 is no text", ["a\0b"] = "row 2, column 2 is no text",
      ["\237\160\128"] = "is no text", ["\239\191\191"] = "is no text" } do
      local book = assert(xlsx.book(path, { "a", "b" }))
      local ok, err = book:row({ "1", text }, 2)
      assert.is_nil(ok)
      assert.truthy(err:find(wrong, 1, true), err)
      book:free()
      book:free()
      assert.same({ nil, "the book is closed" }, { book:row({}, 0) })
      assert.same({ nil, "the book is closed" }, { book:close() })
    end
    assert.equal(before, open_files())
    assert.has_error(function() require "wdt.xlsx".new(path, {}) end,
      "parameter 'titles' is a table, expected a list of 1 to 16384 texts")
    assert.has_error(function() require "wdt.xlsx".new(path, { "a" }, 1) end,
      "parameter 'rows' is a number, expected at least 2")
  end)

  -- The process may write files of so many blocks of 512 bytes.
  local FULL = [[(ulimit -f %d; trap '' XFSZ; exec %s -e '
    local xlsx = require "wdt.format.xlsx"
    local book = assert(xlsx.book(%q, { "a" }))
    for i = 1, %d do
      local ok, err = book:row({ "text" }, 1)
      if not ok then io.stdout:write("row: ", err) os.exit(0) end
    end
    local ok, err = book:close()
    io.stdout:write(tostring(ok), " ", tostring(err))')]]

  it("fails where the disk is full, whichever of the library's files that meets", function()
    local variables = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
      LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false }
    local told = {}
    for rows = 580, 600 do
      local out = shell.must(FULL:format(80, shell.lua, path, rows), variables)
      told[#told + 1] = out:match "^%S+"
      if out == "true nil" then assert.equal(rows + 1, #workbook.read(path)[1]) end
    end
    told = table.concat(told, " ")
    assert.truthy(told:find "^true .*nil$", told)
    local out = shell.must(FULL:format(80, shell.lua, path, 100000), variables)
    assert.truthy(out:find("row: a temporary file can't be written", 1, true), out)
  end)

  local MANY = [[
    local xlsx, core = require "wdt.format.xlsx", require "wdt.core"
    local o = { path = %q, method = "stockout_order_query_trade", header = "label",
      explode = "details_list", say = function() end, fail = function(w) error(w.en) end }
    local format = xlsx.new(o)
    local decoder = core.decoder{ path = "rows" }
    for i = 1, 50000 do
      local line = '{"spec_no":"A%%d","goods_name":"苹果 12 个装","goods_count":"2.0000",'
        .. '"sell_price":"19.9000","share_amount":"39.8000"}'
      decoder:feed(('{"rows":[{"stockout_id":"6923450657123456789","order_no":"CK%%d",'
        .. '"shop_name":"旗舰店","details_list":[' .. line .. "," .. line .. "]}]}"):format(i, i, i))
      format:row(decoder:next())
      decoder:reset()
    end
    format:finish()
    for text in io.lines "/proc/self/status" do
      if text:find "^VmHWM" then print(text:match "%%d+") end
    end]]

  it("writes 100,000 lines in 40 MB #memory", function()
    shell.write(folder .. "/many.lua", MANY:format(path))
    local out = shell.must(shell.lua .. " " .. quote(folder .. "/many.lua"), { LUA_INIT = false,
      LUA_PATH = package.path, LUA_CPATH = package.cpath })
    assert.is_true(tonumber(out) < 40000, out)
    local list_of = shell.must("unzip -p " .. quote(path) .. " xl/worksheets/sheet1.xml | grep -o "
      .. "'<row ' | wc -l")
    assert.equal(100001, tonumber(list_of))
  end)
end)

describe("wdt -o x.xlsx", function()
  local visit, cli
  command.visiting(function(v, c) visit, cli = v, c end)

  local function files()
    return shell.must("ls " .. quote(cli.folder)):gsub("%s+", " ")
  end

  it("writes the rows that csv has, with numbers to the last digit", function()
    local line = ("wdt stockouts --day %s --fields stockout_id,order_no,goods_count,weight "
      .. "--header label "):format(visit.day)
    local csv = cli:must(line .. "--format csv", "enterprise")
    cli:must(line .. "-o a.xlsx", "enterprise")
    local rows, lines, numbers = workbook.read(cli.folder .. "/a.xlsx")[1], {}, 0
    for i, row in ipairs(rows) do
      for k, cell in ipairs(row) do
        if type(cell) == "table" then numbers, row[k] = numbers + 1, cell.number end
      end
      lines[i] = table.concat(row, ",")
    end
    local wanted = {}
    for text in csv:gmatch "[^\r\n]+" do
      wanted[#wanted + 1] = text:gsub("(%.%d-)0+$", "%1"):gsub("(%.%d-)0+,", "%1,"):gsub("%.,",
        ","):gsub("%.$", "")
    end
    assert.same(wanted, lines)
    assert.is_true(#rows > 10 and numbers >= #rows - 1)
    assert.equal("600\n", shell.must("stat -c %a " .. quote(cli.folder .. "/a.xlsx")))
    assert.equal("a.xlsx wdt ", files())
  end)

  it("refuses what can't be done to a workbook", function()
    for _, line in ipairs{ "--format xlsx", "-o - --format xlsx", "-o b.xlsx --continue",
      "-o b.gz --format xlsx" } do
      local got = cli:run("wdt stockouts --last 1h " .. line, "enterprise")
      assert.equal(2, got.status)
      assert.truthy(got.err:find("a workbook is written once all rows are there", 1, true), got.err)
    end
  end)

  it("says which package is missing, before it reads", function()
    local bare = cli.folder .. "/.bare"
    shell.must("mkdir -p " .. quote(bare .. "/wdt"))
    local others = {}
    for template in package.cpath:gmatch "[^;]+" do
      local _, has = shell.run("test -e " .. quote((template:gsub("%?", "wdt/core"))))
      if has ~= 0 then
        others[#others + 1] = template
      else
        for _, name in ipairs{ "core", "curl", "posix" } do
          shell.run(("ln -s \"$(readlink -f %s)\" %s/wdt/%s.so"):format(
            quote((template:gsub("%?", "wdt/" .. name))), quote(bare), name))
        end
      end
    end
    local got = cli:run("wdt stockouts --last 1h -v -o c.xlsx", "enterprise",
      { LUA_CPATH = bare .. "/?.so;" .. table.concat(others, ";") })
    assert.equal(11, got.status)
    assert.truthy(got.err:find("apt-get install libxlsxwriter-dev", 1, true), got.err)
    assert.falsy(got.err:find("page_no", 1, true))
    assert.falsy(files():find "c.xlsx ")
  end)
end)
