-- Workbooks of the web service: what a thread makes of the cells that were left to it.
local cjson = require "cjson"
local file = require "wdt.serve.workbook_file"
local shell = require "support.shell"
local workbook = require "support.workbook"

describe("a workbook of cells in a file", function()
  local folder, spool, path

  before_each(function()
    folder = shell.folder()
    spool, path = folder .. "/cells", folder .. "/x.xlsx"
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local function write(cells)
    shell.write(spool, cells)
    return file.write(spool, path, { "a", "b" })
  end

  local function is_there(name)
    local one = io.open(name, "rb")
    if one then one:close() end
    return one ~= nil
  end

  it("holds them as they were", function()
    assert.is_true(write "row 2\ntext 5\na\nb cnumber 4\n0.10row 2\nempty 0\ntext 2\n=1")
    assert.same({ { "a", "b" }, { "a\nb c", { number = "0.1" } }, { cjson.null, "=1" } },
      workbook.read(path)[1])
  end)

  it("goes where nobody waits for it any more", function()
    local xlsx = require "wdt.format.xlsx"
    local book = xlsx.book
    finally(function() xlsx.book = book end)
    function xlsx.book(...)
      os.remove(spool) -- as the end of its request does
      return book(...)
    end
    assert.is_true(write "row 1\ntext 1\na")
    assert.is_false(is_there(path))
  end)

  it("is none where they are cut short, or not there", function()
    for _, cells in ipairs{ "row 2\ntext 1\na", "row 2\ntext 9\na", "rubbish",
      "row 1\ntext\n" } do
      local ok, err = write(cells)
      assert.same({ nil, "the cells of the workbook are cut short" }, { ok, err })
      assert.is_false(is_there(path))
    end
    os.remove(spool)
    local ok, err = file.write(spool, path, { "a" })
    assert.is_nil(ok)
    assert.truthy(err:find("No such file", 1, true), err)
  end)

  it("says what can't be in one", function()
    local ok, err = write "row 1\ntext 1\n\255"
    assert.is_nil(ok)
    assert.truthy(err:find("row 2, column 1", 1, true), err)
  end)
end)
