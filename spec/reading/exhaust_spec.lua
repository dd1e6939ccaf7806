local worlds = require "support.small_worlds"

-- Spread over each family; spec/exhaust.lua runs all of them.
local VISITS, CUT = 12, 200

describe("in small worlds, every schedule", function()
  for _, family in ipairs(worlds.FAMILIES) do
    it(("of '%s' certifies nothing false, repeats nothing, invents nothing"):format(family.name),
      function()
      local certified = 0
      for visit = 0, VISITS - 1 do
        local world = worlds.visit(family, visit)
        local schedules = 0
        worlds.all(world, function(run)
          schedules = schedules + 1
          local text = worlds.name(world, run.choices)
          assert.is_nil(run.problem, ("%s: spec/exhaust.lua --replay %q"):format(
            tostring(run.problem), text))
          if run.certificate ~= "none" then certified = certified + 1 end
          return schedules == CUT
        end)
      end
      -- Doubled rows leave next to nothing that could be certified.
      if family.name ~= "doubled" then assert.is_true(certified > 0) end
    end)
  end

  it("replays from its text", function()
    local world = worlds.world(worlds.FAMILIES.change, 40000)
    local last
    worlds.all(world, function(run)
      last = worlds.name(world, run.choices)
      local again = worlds.replay(last)
      assert.equal(run.certificate, again.certificate)
      assert.equal(run.calls, again.calls)
      return run.calls > 2
    end)
    assert.has_error(function() worlds.replay "nowhere:1:" end)
  end)

  it("shows a reader that trusts any total", function()
    local pages = getmetatable(require("wdt.reading.page_size").new(1)).__index
    local judge, missed = pages.judge, 0
    pages.judge = function() return "whole" end
    worlds.all(worlds.world(worlds.FAMILIES.still, worlds.FAMILIES.still.worlds - 1), function(run)
      if run.problem then missed = missed + 1 end
      return run.at > 0 and missed > 0
    end)
    pages.judge = judge
    assert.is_true(missed > 0)
  end)
end)
