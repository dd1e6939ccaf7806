--- Options as data, and what makes values of their texts.
-- @module wdt.cli.options
local edition = require "wdt.edition"
local texts = require "wdt.query.texts"
local tonumber, ipairs = tonumber, ipairs

local M = {}

--- Said of a database's address that holds a password.
M.PASSWORD = {
  en = "a password is not taken from the command line, where everybody on this machine "
  .. "can read it; use ~/.pgpass, PGPASSWORD or MYSQL_PWD",
  zh = "命令行中的密码会被本机所有用户看到，因此不接受；请使用 ~/.pgpass、PGPASSWORD 或 MYSQL_PWD" }

-- Converts a text, and names the option where that can't be done.
local function naming(names, convert)
  local name = names:match "%S+$"
  return function(text)
    local value, problem = convert(text)
    if value == nil then return nil, ("option %s: %s"):format(name, problem) end
    return value
  end
end

--- Adds options to a parser.
-- @param parser
-- @tparam function t picks the user's language
-- @tparam {table} list each `{ names, argument, en = …, zh = … }`, without an argument a flag; and,
-- optional, `convert`, `choices`, `many` (it may be given several times), `required`, `target`
function M.add(parser, t, list)
  for _, o in ipairs(list) do
    local element = o[2] and parser:option(o[1], t(o)):argname(o[2]) or parser:flag(o[1], t(o))
    if o.convert then element:convert(naming(o[1], o.convert)) end
    if o.choices then element:choices(o.choices) end
    if o.many then element:count "*" end
    if o.required then element:count(1) end
    if o.target then element:target(o.target) end
  end
end

-- Converters, as argparse wants them: the value; or nil and what is wrong
-- -------------------------------------------------

-- Of `wdt.query.texts`.
M.moment, M.duration, M.month, M.day = texts.moment, texts.duration, texts.month, texts.day
M.list, M.count, M.positive, M.json = texts.list, texts.count, texts.positive, texts.json
M.page_size = texts.page_size

--- "name=text" or "name:=JSON" -> { name, value }
function M.parameter(text)
  local name, json = text:match "^([%w_.]+):=(.*)$"
  if name then
    local value, err = M.json(json)
    if value == nil then return nil, err end
    return { name, value }
  end
  local plain
  name, plain = text:match "^([%w_.]+)=(.*)$"
  if name then return { name, plain } end
  return nil, ("'%s' is neither name=text nor name:=JSON"):format(text)
end

--- "retry.attempts=3" -> { "retry.attempts", "3" }
function M.setting(text)
  local name, value = text:match "^([%w_.]+)=(.*)$"
  if name and value ~= "" then return { name, value } end
  return nil, ("'%s' is not NAME=VALUE"):format(text)
end

--- "a=1,b=text" -> { a = 1, b = "text" }
function M.assignments(text)
  local result = {}
  for one in text:gmatch "[^,]+" do
    local name, value = one:match "^([%w_]+)=(.*)$"
    if not name then return nil, ("'%s' is not NAME=VALUE"):format(one) end
    if value == "true" or value == "false" then value = value
      == "true" else value = tonumber(value) or value end
    result[name] = value
  end
  return result
end

-- Options of the commands that report -------------------------------------------------------------

--- `--start` and `--stop`.
M.RANGE = {
  { "--start", "TIME", convert = M.moment "00:00:00", en = "first second, Beijing time",
    zh = "起始（含），北京时间" },
  { "--stop", "TIME", convert = M.moment "23:59:59", en = "last second", zh = "截止（含）" },
}

--- `--edition`, of commands that look names up.
M.EDITION = { "--edition", "EDITION", choices = edition.NAMES,
  en = "default: the account's, and without an account all",
  zh = "版本；默认为账号所属版本，没有账号时为全部" }

--- `--metrics`.
M.METRICS = { "--metrics", "WHERE",
  convert = function(text) return require "wdt.cli.watch".where(text) end,
  en = "figures for Prometheus: a file (FILE.prom, for the node exporter), or a port of the "
    .. "loopback (127.0.0.1:9464)",
  zh = "供 Prometheus 采集的指标：文件（FILE.prom，供 node exporter 读取），或本机端口（127.0.0.1:9464）" }

--- `--format`.
M.FORMAT = { "--format", "FORMAT", choices = { "table", "json" },
  en = "table (default), or json for programs",
  zh = "table 表格（默认），或 json 供程序读取" }

return M
