-- Two budgets of which a call needs both.
local joint = require "wdt.calling.joint"
local pacer = require "wdt.calling.pacer"
local shared = require "wdt.nginx.pacer"
local shared_dict = require "support.shared_dict"

local now

local function nginx_pacer(dict, key, rate)
  return shared.new{ dict = dict, key = key, rate = rate, name = key .. ".1",
    now = function() return now end }
end

local KINDS = {
  process = function() return pacer.new(2), pacer.new(1) end,
  nginx = function()
    local dict = shared_dict.new()
    return nginx_pacer(dict, "gate", 2), nginx_pacer(dict, "account", 1)
  end,
}

for kind, make in pairs(KINDS) do
  describe("a joint budget (" .. kind .. ")", function()
    before_each(function() now = 100 end)

    it("lets a call go that has a place in both, and no other", function()
      local gate, account = make()
      local both = joint.new(gate, account)
      assert.equal(0, both:wait("m", now))
      local ticket = both:take("m")
      assert.equal(math.huge, both:wait("m", now)) -- the account's one place is in flight
      both:done(ticket, now)
      both:done(ticket, now)
      now = 130
      assert.is_true(math.abs(both:wait("m", now) - 30) < 0.01)
      now = 160.01
      assert.equal(0, both:wait("m", now))
    end)

    it("keeps no place at the gate for a call that the account lets wait", function()
      local gate, account = make()
      local both, who = joint.new(gate, account), {}
      assert.equal(0, account:wait("m", now))
      local ticket = account:take("m")
      for _ = 1, 5 do
        assert.is_true(both:wait("m", now) > 0)
        assert.is_true(both:wait("m", now, who) > 0)
      end
      for _ = 1, 2 do -- both places at the gate are free
        assert.equal(0, gate:wait("m", now))
        gate:take("m")
      end
      account:done(ticket, now)
    end)

    it("is quiet as a whole for a ban of the gate's, which leaves the account alone", function()
      local gate, account = make()
      local both = joint.new(gate, account)
      both:quiet(now + 50, 50)
      assert.is_true(both:wait("m", now) >= 50)
      assert.equal(0, account:wait("m", now))
      account:forgo()
      both:quiet(now + 70, nil)
      now = now + 51
      assert.is_true(both:wait("m", now) > 0)
      assert.equal(0, gate:wait("m", now))
    end)
  end)
end
