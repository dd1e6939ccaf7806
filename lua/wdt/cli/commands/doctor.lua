--- `wdt doctor`: looks at everything between this machine and the rows, and says the cause and the
-- fix of what is wrong.
-- @module wdt.cli.commands.doctor
local later = require "wdt.cli.later"
local checks = later "wdt.cli.doctor.checks"
local columns = later "wdt.format.columns"
local modules = later "wdt.cli.doctor.modules"
local options = require "wdt.cli.options"
local json = later "wdt.json"
local ipairs = ipairs

local NAMES = {
  modules = { en = "modules", zh = "模块" },
  settings = { en = "settings", zh = "设置" }, address = { en = "address", zh = "地址" },
  proxy = { en = "proxy", zh = "代理" },
  name = { en = "name resolution", zh = "域名解析" }, connection = { en = "connection", zh = "连接" },
  tls = { en = "TLS", zh = "TLS" },
  answer = { en = "answer", zh = "应答" }, clock = { en = "clock", zh = "时钟" },
  rate = { en = "rate", zh = "频率" },
  credentials = { en = "credentials", zh = "密钥" }, permission = { en = "permission", zh = "权限" },
  query = { en = "query", zh = "查询" }, rows = { en = "rows", zh = "数据" },
  route = { en = "further route", zh = "其他通道" },
  coverage = { en = "coverage", zh = "数据范围" },
  state = { en = "state file", zh = "进度文件" },
}

local STATES = { ok = { en = "ok", zh = "正常" }, hint = { en = "note", zh = "提示" },
  bad = { en = "WRONG", zh = "异常" },
  skipped = { en = "-", zh = "-" } }

local function words_of(result, language)
  if result.finding then return modules.words(result.finding, result.facts, language) end
end

local function write_text(app, results)
  local titles = { app:text{ en = "state", zh = "状态" }, app:text{ en = "check", zh = "检查项" }, "" }
  local rows = {}
  for i, result in ipairs(results) do
    rows[i] = { app:text(STATES[result.state]), app:text(NAMES[result.check]), result.state == "ok"
      and result.detail or "" }
  end
  for i, line in ipairs(columns.format(titles, rows, 200)) do
    app:write((line:gsub("%s+$", "")), "\n")
    local result = results[i - 1]
    local cause, fix
    if result then cause, fix = words_of(result, app.language) end
    if cause then
      app:write("       ", app:text{ en = "cause: ", zh = "原因：" }, cause, "\n")
      app:write("       ", app:text{ en = "fix:   ", zh = "处理：" }, fix, "\n")
      if result.detail then app:write("       ", app:text{ en = "said:  ", zh = "原文：" },
        result.detail, "\n") end
    end
  end
end

-- Results for a program.
local function listed(results)
  local list, well = json.list{}, true
  for i, result in ipairs(results) do
    local cause, fix = words_of(result, "en")
    list[i] = { check = result.check, state = result.state, finding = result.finding,
      detail = result.detail, cause = cause,
      fix = fix }
    well = well and result.state ~= "bad"
  end
  return { ok = well, checks = list }
end

local OPTIONS = {
  { "--method", "METHOD", en = "the query method to ask; default: the sales stockouts",
    zh = "要检查的查询方法，默认为销售出库单" },
  { "--state", "FILE", en = "also check the state file of a sync job", zh = "同时检查同步任务的进度文件" },
  options.FORMAT,
}

return {
  name = "doctor",
  listed = listed,
  place = 80,
  summary = { en = "Check everything between this machine and the rows; say cause and fix",
    zh = "逐项检查从本机到数据的每一环，指出原因和处理办法" },
  options = function(parser, t)
    options.add(parser, t, OPTIONS)
  end,
  examples = {
    { "wdt doctor", en = "what is wrong? (makes a handful of read-only calls)",
      zh = "哪里出了问题？（只做几次只读调用）" },
    { "wdt doctor --state shipped.state", en = "and could a sync keep its state there?",
      zh = "并检查进度文件能否使用" },
  },
  run = function(args, app)
    local host = app:host()
    local results = checks.run(app, args, host)
    host:close()
    local all = listed(results)
    if args.format == "json" then app:write(json.line(all)) else write_text(app, results) end
    return all.ok and 0 or 1
  end,
}
