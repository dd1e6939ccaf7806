-- Widths came from a table of our own that differed from glibc's in 10,806 code points: "✅" and
-- "⚡" counted one cell, so that the columns after them were off by one.
local columns = require "wdt.format.columns"
local command = require "support.command"
local posix = require "wdt.posix"

describe("the width of a text", function()
  it("is wcwidth's", function()
    for text, width in pairs{ ["✅"] = 2, ["⚡"] = 2, ["中文"] = 4, ["ｱ"] = 1, ["Ａ"] = 2,
      ["한"] = 2, ["é"] = 1, ["e\204\129"] = 1, ["😀a"] = 3, [""] = 0, ["a\7b"] = 2,
      ["\239\187\191"] = 0, ["𠀀"] = 2, ["…"] = 1 } do
      assert.equal(width, columns.width(text), text)
    end
  end)

  it("cuts between characters, never within one", function()
    assert.equal("中…", columns.clip("中文字", 4))
    assert.equal("中文…", columns.clip("中文字", 5))
    assert.equal("中文字", columns.clip("中文字", 6))
    assert.equal("…", columns.clip("✅✅", 2))
    assert.same({ 6, 3 }, { posix.cells("中文字", 2) })
    assert.same({ 6, 0 }, { posix.cells("中文字", 1) })
    -- what is no UTF-8 counts as something and is gone through to its end
    for _, text in ipairs{ "\255\254", "\228\184", "a\128b", "\240" } do
      assert.equal(#text, (select(2, posix.cells(text, 99))))
    end
  end)

  it("is the same whatever the user's locale", function()
    local cli = command.new()
    for _, locale in ipairs{ "C", "POSIX", "zh_CN.UTF-8", "zh_CN.GB18030", "nonsense" } do
      assert.equal("4 2\n", cli:must([[lua=]] .. require "support.shell".lua .. [[; $lua -e '
        local p = require "wdt.posix" print(p.cells "中✅", p.cells "ab")' | tr "\t" " " |
        cut -d" " -f1,3]], nil, { LC_ALL = locale }))
    end
    cli:close()
  end)
end)
