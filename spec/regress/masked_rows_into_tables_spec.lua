-- A job whose query asked for typed or masked rows, into a database, was opened, and raised an
-- error of a decoder's parameter when it read its first row: tables take rows as they come. A copy
-- of chosen fields would have lacked the others once decoders could hand on JSON of these alone.
local copying = require "support.copying"
local shell = require "support.shell"

for option, value in pairs{ mask = true, typed = true, fields = { "order_no" } } do
  it(option .. " is refused where a table is the target", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. shell.quote(folder)) end)
    local client = copying.client_of(copying.small_box(2, 60))
    local done, err = pcall(client.sync, client, { what = "stockouts", from = copying.FROM,
      into = "sqlite:" .. folder .. "/a.db", query = { [option] = value } })
    assert.is_false(done)
    assert.truthy(err:find("parameter 'query." .. option .. "' is ", 1, true), err)
    assert.truthy(err:find(", expected nothing: the target takes rows as they come", 1, true), err)
  end)
end
