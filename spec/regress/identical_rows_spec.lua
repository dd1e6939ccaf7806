-- A report without a key holds rows that are equal in all fields; one of each was handed out, and
-- the window was called `atomic`.
local model = require "support.model"

describe("a report whose rows may be equal", function()
  for _, by in ipairs{ "seek", "sweep" } do
    it("comes with each of them by " .. by, function()
      for _, order in ipairs{ "id_asc", "time_asc", "time_desc" } do
        local server = { rows = {}, order = order }
        for i = 1, 60 do
          server.rows[i] = { id = "same" .. math.floor(i / 3), time = math.floor(i / 3) * 5 }
        end
        local w = model.shared(10, { copies = true })
        w.start, w.stop, w.read = 0, 200, by
        local result = model.read(server, w)
        assert.equal(60, result.found + result.twice)
        assert.not_equal("none", result.certificate)
      end
    end)
  end
end)
