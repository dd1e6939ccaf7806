--- `wdt sync`: keeps a copy of an account's rows in a database or in files, whatever is killed meanwhile.
-- @module wdt.cli.commands.sync
local beijing = require "wdt.beijing"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local resume = require "wdt.cli.resume"
local state = require "wdt.state"
local ipairs, pairs, require, setmetatable, type = ipairs, pairs, require, setmetatable, type
local concat, max, min = table.concat, math.max, math.min

local SINKS = { sqlite = "sqlite:FILE", ndjson = "ndjson:FOLDER", csv = "csv:FOLDER", postgres = "postgres:ADDRESS" }
local WHAT = { stockouts = "stockouts", cancelled = "cancelled_stockouts" }

-- Rows between two looks at the progress line and at signals.
local OFTEN = 64

-- "sqlite:FILE" -> { kind, address }
local function target(text)
  local kind, address = text:match "^(%l+):(.+)$"
  if kind == "postgresql" or kind == "postgres" and address:find "^//" then kind, address = "postgres", text end
  if SINKS[kind] then return { kind, address } end
  local known = {}
  for _, form in pairs(SINKS) do known[#known + 1] = form end
  table.sort(known)
  return nil, ("'%s' is none of %s"):format(text, concat(known, ", "))
end

local Copy = {}
Copy.__index = Copy

function Copy:show(rows)
  local p = self.job:progress()
  local reached = p.behind and max(1, p.watermark - self.from + p.behind)
  self.app.progress:update{ label = self.args.name, rows = p.rows - self.rows_before + rows, calls = p.calls - self.calls_before,
    done = reached and min(1, (p.watermark - self.from) / reached) or nil }
end

-- What is wrong with the copy, in the user's language.
function Copy:words(err)
  return ("%s: %s"):format(self.args.to[1], type(err) == "table" and self.app:text(err) or err)
end

-- Ends the command where the copy can't be written.
function Copy:written(ok, err)
  if not ok then self.app:fail("output", self:words(err), self:how_to_resume()) end
end

function Copy:how_to_resume()
  local words = { "wdt" }
  for _, word in ipairs(self.app.argv) do words[#words + 1] = resume.quote(word) end
  local p = self.job:progress()
  return self.app:text{ en = "everything before %s is safe; to go on: ", zh = "%s 之前的数据均已保存；继续：" }
    :format(beijing.format(p.watermark)) .. concat(words, " ")
end

-- One window into the copy: its rows are safe there before it is done here.
function Copy:window(window)
  local sink, app, n = self.sink, self.app, 0
  self:written(sink:begin(self.job:progress().windows))
  while true do
    local row, err, code = window:next()
    if err then self:failed(err, code) end
    if row == nil then break end
    self:written(sink:row(row, window.time))
    n = n + 1
    if n % OFTEN == 0 then
      self:show(n)
      app:interrupted() -- has its word said
    end
  end
  self:written(sink:commit(window.stop))
  local ok, err, code = window:commit()
  if not ok then self:failed(err, code) end
  self:show(0)
end

function Copy:failed(err, code)
  self.app:fail(code, (err:gsub("^%l+: ", "", 1)), self:how_to_resume())
end

function Copy:run()
  local app = self.app
  while not app:interrupted() do
    local window, err, code = self.job:next()
    if err then self:failed(err, code) end
    if not window then break end
    self:window(window)
  end
  local p = self.job:progress()
  if app:interrupted() then app:fail(app.signal_code(), "", self:how_to_resume()) end
  app:say(app:text{ en = "%d rows in %d windows; everything before %s has been copied", zh = "%d 条，%d 个窗口；%s 之前的数据均已同步" }
    :format(p.rows - self.rows_before, p.windows - self.windows_before, beijing.format(p.watermark)))
end

-- The job as the library takes it.
local function job_of(args, kind)
  local query = query_of.filters(args)
  query.as, query.lanes = kind.as, nil
  local what = args.what or "stockouts"
  return { name = args.name, what = WHAT[what], method = not WHAT[what] and what or nil, query = query,
    from = args.from, state = state.file(args.state), lag = args.lag, follow = args.follow, signals = true, lanes = args.lanes,
    revisit = args.revisit, audit = args.audit }
end

local PASSWORD = { en = "a password is not taken from the command line, where everybody on this machine can read it; use "
  .. "~/.pgpass or PGPASSWORD", zh = "命令行中的密码会被本机所有用户看到，因此不接受；请使用 ~/.pgpass 或 PGPASSWORD" }
local CSV_ONLY = { en = "only a csv has columns: --fields, --explode and --header go with --to csv:FOLDER",
  zh = "只有 csv 才有列：--fields、--explode、--header 须与 --to csv:文件夹 同用" }
local KEYLESS = { en = "a file has no keys, so nothing can be read twice: --revisit, --audit and --lanes go with a database",
  zh = "文件没有主键，数据不能重读：--revisit、--audit、--lanes 只能用于数据库" }
local TWO_LISTS = { en = "'%s' lies within another list than the one whose members are lines",
  zh = "“%s”属于另一个列表，一次只能展开一个列表" }

-- The module of the sink; ends the command where what it is asked for makes no sense.
local function sink_of(args, app)
  local kind = require("wdt.cli.sinks." .. args.to[1])
  if kind.shows_a_secret and kind.shows_a_secret(args.to[2]) then app:fail("usage", app:text(PASSWORD)) end
  if kind.keyless and (args.revisit or args.audit or (args.lanes or 1) > 1) then app:fail("usage", app:text(KEYLESS)) end
  if args.to[1] ~= "csv" and (args.fields or args.explode or args.header) then app:fail("usage", app:text(CSV_ONLY)) end
  return kind
end

local M = { name = "sync",
  summary = { en = "Keep a copy in a database or in files, and go on where it ended", zh = "在数据库或文件中保持一份副本，可随时中断、继续" },
  examples = {
    { "wdt sync shipped --from 2026-11-01 --state shipped.state --to sqlite:shipped.db",
      en = "what was shipped since, into a table; run it again and it goes on", zh = "把此后发货的出库单存入表中；再次运行即继续" },
    { "wdt sync cancelled --what cancelled --from 2026-11-01 --state cancelled.state --to ndjson:cancelled --follow",
      en = "for ever: a file a day, polled every minute or so", zh = "持续运行：每天一个文件，约每分钟轮询一次" },
  } }

local WHERE = {
  { "--what", "WHAT", en = "stockouts (default), cancelled, or a query method",
    zh = "stockouts 出库单（默认）、cancelled 已取消，或某个查询方法" },
  { "--from", "TIME", convert = options.moment "00:00:00", en = "where to begin, Beijing time; not needed once there is a state",
    zh = "从何时开始（北京时间）；已有进度文件时可省略" },
  { "--state", "FILE", required = true, en = "the file that says what has been copied", zh = "进度文件" },
  { "--to", "TARGET", required = true, convert = target,
    en = "sqlite:FILE, postgres:ADDRESS (a table of identity, _modified, _document); ndjson:FOLDER, csv:FOLDER (a file a day)",
    zh = "目的地：sqlite:文件、postgres:地址（表中有主键、_modified、_document），或 ndjson:文件夹、csv:文件夹（每天一个文件）" },
  { "--follow", en = "go on for ever: poll", zh = "持续轮询" },
  { "--lag", "LENGTH", convert = options.duration, en = "how long a row may take to become visible (3m)",
    zh = "单据入库可见的最长延迟（3m）" },
  { "--revisit", "LIST", convert = options.list, en = "read every window again at these ages: 1d,7d,30d",
    zh = "在这些时长之后重读：1d,7d,30d" },
  { "--audit", en = "look again, after 1 h, 6 h and 1 d, at hours that may have grown",
    zh = "1 小时、6 小时、1 天后复查各小时是否有迟到的单据" },
}

local COLUMNS = {
  { "--fields", "LIST", convert = options.list, en = "csv: only these columns", zh = "csv：只取这些列" },
  query_of.ALLOW_UNKNOWN,
  { "--explode", "LIST", en = "csv: a line for each member of this list (details_list)", zh = "csv：列表（如 details_list）每项一行" },
  { "--header", "KIND", choices = { "name", "label" }, en = "csv: field names (default) or the vendor's Chinese labels",
    zh = "csv：表头用字段名（默认）或中文名称" },
}

function M.options(parser, t)
  parser:argument("name", t{ en = "of the job: the table, or what the files' names begin with", zh = "任务名：数据表名，或文件名的开头" })
    :argname "NAME"
  for _, list in ipairs{ WHERE, query_of.FILTERS, query_of.HOW, COLUMNS } do options.add(parser, t, list) end
end

function M.run(args, app)
  local kind = sink_of(args, app)
  local client = app:client(args)
  local job = app:expect(app:attempt("usage", client.sync, client, job_of(args, kind)))
  local p, spec = job:progress(), job.options.spec
  query_of.check_explode(args, app, client, spec.methods[1])
  local self = setmetatable({ app = app, args = args, job = job, rows_before = p.rows, windows_before = p.windows,
    calls_before = p.calls, from = p.watermark }, Copy)
  local err
  self.sink, err = kind.open(args.to[2], { name = args.name, entry = spec.entry, method = spec.methods[1], committed = p.windows,
    fields = args.fields, explode = args.explode, header = args.header,
    refuse = function(path) app:fail("usage", app:text(TWO_LISTS):format(path)) end })
  if not self.sink then app:fail("output", self:words(err)) end
  app:catch(function()
    app:say(app:text{ en = "finishing the window that is being read; Ctrl-C again ends at once",
      zh = "正在读完当前窗口；再按一次 Ctrl-C 立即结束" })
  end)
  self:run()
  self.sink:close()
  job:close()
end

return M
