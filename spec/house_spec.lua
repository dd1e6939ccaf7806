-- The checks of the house find each kind of breach, and nothing where there is none.
local check = require "house.check"
local layers = require "house.layers"
local source = require "house.source"
local shell = require "support.shell"

describe("the check of the house", function()
  local tree

  before_each(function() tree = shell.folder() end)
  after_each(function() shell.must("rm -rf " .. shell.quote(tree)) end)

  local function breaches(files, rule)
    for name, text in pairs(files) do
      shell.must("mkdir -p " .. tree .. "/" .. name:match "^(.*)/")
      shell.write(tree .. "/" .. name, text)
    end
    return check.breaches(tree, rule)
  end

  it("refuses a require of a room below, and of what stands in no room", function()
    assert.same({
      "lua/wdt/attic.lua:1: wdt.attic stands in no room",
      "lua/wdt/reading/seek.lua:2: room reading requires wdt.stream.window_reader of room "
        .. "stream, which stands below it",
      "lua/wdt/reading/seek.lua:4: requires wdt.attic, which stands in no room",
    }, breaches({
      ["lua/wdt/attic.lua"] = "return {}\n",
      ["lua/wdt/reading/init.lua"] = "-- require 'wdt.client'\nreturn {}\n",
      ["lua/wdt/reading/seek.lua"] = 'local reading = require "wdt.reading"\nlocal w = '
        .. 'require("wdt.stream.window_reader")\n'
        .. 'local e = require "wdt.error"\nlocal function late() return require "wdt.attic" end\n',
      ["lua/wdt/stream/init.lua"] = 'local seek = require "wdt.reading.seek"\n',
      ["lua/wdt/catalog/init.lua"] = 'local list = require("wdt.catalog." .. edition)\n',
    }, "requires"))
  end)

  it("refuses C modules and hosts in pure rooms and modules", function()
    assert.same({
      "lua/wdt/calling/pacer.lua:1: wdt.calling.pacer is pure and requires wdt.native",
      "lua/wdt/reading/seek.lua:1: wdt.reading.seek is pure and requires wdt.native",
    }, breaches({
      ["lua/wdt/reading/seek.lua"] = 'local core = require "wdt.native".load "wdt.core"\n',
      ["lua/wdt/calling/pacer.lua"] = 'local native = require "wdt.native"\n',
      ["lua/wdt/calling/request.lua"] = 'local native = require "wdt.native"\n',
    }, "requires"))
  end)

  it("refuses ngx outside its rooms, in code", function()
    assert.same({ "lua/wdt/state/shared.lua:3: says ngx, outside nginx/, sandbox/ and serve/" },
      breaches({
      ["lua/wdt/state/shared.lua"] = "-- ngx\n--[[ ngx\n]] local n = ngx.now()\nlocal text = "
        .. "'ngx is a word'\n",
      ["lua/wdt/nginx/clock.lua"] = 'local ngx = require "ngx"\n',
    }, "ngx"))
  end)

  it("refuses the words of editions outside their rooms, but not in texts for people", function()
    assert.same({
      "lua/wdt/client.lua:2: says ultimate, outside edition/, catalog/, schema/ and sandbox/",
      "lua/wdt/client.lua:3: says qimen, outside edition/, catalog/, schema/ and sandbox/",
    }, breaches({
      ["lua/wdt/client.lua"] = '-- enterprise\nif edition == "ultimate" then x() end\nreturn '
        .. 'routes.qimen\n',
      ["lua/wdt/cli/help.lua"] = 'return { en = "the enterprise edition", zh = '
        .. '"企业版enterprise", "x ultimate" }\n',
      ["lua/wdt/edition/enterprise.lua"] = 'return { name = "enterprise" }\n',
    }, "editions"))
  end)

  it("refuses to set a field of another module", function()
    assert.same({ "lua/resty/wdt.lua:2: assigns into wdt.client" }, breaches({
      ["lua/resty/wdt.lua"] = 'local client = require "wdt.client"\nclient.default_host = '
        .. '1\nif client.x == 1 then end\n'
        .. "local M = {}\nM.client = client\nlocal own = { client = 2 }\n",
    }, "assigns"))
  end)

  it("takes what continues an expression for no assignment", function()
    assert.same({}, breaches({
      ["lua/wdt/client.lua"] = 'local config = require "wdt.config"\nlocal t = { a = x\n'
        .. "  or config.LIST, b = 1 }\n",
    }, "assigns"))
  end)

  it("refuses to ask another object for a field of its own", function()
    assert.same({
      "lua/wdt/sync/window.lua:2: asks for _seen of stream, a field that is another object's own",
      "lua/wdt/sync/window.lua:3: asks for _b of self._a, a field that is another object's own",
      "lua/wdt/sync/window.lua:4: asks for _c of ), a field that is another object's own",
      "lua/wdt/sync/window.lua:5: asks for _d of job, a field that is another object's own",
    }, breaches({
      ["lua/wdt/sync/window.lua"] = "local x = self._seen + self:_own() + stream.seen -- a._b\n"
        .. "stream._seen = x\nreturn self._a._b\nx = self:a()._c\njob:_d(wdt._VERSION)\n",
    }, "privates"))
  end)

  it("refuses to change an object that others hold, but by its methods", function()
    assert.same({
      "lua/wdt/reading/seek.lua:1: sets density of self.steer, which only its methods may",
      "lua/wdt/reading/seek.lua:3: sets vain of self.pages, which only its methods may",
      "lua/wdt/sync/init.lua:1: sets ends of steer, which only its methods may",
    }, breaches({
      ["lua/wdt/reading/seek.lua"] = "self.steer.density = 1\nself.pages = pages\n"
        .. "self.certificate, self.pages.vain = 'swept', 0\nif self.steer.density == 1 then end\n"
        .. "local size = self.pages.size\nself.steer:forget(1)\n",
      ["lua/wdt/sync/init.lua"] = "steer.ends = 1\n",
    }, "writes"))
  end)

  it("refuses comments that begin like a title, and words that puzzle", function()
    assert.same({
      'csrc/core/a.c:1: a comment begins with "What": say what it is, by subject and verb',
      'lua/wdt/a.lua:1: a comment begins with "The same": say what it is, by subject and verb',
      'lua/wdt/a.lua:2: a comment says "nobody"',
    }, breaches({
      ["csrc/core/a.c"] = "/* What it is. */\nint a; /* Whatever */\n",
      ["lua/wdt/a.lua"] = "--- The same for rows.\n-- read by nobody\n-- Whatever it is\n"
        .. "local text = 'nobody' -- What\n",
    }, "words"))
  end)

  it("refuses long lines, in characters", function()
    local hundred = ("字"):rep(layers.longest_line)
    assert.same({ "csrc/core/a.c:2: 101 characters, at most 100",
      "lua/wdt/a.lua:1: 101 characters, at most 100" },
      breaches({ ["lua/wdt/a.lua"] = hundred .. "x\n", ["lua/wdt/b.lua"] = hundred,
        ["csrc/core/a.c"] = "\n" .. hundred .. "x\n" }, "lines"))
  end)

  it("leaves names of things in the code, and takes comments and sentences out", function()
    assert.equal('local a = "x" ' .. (" "):rep(5) .. "\nb = [1] = '\\'y'",
      source.code 'local a = "x" -- no\nb = [1] = \'\\\'y\'')
    assert.equal("\n x = 1", (source.code "--[==[ ]]\n]==] x = 1":gsub(" *\n *", "\n ")))
  end)

  it("ends with its breaches as a program, and says nothing where there are none", function()
    local program = ("%s %s/spec/house/check.lua %s"):format(shell.lua, shell.quote(shell.root),
      tree)
    assert.same({}, breaches{ ["lua/wdt/reading/seek.lua"] = "return {}\n" })
    assert.equal("", shell.must(program))
    shell.write(tree .. "/lua/wdt/reading/seek.lua", "ngx.now()\n")
    local output, status = shell.run(program)
    assert.equal(1, status)
    assert.equal("lua/wdt/reading/seek.lua:1: says ngx, outside nginx/, sandbox/ and serve/\n1 "
      .. "breaches\n", output)
    assert.equal(2, select(2, shell.run(program .. " nonsense")))
  end)
end)
