-- Editor types and the tables of docs/ are what the data of the house says, and that data says all
-- that there is.
local objects = require "house.api_objects"
local sandbox = require "wdt.sandbox"
local sink = require "wdt.sink"
local shell = require "support.shell"
local tables = require "house.api_tables"
local wdt = require "wdt"
local write = require "house.write"

local FROM = 1790000000

local function names_of(fields)
  local names = {}
  for _, field in ipairs(fields) do
    for name in field[1]:gmatch "[%w_]+" do names[name] = true end
  end
  return names
end

local function functions_of(object)
  local names = {}
  for _, list in ipairs{ object.functions, object.twins or {} } do
    for _, f in ipairs(list) do names[f[1]:match "[%w_]+$"] = true end
  end
  return names
end

describe("what is generated", function()
  it("is what spec/house/write.lua writes", function()
    assert.same({}, write.drift(shell.root))
  end)

  it("is found to differ when it does", function()
    local tree = shell.folder()
    finally(function() shell.must("rm -rf " .. tree) end)
    shell.must(("mkdir -p %s/lua/wdt %s/docs"):format(tree, tree))
    shell.write(tree .. "/lua/wdt/types.lua", "---@meta\n")
    shell.write(tree .. "/docs/a.zh-CN.md", "<!-- house: codes -->\n<!-- /house -->\n")
    shell.write(tree .. "/docs/b.md", "nothing to fill\n")
    local program = ("%s %s/spec/house/write.lua "):format(shell.lua, shell.quote(shell.root))
    local output, status = shell.run(program .. "--check " .. tree)
    assert.equal(1, status)
    assert.equal("lua/wdt/types.lua is not what lua5.4 spec/house/write.lua writes\n"
      .. "docs/a.zh-CN.md is not what lua5.4 spec/house/write.lua writes\n", output)
    shell.must(program .. tree)
    assert.equal("", shell.must(program .. "--check " .. tree))
    assert.truthy(shell.read(tree .. "/docs/a.zh-CN.md"):find("| `auth` | 网关拒绝", 1, true))
  end)

  it("is Lua, and names every class that it uses", function()
    local text = shell.read(shell.root .. "/lua/wdt/types.lua")
    assert.is_table(assert((loadstring or load)(text))()) -- luacheck: ignore 113 (5.1)
    local classes = {}
    for name in text:gmatch "\n%-%-%-@class (wdt[%w_.]*)" do classes[name] = true end
    for name in text:gmatch "\n%-%-%-@alias (wdt[%w_.]*)" do classes[name] = true end
    local n = 0
    for line in text:gmatch "%-%-%-@[^\n]+" do
      local kind = line:match "^%-%-%-@field %S+ (.*)$" or line:match "^%-%-%-@param %S+ (.*)$"
        or line:match "^%-%-%-@return (.*)$" or line:match "^%-%-%-@class %S+ : (.*)$" or ""
      for name in kind:gmatch "wdt%.%u[%w_.]*" do
        n = n + 1
        assert.is_true(classes[name:gsub("%.$", "")] ~= nil, line)
      end
    end
    assert.is_true(n > 40)
  end)
end)

describe("the data of the house", function()
  local box, client

  setup(function()
    box = sandbox.new{ seed = 2, rows_per_day = 200, from = FROM, to = FROM + 86400,
      now = FROM + 90000 }
    client = wdt.new(box:settings "enterprise")
  end)

  local function methods_of(object)
    local names = {}
    for name, value in pairs(debug.getmetatable(object).__index) do
      if type(value) == "function" then names[name] = true end
    end
    return names
  end

  -- Methods that one part of the library calls of another, until there are interfaces for them.
  local INNER = {
    ["wdt.Client"] = { emit = true, knows_time = true, learn_clock = true, server_time = true,
      certain_time = true, doubts_time = true },
  }

  it("names every function of the module", function()
    local there = {}
    for name, value in pairs(wdt) do there[name] = type(value) == "function" or nil end
    assert.same(there, functions_of(objects.module))
    for name in pairs(names_of(objects.module.fields)) do assert.is_not_nil(wdt[name], name) end
  end)

  it("names every method of a client", function()
    local there = methods_of(client)
    for name in pairs(INNER["wdt.Client"]) do there[name] = nil end
    assert.same(there, functions_of(objects.client))
  end)

  it("names only methods that streams, jobs, windows and stores have", function()
    local stream = client:stockouts{ start = FROM, stop = FROM + 3600 }
    local job = assert(client:sync{ what = "stockouts", from = FROM, state = wdt.state.memory() })
    local window = assert(job:next())
    for object, of in pairs{ [objects.stream] = stream, [objects.job] = job,
      [objects.window] = window } do
      local there = methods_of(of)
      for name in pairs(functions_of(object)) do assert.is_true(there[name], name) end
    end
    for name in pairs(names_of(objects.window.fields)) do
      if name == "kind" or name == "start" or name == "stop" then
        assert.is_not_nil(window[name], name)
      end
    end
    local store = wdt.state.memory()
    for name in pairs(functions_of(objects.store)) do assert.is_function(store[name]) end
    for name, store_of in pairs(wdt.state) do
      assert.is_true(functions_of(objects.states)[name], name)
      assert.is_function(store_of)
    end
    stream:close()
    job:close()
  end)

  it("names the methods and options that sinks have", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. folder) end)
    for _, target in ipairs{ "sqlite:" .. folder .. "/db", "ndjson:" .. folder,
      "csv:" .. folder } do
      local opened = assert(sink.open(target, { name = "x" }))
      for name in pairs(functions_of(objects.sink)) do assert.is_function(opened[name]) end
      assert.is_true(opened.as == "json" or opened.as == "table" or opened.as == "either")
      opened:close()
    end
    for name in pairs(functions_of(objects.sinks)) do assert.is_function(sink[name]) end
    local known = names_of(tables.sink_options.fields)
    for _, scheme in ipairs{ "csv", "mysql", "ndjson", "postgres", "sqlite" } do
      for name in pairs(sink.find(scheme .. ":x").takes or {}) do
        assert.is_true(known[name], name)
      end
    end
    local told
    local function nothing() end
    client:sync{ what = "stockouts", from = FROM, state = wdt.state.memory(),
      adopt = "https://erp.example", into = {
      as = "table", begin = nothing, row = nothing, commit = nothing,
      close = nothing,
      prepare = function(_, job)
        told = job
        return nil, "output: x", "output"
      end } }
    known = names_of(tables.sink_job.fields)
    for name in pairs(told) do assert.is_true(known[name], name) end
    for name in pairs(known) do assert.is_not_nil(told[name], name) end
  end)

  it("names every figure", function()
    local stream = client:stockouts{ start = FROM, stop = FROM + 7200, typed = true }
    while stream:next() do end
    local known, seen = names_of(tables.progress.fields), stream:progress()
    for name in pairs(seen) do assert.is_true(known[name], name) end
    for name in pairs(known) do assert.is_not_nil(seen[name], name) end
    local job = assert(client:sync{ what = "stockouts", from = FROM, state = wdt.state.memory() })
    for window in job:windows() do
      for _ in window:rows() do end
      assert(window:commit())
    end
    local ledger, progress = job:ledger()[1], job:progress()
    for name in pairs(ledger) do assert.is_true(names_of(tables.ledger.fields)[name], name) end
    for name in pairs(names_of(tables.ledger.fields)) do assert.is_not_nil(ledger[name], name) end
    known = names_of(tables.job_progress.fields)
    for name in pairs(progress) do assert.is_true(known[name], name) end
    for name in pairs(known) do assert.is_not_nil(progress[name], name) end
    job:close()
  end)

  it("names only settings, options of queries and of jobs that are known", function()
    local bad = setmetatable({}, { __tostring = function() return "nothing of use" end })
    local function refusal(f, name)
      local ok, err = pcall(f)
      assert.is_false(ok, name)
      assert.truthy(err:find("'" .. name .. "[%.']"), err)
      for _, words in ipairs{ "is not known", "takes no such parameter", "no such option" } do
        assert.is_nil(err:find(words, 1, true), err)
      end
    end
    for name in pairs(names_of(tables.settings.fields)) do
      refusal(function() wdt.new(box:settings("enterprise", { [name] = name == "rate" and 0 or
        (name == "timeout" or name == "retry") and 1 or bad })) end, name)
    end
    local job = { what = "stockouts", from = FROM, state = wdt.state.memory() }
    for name in pairs(names_of(tables.job.fields)) do
      local copy = { [name] = name == "poll" and { least = 0 } or name == "query" and 1 or bad }
      for other, value in pairs(job) do copy[other] = copy[other] == nil and value
        or copy[other] end
      refusal(function() client:sync(copy) end, name)
    end
    for name in pairs(names_of(tables.query.fields)) do
      if name ~= "null" then -- which may be anything
        refusal(function()
          client:stockouts{ start = name ~= "start" and FROM or bad, stop = name ~= "stop"
            and FROM or
            bad, typed = (name == "decimal" or name == "datetime") or nil, mask = name == "private"
              or nil,
            [name] = name == "params" and 1 or bad }
        end, name)
      end
    end
  end)

  it("names every code and certificate", function()
    local documented, ranks = {}, {}
    local text = shell.read(shell.root .. "/lua/wdt/error.lua")
    for cell in text:gmatch "\n%-%- |( `[^|]+)|" do
      for name in cell:gmatch "`([%w_]+)`" do documented[name] = true end
    end
    assert.same(documented, names_of(tables.codes))
    for name in pairs(require "wdt.reading.certificate".RANK) do ranks[name] = true end
    assert.same(ranks, names_of(tables.certificates))
  end)
end)
