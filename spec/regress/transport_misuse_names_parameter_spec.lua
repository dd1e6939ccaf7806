-- Misuse of wdt.posix and wdt.curl said "bad argument #2 to '?'": neither the parameter nor what
-- was given could be read from it.
local curl = require "wdt.curl"
local posix = require "wdt.posix"
local core = require "wdt.core"

local function says(text, f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  assert.truthy(err:find(text, 1, true), err)
end

describe("misuse of the transport", function()
  it("names the parameter and what was expected", function()
    says("parameter 'path' is nil, expected a string", posix.kind)
    says("parameter 'text' is a table, expected a string", posix.write, "x", {})
    says("parameter 'fd' is a string, expected a number from 0 to", posix.width, "x")
    says("parameter 'fd' is a number, expected a whole number", posix.width, 0.5)
    says("parameter 'seconds' is a number, expected a number from 0 to", curl.sleep, -1)
  end)

  it("of an exchange as well", function()
    local pool, decoder = curl.pool(), core.decoder{}
    local function open(...) return pool:open(decoder, ...) end
    says("parameter 'url' is a string, expected a URL", open, "", "", {}, 1, 1, 1)
    says("parameter 'url' is a string, expected a string without a zero byte",
      open, "http://a\0b", "", {}, 1, 1, 1)
    says("parameter 'headers' is a number, expected a list of strings",
      open, "http://127.0.0.1:1/", "", { 1 }, 1, 1, 1)
    says("parameter 'stall' is a number, expected a number above 0",
      open, "http://127.0.0.1:1/", "", {}, 1, 0, 1)
    pool:close()
    decoder:close()
  end)
end)
