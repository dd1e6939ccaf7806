-- An answer of no rows and total 0 was believed where the rows around it said otherwise.
local model = require "support.model"

describe("an empty answer in the midst of rows", function()
  it("is asked for again, whichever call it is", function()
    for _, order in ipairs{ "id_asc", "time_asc", "time_desc" } do
      for at = 2, 40 do
        local server = { rows = {}, order = order }
        for i = 1, 400 do server.rows[i] = { id = i * 7919 % 1009, time = i * 10, version = 1 } end
        local w = model.shared(20)
        w.start, w.stop = 0, 4010
        local calls = 0
        server.page = function(s, ask)
          calls = calls + 1
          if calls == at then return {}, 0 end
          return model.page(s, ask)
        end
        local result = model.read(server, w)
        assert.is_true(result.found == 400 or result.certificate == "none",
          ("call %d, %s: %d rows, %s"):format(at, order, result.found, result.certificate))
      end
    end
  end)
end)
