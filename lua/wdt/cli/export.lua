--- Rows of a stream into a format: what `stockouts`, `cancelled` and `records` share.
-- @module wdt.cli.export
local later = require "wdt.cli.later"
local native = require "wdt.native"
local beijing = later "wdt.beijing"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local fingerprint = later "wdt.reading.fingerprint"
local map = require "wdt.map"
local shell = later "wdt.shell"
local shops = later "wdt.cli.shops"
local seen = later "wdt.reading.seen"
local summary = later "wdt.cli.summary"
local wdt = later "wdt"
local pick = later "wdt.cli.pick"
local require, setmetatable, type, ipairs, pairs = require, setmetatable, type, ipairs, pairs
local max, concat = math.max, table.concat

local M = {}

local BY_ENDING = { csv = "csv", json = "json", ndjson = "ndjson", jsonl = "ndjson",
  xlsx = "xlsx" }

-- Argparse's converters, loaded when a value is there.
local function condition(text) return pick.condition(text) end
local function order(text) return pick.order(text) end

-- Rows between two looks at the progress line.
local OFTEN = 64

local OUTPUT = {
  { "--fields", "LIST", convert = options.list,
    en = "only these, e.g. order_no,details_list.spec_no",
    zh = "只取这些字段，如 order_no,details_list.spec_no" },
  { "--mask", en = "names, phones, addresses and the like as keyed hashes",
    zh = "姓名、电话、地址等替换为带密钥的散列" },
  { "--private", "LIST", convert = options.list,
    en = "with --mask: these fields as well, e.g. remark,details_list.remark",
    zh = "与 --mask 同用：这些字段也替换，如 remark,details_list.remark" },
  query_of.ALLOW_UNKNOWN,
  { "--format", "FORMAT", choices = { "table", "ndjson", "csv", "json", "xlsx" },
    en = "table on a terminal, ndjson elsewhere, or by the ending of FILE",
    zh = "默认：终端上为 table，否则为 ndjson，或按文件扩展名" },
  { "--explode", "LIST", en = "csv, table, xlsx: a line for each member of this list "
    .. "(details_list)",
    zh = "csv、table、xlsx：列表（如 details_list）每项一行" },
  { "--shared", en = "with --explode: without the row's own amounts, which each line would repeat",
    zh = "与 --explode 同用：不输出整单金额（否则每行重复）" },
  { "--header", "KIND", choices = { "name", "label" },
    en = "csv, table, xlsx: field names (default) or the vendor's Chinese labels",
    zh = "csv、table、xlsx：表头用字段名（默认）或中文名称" },
  { "--bom", en = "csv: begin with a byte order mark, for Excel", zh = "csv：文件开头写 BOM，供 Excel 识别" },
  { "--excel", en = "csv: --bom, and long numbers as =\"…\", which Excel would round",
    zh = "csv：含 --bom，且长数字写成 =\"…\"，避免 Excel 四舍五入" },
  { "-o --output", "FILE", en = "write FILE.part, which becomes FILE once it is whole; rows hold "
    .. "personal "
    .. "data, so a new FILE is its owner's alone",
    zh = "先写入 FILE.part，完整后改名为 FILE；数据含个人信息，新文件仅本人可读" },
  { "--continue", en = "go on after what FILE.part is known to hold", zh = "接着已有的 FILE.part 写" },
}

local PICK = {
  { "--where", "CONDITION", convert = condition, many = true,
    en = "only rows of which this holds, several times: status=95, receivable>=100, "
      .. "details_list.goods_name~tea",
    zh = "只要满足条件的数据，可重复：status=95、receivable>=100、details_list.goods_name~茶" },
  { "--sort", "FIELD", convert = order,
    en = "by this field, FIELD:desc the largest first; keeps all rows in memory",
    zh = "按该字段排序，FIELD:desc 为降序；全部数据保存在内存中" },
  { "--limit", "N", convert = options.positive, en = "end after so many rows",
    zh = "输出这么多条后结束" },
  { "--sum", "LIST", convert = options.list, en = "tell what these fields come to, exactly",
    zh = "统计这些字段的合计（精确）" },
  { "--labels", en = "the vendor's words in place of numbers, as far as documents name them",
    zh = "以文档中的名称代替数字取值" },
}

--- The options of such a command.
function M.options(parser, t)
  for _, list in ipairs{ query_of.TIMES, query_of.FILTERS, query_of.HOW, PICK, OUTPUT } do
    options.add(parser, t, list) end
end

local COLUMNS =
  { en = "only csv, table and xlsx have columns: --explode and --header go with them, --bom and "
    .. "--excel with csv",
  zh = "只有 csv、table 与 xlsx 才有列：--explode、--header 用于这些格式，--bom、--excel 用于 csv" }
local PRIVATE = { en = "--private adds to what --mask replaces; give both",
  zh = "--private 用来补充 --mask 替换的字段，须同时使用" }
local SHARED = { en = "--shared goes with --explode", zh = "--shared 须与 --explode 同用" }
local CONTINUE = { en = "--continue goes on with the FILE.part of -o FILE; give both",
  zh = "--continue 接着 -o FILE 的 FILE.part 写，须同时使用" }

local ENDINGS = { en = "%s: a file's kind is told by its ending: .csv, .json, .ndjson (each also "
  .. "with .gz), .xlsx, or by --format",
  zh = "%s：文件类型由扩展名决定：.csv、.json、.ndjson（均可加 .gz）、.xlsx，或用 --format 指定" }

local WHOLE = { en = "a workbook is written once all rows are there: xlsx goes with -o FILE, and "
  .. "not "
  .. "with --continue", zh = "工作簿在全部数据就绪后一次写成：xlsx 须与 -o 文件 同用，不能用 --continue" }

--- The format that --format or a file's ending tells; ends the command where an ending is unknown,
-- or where the output can't be of that format.
-- @tparam table args `format`, `output`, `continue`
-- @tparam table app
-- @treturn table the format, a module of `wdt.format`
-- @treturn string its name
function M.format_of(args, app)
  local name = M.format_name(args, app)
  local format, file = require("wdt.format." .. name), args.output or "-"
  if format.whole and (args.continue or file == "-" or file:find "%.gz$") then
    app:fail("usage", app:text(WHOLE))
  end
  return format, name
end

--- The name of that format.
-- @tparam table args
-- @tparam table app
-- @treturn string
function M.format_name(args, app)
  if args.format then return args.format end
  local name = args.output
  if not name or name == "-" then return app:output(name).terminal and "table" or "ndjson" end
  local plain, packed = name:gsub("%.gz$", "")
  local ending = plain:match "[^/]%.([^./]+)$"
  local format = ending and BY_ENDING[ending:lower()]
  if ending and not format or format == "xlsx" and packed > 0 then
    app:fail("usage", app:text(ENDINGS):format(name))
  end
  return format or "ndjson"
end

local PARTLY = { en = "--continue writes on where a file ended: it can't go with --sort, --limit "
  .. "or --sum", zh = "--continue 接着文件末尾写，不能与 --sort、--limit、--sum 同用" }
local UNREAD = { en = "'%s' has to be among --fields", zh = "“%s”须在 --fields 之中" }

-- Ends the command where a field that rows are picked by is not read.
local function check_picked(args, app)
  local read = map.set(args.fields)
  local function check(path)
    if args.fields and not read[path] and not read[path:match "^[^.]+"] then
      app:fail("usage", app:text(UNREAD):format(path))
    end
  end
  for _, one in ipairs(args.where or {}) do check(one[1]) end
  for _, path in ipairs(args.sum or {}) do check(path) end
  if args.sort then check(args.sort[1]) end
end

-- Ends the command where options make no sense together.
local function check(args, app, format, name)
  if args.private and not args.mask then app:fail("usage", app:text(PRIVATE)) end
  if args.continue and (not args.output or args.output == "-") then
    app:fail("usage", app:text(CONTINUE))
  end
  if args.continue and (args.sort or args.limit or args.sum) then
    app:fail("usage", app:text(PARTLY))
  end
  if args.shared and not args.explode then app:fail("usage", app:text(SHARED)) end
  if format.raw and (args.explode or args.header) or (args.bom or args.excel) and name ~= "csv" then
    app:fail("usage", app:text(COLUMNS)) end
  check_picked(args, app)
end

local TWO_LISTS = { en = "'%s' lies within another list than the one whose members are lines",
  zh = "“%s”属于另一个列表，一次只能展开一个列表" }

-- Returns what a format is told.
local function format_options(self, method, raw)
  local app, args, out = self.app, self.args, self.out
  local write = function(...) out:write(...) end
  if out.terminal then write = function(...) app:put(...) end end
  return { write = write, raw = raw, method = method,
    fields = self.query.fields,
    explode = args.explode, shared = args.shared, header = args.header, bom = args.bom,
    excel = args.excel,
    time = self.time, width = out.width,
    continued = out.continued,
    damaged = function(err, code) self:leave(code, (err:gsub("^" .. code .. ": ", "", 1))) end,
    path = self.out.part, fail = function(words) app:fail("output", app:text(words)) end,
    say = function(words, ...) app:say(app:text(words):format(...)) end,
    refuse = function(path) app:fail("usage", app:text(TWO_LISTS):format(path)) end }
end

local GO_ON = { en = "to go on: ", zh = "继续：" }
local ANEW = { en = "%s holds nothing yet: reading begins at %s", zh = "%s 尚无内容：从 %s 开始读取" }
local ON = { en = "%s goes on at %s", zh = "%s 从 %s 继续" }
local ELSEWHERE = { en = "%s goes on at %s, not there", zh = "%s 应从 %s 继续，与命令行不符" }

local FINISHED = { en = "%s had been finished: it is whole", zh = "%s 此前已写完，内容完整" }
local OTHER = { en = "%s is whole, and was finished by another query: %s to %s",
  zh = "%s 已完整，但由另一次查询写完：%s 至 %s" }

-- Options that say when, which give way to others.
local WHEN = { ["--start"] = true, ["--stop"] = true, ["--day"] = true, ["--month"] = true,
  ["--last"] = true }

--- The command line that goes on where one was interrupted.
-- @tparam {string} argv the command line, the sub-command first
-- @tparam integer start epoch seconds
-- @tparam integer stop epoch seconds
-- @tparam boolean continued whether the output's file is gone on with
-- @treturn string
function M.resumed(argv, start, stop, continued)
  local words = { "wdt", argv[1], "--start", shell.quote(beijing.format(start)), "--stop",
    shell.quote(beijing.format(stop)) }
  local skip = true
  -- before a "--", after which it would be an argument
  if continued then words[#words + 1] = "--continue" end
  for _, word in ipairs(argv) do
    local name = word:match "^(%-%-[%l-]+)"
    if skip then
      skip = false -- the sub-command, or the value of an option that was left out
    elseif WHEN[name] then
      skip = word == name
    elseif word ~= "--continue" then
      words[#words + 1] = shell.quote(word)
    end
  end
  return concat(words, " ")
end

-- Words of a query that change no row, that a file's mark tells on its own, or that the format
-- decides.
local APART = { start = true, stop = true, read = true, strict = true, lanes = true,
  page_size = true, as = true, null = true }

-- A word for all that decides what the rows of a file are and how they are written.
local function words_of(self, method, name)
  local query, args, client = {}, self.args, self.client
  for word, value in pairs(self.query) do
    if not APART[word] then query[word] = value end
  end
  local core = native.load "wdt.core"
  return core.md5(fingerprint.of{ client.edition, client.account.credentials.sid, method, name,
    query, args.where or {}, args.explode or "", args.header or "",
    { shared = args.shared, bom = args.bom, excel = args.excel, labels = args.labels } })
end

local Export = {}
Export.__index = Export

-- How another run goes on; nil where this one has no beginning that is worth it.
function Export:how_to_resume()
  local query, app, at = self.query, self.app, self.complete_until
  if not at or at <= query.start and not self.out.continued or at > query.stop then return nil end
  local text = app:text(GO_ON) .. M.resumed(app.argv, at, query.stop, self.out.part ~= nil)
  if self.out.part or self.clean then return text end
  return text .. "\n     "
    .. app:text{ en = "which repeats rows that were written: those from that time on",
    zh = "其中该时间之后已输出的数据会重复" }
end

-- Ends what a run was killed over that had written all: only the file's name, or the run's status,
-- was still to come. Ends the command with a failure where that is not what is asked for.
function Export:end_finished()
  local out, query, app = self.out, self.query, self.app
  local from, stop, went_on = out.whole.from, out.whole.stop, out.whole.went_on
  if (query.start ~= from and query.start ~= went_on) or query.stop ~= stop
    or out.whole.of ~= out.of then
    app:fail("usage", app:text(OTHER):format(self.args.output, from and beijing.format(from) or "-",
      stop and beijing.format(stop) or "-"))
  end
  app:written(out:finish(from, stop, went_on))
  app:say(app:text(FINISHED):format(self.args.output))
end

-- Has the output begin where the query does, with a mark that says so: killed from now on, it can
-- be gone on with.
function Export:begin()
  local out, query, app = self.out, self.query, self.app
  if not query.start then return end
  if self.args.continue then
    app:say(app:text(ANEW):format(out.part, beijing.format(query.start)))
  end
  app:written(out:mark(query.start, query.stop, query.start))
end

-- Goes on where FILE.part ends: by the command line that began it, or by one that names that time.
-- Ends the command where another range would repeat rows that FILE.part holds, or leave some out.
function Export:go_on()
  local out, query, app = self.out, self.query, self.app
  local at = out.continues_at
  if query.stop ~= out.stop or query.start ~= out.from and query.start ~= at then
    app:fail("usage", app:text(ELSEWHERE):format(out.part, beijing.format(at)),
      at <= out.stop and app:text(GO_ON) .. M.resumed(app.argv, at, out.stop, true) or nil)
  end
  if query.start ~= at and at <= query.stop then
    query.start = at
    app:say(app:text(ON):format(out.part, beijing.format(at)))
    self:open()
  end
  self.went_on, self.complete_until = at, at
end

-- Ends what was killed after its last row's mark, and before it was whole.
function Export:end_complete()
  self.stream:close()
  self.format:finish()
  self.app:written(self.out:finish(self.out.from, self.query.stop, self.went_on))
  self.app:say(self.app:text(FINISHED):format(self.args.output))
end

-- True if the output may end here: where nothing was written that another run would write again, or
-- where it can be taken back.
function Export:may_leave()
  return self.clean or self.out.part ~= nil
end

-- A window has been read, and all its rows were written. What was written is complete up to a time.
-- Neighbours share a second, and a window may be drawn in while it is read, so rows from that time
-- on were written as well: a mark of a file tells which. Nothing is marked where that is not known,
-- since other queries of that time are still to be read, nor where the reading ends here because
-- this window could not be proved complete. The mark is set now: the next row may never come.
function Export:window_done(event)
  if self.pick.kept or self.format.whole then return end -- no row has been written
  local out, at = self.out, self.stream:progress().resume_at
  if at == self.complete_until or self.query.strict and event.certificate == "none" then return end
  local held = at and out.part and self.stream:delivered():write(at)
  if not held and self.latest >= (at or 0) then return end
  self.format:flush()
  if not out:mark(self.from, self.query.stop, at, held) then return end
  self.complete_until, self.clean = at, true
end

function Export:on_signal()
  if self:may_leave() then return end
  self.stream:stop()
  local at = self.stream:progress().resume_at
  self.app:say(
    self.app:text{ en = "finishing the window that begins at %s; Ctrl-C again ends at once",
    zh = "正在读完从 %s 开始的窗口；再按一次 Ctrl-C 立即结束" }:format(at and beijing.format(at) or "-"))
end

function Export:show_progress()
  local p = self.stream:progress()
  self.app.progress:update{ rows = p.rows, calls = p.calls, rate = self.rate,
    done = p.windows / max(1, p.windows_planned) }
end

-- Reads to the end, to the end of a window, or to the last row that is wanted: true; or nil, err,
-- code.
function Export:read()
  local app, stream, pick_row = self.app, self.stream, self.pick
  local n = 0
  while true do
    local row, err, code = stream:next()
    if row then
      self.clean = false
      self.shops:row(row)
      self.cut = pick_row:row(row)
    elseif err == nil then
      pick_row:finish()
    end
    local failed = self.out.failed
    if failed then return nil, failed[1], failed[2] or "output" end
    if row == nil then return err == nil or nil, err, code end
    if self.cut then return true end
    n = n + 1
    if n % OFTEN == 0 then self:show_progress() end
    if app:interrupted() and self:may_leave() then return nil, "interrupted: interrupted",
      "interrupted" end
  end
end

-- True if the stream was stopped before the end of its range.
function Export:is_short()
  local p = self.stream:progress()
  return p.windows < p.windows_planned
end

-- Leaves what was written as a beginning that can be gone on with.
function Export:leave(code, text)
  local app = self.app
  self.format:flush()
  local ok, err = self.out:abandon()
  if not ok and code ~= "pipe" then code, text = "output", err end
  if (code == "pipe" or code == "interrupted") and app:interrupted() then
    code, text = app.signal_code(), "" end
  app:fail(code, text, code ~= "pipe" and self:how_to_resume() or nil)
end

function Export:finish()
  local app, out = self.app, self.out
  self.format:finish()
  local p = self.stream:progress()
  local limited = self.args.limit and (self.cut or self.args.sort and p.rows > self.args.limit)
  -- what --limit cut off can't be taken for the whole range later
  app:written(out:finish(not limited and self.from or nil, self.query.stop, self.went_on))
  if self.cut then self.stream:close() end
  self.shops:keep()
  summary.tell(app, { rows = p.rows, shown = self.pick.shown, calls = p.calls, retries = p.retries,
    seconds = app:now() - self.began, certificate = p.certificate, windows = p.windows,
    uncertified = p.uncertified, blind = p.blind, totals = self.pick:totals(),
    file = out.part and self.args.output, cut = limited or false })
end

-- Calls a minute, for what is told of the time that is left.
local function rate_of(client)
  local rate = client.rate
  return type(rate) == "table" and rate.default or rate
end

--- Reads a query into the output.
-- @tparam table args
-- @tparam table app
-- @tparam function open `(client, query)` -> a stream
-- @tparam function method_of `(client)` -> the method that is read
-- @tparam ?string time the field that rows are selected by, for people to see
function M.run(args, app, open, method_of, time)
  local query = query_of.query(args, app)
  local format, name = M.format_of(args, app)
  check(args, app, format, name)
  -- then the rows' own bytes are handed on
  local raw = (format.raw or format.documents and not query.fields) and not query.mask
    and not pick.needs_tables(args)
  if raw then query.as = "json" elseif format.raw then query.null = wdt.null end
  local client = app:client(args)
  local self = setmetatable({ app = app, args = args, query = query, client = client, clean = true,
    time = time, complete_until = query.start, latest = 0,
    began = app:now(), rate = rate_of(client) }, Export)
  local method = method_of(client)
  query_of.check_columns(args, app, client, method)
  self.shops = shops.new(client.edition, client.account.credentials.sid)
  function self.open()
    self.stream = app:attempt("usage", open, client, query)
    self.stream:observe{ row = function(at)
      if at and at > self.latest then self.latest = at end
    end }
  end
  self:open()
  self.out = app:output(args.output, args.continue, words_of(self, method, name))
  if self.out.whole then return self:end_finished() end
  if self.out.continues_at then self:go_on() else self:begin() end
  self.from = self.out.from or query.start
  if self.out.held then self.stream:assume_delivered(seen.read(self.out.held)) end
  self.format = format.new(format_options(self, method, raw))
  if self.went_on and self.went_on > query.stop then return self:end_complete() end
  self.pick = pick.new(args, method, function(row) self.format:row(row) end)
  app.on_window = function(event) self:window_done(event) end
  app:catch(function() self:on_signal() end, function() return self:may_leave() end)
  local done, err, code = self:read()
  if not done then
    self:leave(code, (err:gsub("^" .. code .. ": ", "", 1)))
  elseif app:interrupted() and self:is_short() then
    self:leave("interrupted", "")
  end
  self:finish()
end

return M
