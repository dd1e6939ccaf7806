-- Rows that wait for a commit: in memory, and beyond bounds in a file without a name.
local spool_of = require "wdt.sink.spool"

describe("wdt.sink.spool", function()
  local MOST, LEAST, tmpfile = spool_of.MOST, spool_of.LEAST, io.tmpfile
  local spool

  before_each(function()
    spool_of.MOST, spool_of.LEAST = 0, 100
    spool = spool_of.new()
  end)
  after_each(function()
    spool:clear()
    spool_of.MOST, spool_of.LEAST, io.tmpfile = MOST, LEAST, tmpfile -- luacheck: ignore 122
  end)

  local function all()
    local list = {}
    assert.is_true(spool:each(function(document)
      list[#list + 1] = document
      return true
    end))
    return list
  end

  it("gives back what it was given, in its order, again and again, and takes more", function()
    local rows = {}
    for i = 1, 40 do
      rows[i] = i % 7 == 0 and "" or ("%d\n\0\r"):rep(i % 5 + 1):format(i, i, i, i, i)
      assert.is_true(spool:add(rows[i]))
      if i % 13 == 0 then assert.same(rows, all()) end
    end
    assert.same(rows, all())
    assert.same(rows, all())
    spool:clear()
    assert.same({}, all())
  end)

  it("keeps few bytes in memory, and more while those of all are few", function()
    for _ = 1, 1000 do
      assert(spool:add(("x"):rep(60)))
      assert.is_true(spool.bytes <= 100)
    end
    assert.equal(1000, #all())
    spool_of.MOST = 5000
    local others = {}
    for i = 1, 10 do
      others[i] = spool_of.new()
      for _ = 1, 50 do assert(others[i]:add(("x"):rep(60))) end
    end
    assert.is_nil(others[1].file)
    assert.is_not_nil(others[10].file)
    local sum = 0
    for i = 1, 10 do sum = sum + others[i].bytes end
    assert.is_true(sum > 4500 and sum <= 5000 + 10 * 160, sum)
    for i = 1, 10 do others[i]:clear() end
    for _ = 1, 50 do assert(others[10]:add(("x"):rep(60))) end
    assert.is_nil(others[10].file) -- the others gave their room back
    others[10]:clear()
  end)

  it("ends with what the one who takes rows returns", function()
    for i = 1, 5 do assert(spool:add(("%060d"):format(i))) end
    for last = 1, 5 do
      local seen = 0
      local function take()
        seen = seen + 1
        if seen == last then return nil, "output: full", "output", "满" end
        return true
      end
      assert.same({ nil, "output: full", "output", "满" }, { spool:each(take) })
      assert.equal(last, seen)
    end
  end)

  -- A file whose method fails from its n-th call on.
  local function failing(method, n)
    io.tmpfile = function() -- luacheck: ignore 122
      local file, calls = assert(tmpfile()), 0
      return setmetatable({}, { __index = function(_, name)
        return function(_, ...)
          if name == method then
            calls = calls + 1
            if calls >= n then
              if name == "read" then return nil end
              return nil, "No space left on device"
            end
          end
          return file[name](file, ...)
        end
      end })
    end
  end

  it("says why there is no file, or why it can't be used", function()
    io.tmpfile = function() return nil, "Permission denied" end -- luacheck: ignore 122
    local ok, err, code, zh = spool:add(("x"):rep(101))
    assert.same({ nil, "output: temporary file: Permission denied", "output" }, { ok, err, code })
    assert.equal("临时文件：Permission denied", zh)
    for _, case in ipairs{ { "write", 1, "No space left on device" },
      { "seek", 1, "No space left on device" }, { "seek", 2, "No space left on device" },
      { "read", 2, "it is cut short" } } do
      failing(case[1], case[2])
      spool:clear()
      ok, err, code = spool:add(("x"):rep(101))
      if ok then ok, err, code = spool:each(function() return true end) end
      assert.same({ nil, "output: temporary file: " .. case[3], "output" }, { ok, err, code })
    end
  end)
end)
