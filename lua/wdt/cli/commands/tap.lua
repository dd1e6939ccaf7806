--- `wdt tap`: the Singer protocol, for Meltano and whatever else reads it: `--discover` prints a
-- catalog; without it, messages SCHEMA, RECORD and STATE come, one a line.
-- @module wdt.cli.commands.tap
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local blind = later "wdt.cli.blind"
local catalog_of = later "wdt.cli.tap.catalog"
local core = later "wdt.core"
local edition = later "wdt.edition.blind"
local json = later "wdt.json"
local options = require "wdt.cli.options"
local posix = require "wdt.native".load "wdt.posix"
local reading = later "wdt.cli.tap.reading"
local ipairs, pairs, tostring, type = ipairs, pairs, tostring, type

local M = { name = "tap", place = 64,
  summary = { en = "Speak the Singer protocol, for Meltano and other targets",
    zh = "Singer 协议，供 Meltano 等使用" },
  examples = {
    { "wdt tap --config tap.json --discover > catalog.json", en = "which streams there are",
      zh = "有哪些数据流" },
    { "wdt tap --config tap.json --catalog catalog.json --state state.json",
      en = "what is new since the last STATE", zh = "上次 STATE 以来的新数据" },
  } }

local OPTIONS = {
  { "--config", "FILE", en = "JSON: start_date; the account (edition, sid, appkey, appsecret, url) "
    .. "where the environment does not say it; mask, route, end_date, lag, accept_uncertified",
    zh = "JSON：start_date；账号 edition, sid, appkey, appsecret, url （未设环境变量时）； "
      .. "mask, route, end_date, lag, accept_uncertified" },
  { "--discover", en = "print the catalog", zh = "输出目录（catalog）" },
  { "--catalog", "FILE", en = "which streams and fields (default: stockouts)",
    zh = "选择数据流与字段（默认 stockouts）" },
  { "--state", "FILE", en = "the value of the last STATE", zh = "上一次 STATE 的内容" },
}

function M.options(parser, t)
  options.add(parser, t, OPTIONS)
end

-- The object in a JSON file; ends the command where there is none.
local function object_in(app, option, path)
  if not path then return nil end
  local text, err = posix.read(path)
  if not text then app:fail("config", ("%s %s: %s"):format(option, path, err)) end
  local value
  value, err = options.json(text)
  if type(value) ~= "table" or value[1] ~= nil then
    app:fail("config", ("%s %s: %s"):format(option, path, err or "not a JSON object"))
  end
  return value
end

-- Settings of the tap itself: name -> type. All others in the file are the account's.
local OWN = { start_date = "string", end_date = "string", mask = "boolean", route = "string",
  lag = "number", accept_uncertified = "boolean", window_rows = "number" }

-- Takes the configuration apart: the tap's own settings; the account's.
local function split(app, config)
  local own, account = {}, {}
  for name, value in pairs(config) do
    if value ~= core.null then
      local expected = OWN[name]
      if expected and type(value) ~= expected then
        app:fail("config", ("--config: %s is %s, expected a %s"):format(name, tostring(value),
          expected))
      end
      (expected and own or account)[name] = value
    end
  end
  return own, account
end

local UNPROVEN = { en = "some of what was read could not be proved complete; run it again, or set "
  .. "accept_uncertified", zh = "部分数据无法证明完整；请重新运行，或设置 accept_uncertified" }

local function moment_of(app)
  return function(name, text)
    -- of a date-time with an offset or without, and of a date
    local convert = options.moment(name == "end_date" and "23:59:59" or "00:00:00")
    local epoch, err = convert(text)
    if not epoch then app:fail("config", "--config: " .. name .. ": " .. err) end
    return beijing.format(epoch)
  end
end

local function tell_blind(app, client, streams)
  local names = {}
  for _, stream in ipairs(streams) do
    for _, kind in ipairs(edition.of(client.edition, { stream.method }, { "direct" })) do
      names[#names + 1] = kind
    end
  end
  blind.say(app, edition.describe(names))
end

function M.run(args, app)
  local config, account = split(app, object_in(app, "--config", args.config) or {})
  local client = app:client(args, account)
  if args.discover then
    app:write(json.encode(catalog_of.discover(client), true), "\n")
    return 0
  end
  local streams, problem = catalog_of.selected(catalog_of.streams(client),
    object_in(app, "--catalog", args.catalog))
  if not streams then app:fail("config", "--catalog: " .. problem) end
  local state = object_in(app, "--state", args.state) or {}
  if type(state.bookmarks) ~= "table" then state.bookmarks = {} end
  -- without the STATE after it a window comes again, so that nothing has to be waited for
  app:catch(nil, function() return true end)
  local proved = reading.run({ app = app, client = client, config = config, state = state,
    moment = moment_of(app) }, streams)
  if app:interrupted() then app:fail(app.signal_code(), "") end
  tell_blind(app, client, streams)
  if not proved then app:fail("uncertified", app:text(UNPROVEN)) end
  return 0
end

return M
