-- Prose at the width of a terminal.
local fold = require "wdt.cli.fold"

describe("a text that is folded", function()
  it("breaks at spaces, and beside characters that are two cells wide", function()
    assert.equal("no word is\ntorn", fold.text("no word is torn", 10))
    assert.equal("不重、\n不漏，\n一字不\n差", fold.text("不重、不漏，一字不差", 6))
    assert.equal("设 WDT_URL\n（必填）", fold.text("设 WDT_URL（必填）", 10))
    assert.equal("averylongword\nb", fold.text("averylongword b", 5))
  end)

  it("goes on under a meaning, and under its term where there is no room beside it", function()
    assert.equal("   -q    tells\n         less", fold.text("   -q    tells less", 18))
    assert.equal("   --log-json\n      events as\n      JSON",
      fold.text("   --log-json        events as JSON", 16))
    assert.equal("  a b\n  c", fold.text("  a b c", 5))
  end)

  it("makes one paragraph of lines that were broken by hand, and of nothing else", function()
    assert.equal("one two\nthree\n\n  a = 1\n  b = 2\n", fold.text(
      "one\ntwo three\n\n  a = 1\n  b = 2\n", 8))
    assert.equal("取自 rate、lanes", fold.text("取自 rate、\nlanes", 40))
    assert.equal("2    usage\n3    config", fold.text("2    usage\n3    config", 40))
  end)

  it("leaves a command to be copied as it is", function()
    local line = "   wdt stockouts --last 24h -o day.csv"
    assert.equal(line, fold.text(line, 20))
  end)
end)
