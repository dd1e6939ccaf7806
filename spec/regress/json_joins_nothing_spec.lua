-- A row taken as JSON lost the space that separates two tokens: `{"price":1 9.5}` came out as
-- `{"price":19.5}`.
local core = require "wdt.core"
local decoding = require "support.decoding"

local function document(row) return '{"list":[' .. row .. "]}" end

-- The tokens at every place of a chunk of 64 bytes, so that the whitespace also meets its edges.
local function at_every_place(damaged, whole)
  local decoder = core.decoder{ path = "list", as = "json" }
  for n = 0, 130 do
    local pad = '{"p":"' .. ("x"):rep(n) .. '", '
    local _, out = decoding.feed(decoder:reset(), { document(pad .. damaged .. "}") })
    assert.equal("syntax", out.code, damaged .. " after " .. n)
    assert.truthy(out.err:find("nothing but whitespace", 1, true), out.err)
    assert.equal(0, #out)
    _, out = decoding.feed(decoder:reset(), { document(pad .. whole .. "}") })
    assert.is_nil(out.err)
    assert.equal(1, #out)
  end
end

describe("a row as JSON", function()
  it("is refused where only whitespace separates two tokens", function()
    for damaged, whole in pairs{
      ['"a":1 9.5'] = '"a":19.5 ', ['"a":1\n\t .5'] = '"a":\n\t1.5', ['"a":tr ue'] = '"a": true',
      ['"a":- 1'] = '"a":-1 ,"b":0',
      ['"a":1 e5'] = '"a" :1e5', ['"a":nu\r\nll'] = '"a":null\r\n', ['"a":"b" "c"'] = '"a":"b  c" ',
      ['"a" 1'] = '"a" : 1',
      ['"a":[1 2]'] = '"a":[ 1 , 2 ]', ['"a":[true' .. (" "):rep(200) .. "false]"] = '"a":[1'
        .. (" "):rep(200) .. "]",
    } do
      at_every_place(damaged, whole)
    end
  end)

  it("says so at every cut of the input, at the byte that follows the whitespace", function()
    local text = document('{"price":1 9.5}, {"price":2}')
    local _, out = decoding.decode(text, { path = "list", as = "json" })
    assert.equal(0, #out)
    assert.truthy(out.err:find("at offset " .. (text:find "9%.5") - 1, 1, true), out.err)
  end)

  it("may have whitespace in its strings and names, and beside everything structural", function()
    local _, out =
      decoding.decode(document('{ "a b" : "c  d" , "e" : [ 1 , [ ] , { } ] , "f" : "{ 1 2 }" }'),
      { path = "list", as = "json" })
    assert.equal(('%q'):format('{"a b":"c  d","e":[1,[],{}],"f":"{ 1 2 }"}'), out[1])
  end)
end)
