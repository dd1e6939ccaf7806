--- The promises of every store of a state (`wdt.state`).
local assert = require "luassert"

local M = {}

--- Fails unless these are the results of a failure with these words.
function M.assert_failure(expected, value, err, code)
  assert.is_nil(value)
  assert.equal("state", code)
  assert.equal("state: ", err:sub(1, 7))
  assert.truthy(err:find(expected, 1, true), err)
end

--- Describes a store by the promises.
-- @tparam table busted its `it`
-- @tparam function open a store; called again while another of the same place is held
function M.behaves(it, open)
  it("gives back what was saved last, and nothing before", function()
    local store = open()
    assert.is_true(store:lock())
    local value, err = store:load()
    assert.is_nil(value)
    assert.is_nil(err)
    assert.is_true(store:save "one")
    assert.equal("one", store:load())
    for _, text in ipairs{ "it's \"two\"\n", "", ("商家 \\ %s '' "):rep(20000), "three" } do
      assert.is_true(store:save(text))
      assert.equal(text, store:load())
    end
    store:unlock()
  end)

  it("is for one at a time, and free again after", function()
    local store = open()
    assert.is_true(store:lock())
    M.assert_failure("in use by", open(store):lock())
    store:unlock()
    store:unlock()
    assert.is_true(store:lock())
    store:unlock()
  end)

  it("lasts as long as it is renewed, where its lock is a lease", function()
    local store = open()
    assert.is_true(store:lock())
    if store.renew then assert.is_true(store:renew()) end
    store:unlock()
  end)
end

return M
