--- Describes what a sub-command gets: the account, the output, words for the person who reads, and
-- a way to fail.
--
-- Rows and results go to the standard output (or to -o FILE), everything else to the standard
-- error.
-- @module wdt.cli.app
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local account = later "wdt.cli.account"
local catalog = later "wdt.catalog"
local columns = later "wdt.format.columns"
local chinese = later "wdt.cli.chinese"
local config = later "wdt.config"
local edition = later "wdt.edition"
local curl_host = later "wdt.host.curl"
local json = later "wdt.json"
local nearest = later "wdt.nearest"
local output = later "wdt.cli.output"
local map = require "wdt.map"
local posix = require "wdt.native".load "wdt.posix"
local progress = later "wdt.cli.progress"
local wdt = later "wdt"
local words = require "wdt.cli.words"
local setmetatable, getmetatable, error, pcall, pairs, ipairs, tostring, type, min, max,
  concat = setmetatable, getmetatable,
  error, pcall, pairs, ipairs, tostring, type, math.min, math.max, table.concat
local io, time = io, os.time

local M = {}

local SIGINT, SIGHUP = 2, 1

-- Seconds between two looks at signals and the progress line while the library waits.
local TICK = 0.25

-- Cells of a line of prose on a terminal that says it is narrower.
local LEAST_WIDTH = 20

local App = {}
App.__index = App

-- Holds what `fail` raises.
local Failure = {}

--- @tparam string language `"en"` or `"zh"`
-- @treturn App
function M.new(language)
  posix.hold_standard() -- before anything is opened
  local app = setmetatable({ language = language, hosts = {}, last_things = {}, args = {},
    sleeps_for = "waiting" }, App)
  app.progress = progress.new(app, true)
  return app
end

--- The options that every sub-command takes are known.
-- @tparam table args `quiet`, `verbose`, `log_json`
function App:start(args)
  self.args = args
  posix.ignore_pipe() -- an error like any other, so that what was started is ended
  self.progress = progress.new(self, args.quiet or args.log_json)
end

--- Monotonic seconds.
-- @treturn number
function App.now()
  return posix.now()
end

-- Words -------------------------------------------------------------------------------------------

--- Picks the user's language.
-- @tparam table texts `{ en = …, zh = … }`
-- @treturn string
function App:text(texts)
  return texts[self.language]
end

--- Those words with values in them, "1 row", "2 rows".
-- @tparam table texts
-- @param ... values, as `string.format` takes them
-- @treturn string
function App:filled(texts, ...)
  return words.format(self:text(texts), ...)
end

--- Writes to the standard error, as it is.
function App.error(_, bytes)
  io.stderr:write(bytes)
end

--- Writes text that may hold a gateway's own words, or a row's.
-- @tparam string text
function App:error_text(text)
  self:error(columns.plain(text))
end

--- Tells something in a line of its own, unless --quiet.
-- @tparam string text
function App:say(text)
  if self.args.log_json then return self:event{ event = "note", text = text } end
  if self.args.quiet then return end
  self.progress:clear()
  self:error_text(text .. "\n")
end

--- Says it as `say` does, only with --verbose.
-- @tparam string text
function App:detail(text)
  if self.args.verbose then self:say(text) end
end

--- With --log-json: one JSON object in a line of the standard error, with the `time` (Beijing),
-- and, where the command speaks for one, its `account` and `job`.
-- @tparam table event
function App:event(event)
  if not self.args.log_json then return end
  local timed = { time = beijing.format(time()), account = self.account_name, job = self.job_name }
  map.add(timed, event)
  self:error_text(json.encode(timed) .. "\n")
end

-- Failing -----------------------------------------------------------------------------------------

--- Ends the command with a failure; does not return.
-- @tparam string code of `wdt.error`, or of `wdt.cli.exits`
-- @tparam string text
-- @tparam ?string more a line of its own, after what is told about the failure
function App:fail(code, text, more) -- luacheck: ignore 212
  error(setmetatable({ code = code, text = text, more = more }, Failure), 0)
end

--- Returns what a function of the library returned; ends the command where that is nil, "code:
-- text", "code".
-- @return the same
function App:expect(value, err, code)
  if value == nil and err ~= nil then self:fail(code
    or "internal", (tostring(err):gsub("^%l+: ", "", 1))) end
  return value
end

--- Calls the library; ends the command with `code` where it raises a misuse, which on a command
-- line is the user's.
-- @tparam string code `"usage"` or `"config"`
-- @tparam function f
-- @param ... its arguments
-- @return its first four results
function App:attempt(code, f, ...)
  local ok, a, b, c, d = pcall(f, ...)
  if ok then return a, b, c, d end
  if type(a) == "string" and (a:find "^parameter " or a:find "^setting ") then
    self:fail(code, self:plainly(a)) end
  error(a, 0)
end

local PLACE = { en = "%s (%s line %d)", zh = "%s（%s 第 %d 行）" }
local NO_TIME = { en = "which time? --last 24h, --day today, --month 2026-11, or --start TIME "
  .. "[--stop TIME]",
  zh = "要读哪段时间？请用 --last 24h、--day today、--month 2026-11，或 --start 时间 [--stop 时间]" }

-- The times in a text, which the library tells in epoch seconds, as people read them.
local function with_times(text)
  return (text:gsub("%f[%w]%d%d%d%d%d%d%d%d%d%d%f[%W]", function(epoch)
    return beijing.format(epoch + 0)
  end))
end

--- A misuse in words for a person: without Lua, with options in place of its names, and with the
-- file and line of a setting.
-- @tparam string text as the library raises it
-- @treturn string
function App:plainly(text)
  if text:find "^parameter 'start' is nil" then return self:text(NO_TIME) end
  if text:find "^parameter 'st%l+' is %d" or text:find "^parameter 'from' is %d" then
    text = with_times(text)
  end
  local method = text:match "^parameter 'method' is \"([^\"]*)\", expected a query"
  if method and self.edition then text = text .. self:nearest_method(method, "query") end
  local setting = text:match "^setting '([%w_.]+)'"
  local file, line
  if setting and self.place_of then file, line = self.place_of(setting) end
  self.placed = file ~= nil
  text = words.plain(text, self.language)
  return file and self:text(PLACE):format(text, file, line) or text
end

--- A failure of the library, or its event's, in the user's language.
-- @tparam string code
-- @tparam string text without its code
-- @treturn string
function App:told(code, text)
  return self.language == "zh" and chinese.failure(code, text) or text
end

local NOT_FOUND = { en = "asked: %s for %s. There is nothing at that address: %s is probably "
  .. "wrong%s; wdt doctor checks it.",
  zh = "请求地址：%s，方法 %s。该地址不存在：%s可能有误%s；可用 wdt doctor 检查。" }
local URL_WRONG, METHOD_WRONG = { en = "the url of the settings", zh = "设置中的 url" },
  { en = "the name of the method", zh = "方法名" }

--- Tells where a call went that the gateway does not know.
-- @tparam string code
-- @tparam string text
-- @treturn ?string a line to tell; nil of another failure
function App:where_it_went(code, text)
  if code ~= "http" or not text:find("404", 1, true) or not self.url then return nil end
  local method = self.asked or "-"
  local known = not self.asked or catalog[self.edition][method]
  return self:text(NOT_FOUND):format(self.url, method,
    self:text(known and URL_WRONG or METHOD_WRONG), known and "" or self:told("usage",
      self:nearest_method(method)))
end

--- The methods whose names resemble one, for the end of a message.
-- @tparam string method
-- @tparam ?string kind of the catalogue: only such ones
-- @treturn string in English; "" where none does
function App:nearest_method(method, kind)
  local names = {}
  for name, entry in pairs(catalog[self.edition]) do
    names[name] = (not kind or entry.kind == kind) or nil
  end
  return nearest.hint(method, names)
end

--- Returns what was raised, as a failure.
-- @param raised
-- @treturn string code
-- @treturn string text
-- @treturn ?string a further line
function M.failure_of(raised)
  if type(raised) == "table" and getmetatable(raised) == Failure then
    return raised.code, raised.text, raised.more end
  raised = tostring(raised)
  -- the interpreter's own word at Ctrl-C
  if raised:find "interrupted!$" then return "interrupted", "" end
  return "internal", raised
end

--- A library's failure of one string, "code: text", in the user's language.
-- @tparam string err
-- @treturn string
function App:told_of(err)
  local code, text = err:match "^(%l+): (.*)$"
  return code and code .. ": " .. self:told(code, text) or err
end

-- Signals -----------------------------------------------------------------------------------------

--- From now on Ctrl-C and SIGTERM only leave a mark, the first time.
-- @tparam ?function on_first called once the mark is seen
-- @tparam ?function may_leave tells whether a client's waiting may be broken off then, with the
-- failure `interrupted`
-- @tparam ?function on_hangup called at a SIGHUP, which is a mark no longer, and is heeded although
-- the program was started by nohup
function App:catch(on_first, may_leave, on_hangup)
  posix.catch(on_hangup and SIGHUP)
  self.on_first, self.may_leave, self.on_hangup = on_first, may_leave, on_hangup
end

--- True if a signal has arrived since `catch`.
-- @treturn boolean
function App:interrupted()
  local signal = posix.caught()
  if not signal then return false end
  if signal == SIGHUP and self.on_hangup then
    posix.forget(signal)
    self.on_hangup()
    return false
  end
  local on_first = self.on_first
  if on_first then
    self.on_first = nil
    on_first()
  end
  return true
end

--- The code of a command that a signal ended.
-- @treturn string
function App.signal_code()
  return posix.caught() == SIGINT and "interrupted" or "terminated"
end

-- ---- the account ----

--- The account's settings, by profile, environment and options.
-- @tparam table args `profile`, `rate`
-- @treturn table as `wdt.new` takes them; not checked, but for the profile itself
function App:settings(args)
  local settings, err, place_of = account.settings(args.profile)
  if not settings then self:fail("config", err) end
  self.place_of = place_of
  return self:changed(settings, args)
end

--- Settings with what the command line says of them.
-- @function App:changed
-- @tparam table settings
-- @tparam table args `rate`, `set`
-- @treturn table settings
function App.changed(_, settings, args)
  if args.rate then settings.rate = args.rate end
  for _, pair in ipairs(args.set or {}) do account.put(settings, pair[1], pair[2]) end
  return settings
end

-- Holds what the library tells while it works.
local HEARD = {}

function HEARD.wait(app)
  app.sleeps_for = "waiting"
end

function HEARD.failure(app, event)
  app.sleeps_for, app.asked = "again", event.method
  local again = event.retry_in and app:text{ en = "; again in %.0f s", zh = "；%.0f 秒后重试" }:format(
    event.retry_in) or ""
  app:detail(event.method .. ": " .. app:told_of(event.error) .. again)
end

function HEARD.call(app, event)
  app:detail(("%s page_no=%s %.2f s %d B"):format(event.method, tostring(event.page_no or "-"),
    event.seconds, event.bytes or 0))
end

function HEARD.outage(app, event)
  if app.on_outage then app.on_outage(event) end
end

function HEARD.window(app, event)
  if app.on_window then app.on_window(event) end
end

-- A copy in tables that had to change for what came, and rows that it could not place.
local CHANGES = {
  table_added = { en = "%s: a table for a list that is new", zh = "%s：为新的列表建立数据表" },
  column_added = { en = "%s.%s: a column for a field that is new", zh = "%s.%s：为新字段增加一列" },
  column_retyped = { en = "%s.%s: a value does not fit, so the column is one of texts now",
    zh = "%s.%s：有值放不下，该列改为文本" },
  row_rejected = { en = "%s: row %s stands in _wdt_rejects: %s",
    zh = "%s：记录 %s 存入 _wdt_rejects：%s" },
}

for name, said in pairs(CHANGES) do
  HEARD[name] = function(app, event)
    app:say(app:text(said):format(event.table, event.column or event.identity, event.error))
  end
end

--- Told each event of a client; gives it the `account` and the `job` that it is of, where it has
-- none.
-- @tparam table event
function App:hear(event)
  event.account, event.job = event.account or self.account_name, event.job or event.name
    or self.job_name
  if HEARD[event.event] then HEARD[event.event](self, event) end
  self:event(event)
  -- who reads a pipe sees rows as they come; a failure is met at the next row
  if self.out then self.out:flush() end
end

-- libcurl's host, whose waiting looks at signals.
function App:host()
  local host = curl_host.new()
  local sleep = host.sleep
  function host.sleep(_, seconds)
    local stop = host:now() + seconds
    local left = seconds
    while left > 0 do
      if self:interrupted() and self.may_leave and self.may_leave() then
        return nil, "interrupted: interrupted", "interrupted" end
      self.progress:update{ [self.sleeps_for] = left }
      sleep(host, min(left, TICK))
      left = stop - host:now()
    end
    self.progress:update{ waiting = false, again = false }
    return true
  end
  return host
end

--- A client of the account. Ends the command with `config` where the settings won't do.
-- @tparam table args see `settings`
-- @tparam ?table more further settings
-- @treturn wdt.client
function App:client(args, more)
  local settings = self:settings(args)
  self.account_name = account.name(args.profile) or settings.sid
  map.add(settings, more)
  return self:client_of(settings)
end

--- A client of settings. Ends the command with `config` where they won't do.
-- @tparam table settings as `wdt.new` takes them; changed
-- @treturn wdt.client
function App:client_of(settings)
  settings.host = settings.host or self:host()
  settings.log = settings.log or function(event) self:hear(event) end
  self.hosts[#self.hosts + 1] = settings.host
  local client = self:attempt("config", wdt.new, settings)
  self.edition = client.edition
  local direct = client.accounts and client.accounts[edition.ROUTES[1]]
  self.url = direct and config.public_url(direct.credentials.url)
  return client
end

-- ---- the output ----

-- Ends the command where the output can't be written.
function App:written(ok, err, code)
  if ok then return end
  if code == "pipe" then self:fail("pipe", "") end
  self:fail("output", err)
end

--- Opens the output, the first time it is needed the standard output.
-- @tparam ?string name -o
-- @tparam ?boolean continued
-- @tparam ?string of
-- @return as `wdt.cli.output.open`
function App:output(name, continued, of)
  if not self.out then
    local err
    self.out, err = output.open(name, continued, of)
    if not self.out then self:fail("output", err) end
  end
  return self.out
end

--- The width of the terminal that the standard output is.
-- @treturn ?integer cells, at least 20; nil where it is none, or one that has no width
function App:terminal_width()
  local width = self:output().terminal
  return width and width > 0 and max(width, LEAST_WIDTH) or nil
end

--- Writes to the output, whose failure is to be looked for (`failed`).
-- @tparam string ... bytes
function App:put(...)
  local out = self:output()
  if not out.terminal then
    out:write(...)
    return
  end
  self.progress:clear() -- it may be the same one
  out:write(columns.plain(concat{ ... }))
  out:flush()
end

--- Writes to the output; ends the command where that fails.
-- @tparam string ... bytes
function App:write(...)
  self:put(...)
  local failed = self.out.failed
  if failed then self:written(nil, failed[1], failed[2]) end
end

--- Hands on what was written.
function App:flush()
  if self.out then self:written(self.out:flush()) end
end

--- Has something done when the command ends, however it does.
-- @tparam function f
function App:finally(f)
  self.last_things[#self.last_things + 1] = f
end

--- Gives back whatever is held.
function App:close()
  self.progress:clear()
  for _, f in ipairs(self.last_things) do f() end
  for _, host in ipairs(self.hosts) do host:close() end
  if self.out then self.out:close() end
end

return M
