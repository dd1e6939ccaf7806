--- Alarms: a person has to be told of accounts and jobs. Raised once, told again every so often
-- while they hold, and told once more when they are over.
--
-- Pure: told events, how far jobs are, and the time; hands out *notices*. There are conditions,
-- which begin and end: a job that lags, a gateway that is down, credentials that are refused, a job
-- that has stopped; and things that have happened, which are counted: windows that could not be
-- proved, fields that are new, rows that a database refused. No notice holds a row's content.
-- @module wdt.alarms
local beijing = require "wdt.beijing"
local duration = require "wdt.duration"
local map = require "wdt.map"
local setmetatable, ipairs, pairs, tostring = setmetatable, ipairs, pairs, tostring
local sort, concat = table.sort, table.concat

local Alarms = {}
Alarms.__index = Alarms

-- Codes after which a gateway is down, if nothing succeeds.
local DOWN = map.set{ "connect", "timeout", "tls", "server", "http", "truncated", "syntax" }

-- Codes of refused credentials: of the account, or of one of its methods.
local REFUSED = { auth = "account", clock = "account", permission = "job" }

-- Seconds that a job has to lag before that is told: a start that catches up is no alarm.
local SETTLE = 120

-- Bytes of another's words, and of a message.
local MOST_WORDS, MOST_TEXT = 200, 1900

local function key_of(kind, account, job)
  return concat({ kind, account, job or "" }, "\0")
end

-- The one of a kind, account and job.
local function one_of(self, kind, account, job)
  local key = key_of(kind, account, job)
  local one = self.all[key]
  if not one then
    one = { kind = kind, account = account, job = job, count = 0, held = false, told = false }
    self.all[key] = one
  end
  return one
end

-- A condition holds, since now where it did not before.
local function hold(self, kind, account, job, now, details)
  local one = one_of(self, kind, account, job)
  if not one.held then one.since = now end
  one.held = true
  map.add(one, details)
end

-- A condition is over.
local function over(self, kind, account, job)
  local one = self.all[key_of(kind, account, job)]
  if one then one.held = false end
end

local function count(self, kind, event, details)
  local one = one_of(self, kind, event.account, event.job)
  one.count = one.count + 1
  map.add(one, details)
end

-- Cuts a text of another's, between characters, to what a message can hold.
local function words(text)
  text = tostring(text):gsub("[%c<>]", " ")
  if #text <= MOST_WORDS then return text end
  return (text:sub(1, MOST_WORDS):gsub("[\192-\255][\128-\191]*$", "")) .. "…"
end

local EVENTS = {}

function EVENTS.call(self, event)
  self.down[event.account] = nil
  over(self, "gateway", event.account)
  over(self, "credentials", event.account)
  over(self, "credentials", event.account, event.job)
end

function EVENTS.failure(self, event, now)
  local account = event.account
  if DOWN[event.code] then
    self.down[account] = self.down[account] or { since = now }
    self.down[account].error = words(event.error)
  elseif REFUSED[event.code] and not event.retry_in then
    hold(self, "credentials", account, REFUSED[event.code] == "job" and event.job or nil, now,
      { error = words(event.error), code = event.code })
  end
end

function EVENTS.commit(self, event)
  over(self, "stopped", event.account, event.job)
  if event.certificate == "none" then count(self, "uncertified", event) end
end

function EVENTS.stream_failed(self, event, now)
  hold(self, "stopped", event.account, event.job, now, { error = words(event.error),
    code = event.code })
end

function EVENTS.column_added(self, event)
  count(self, "field", event, { name = words(event.column or event.table) })
end

EVENTS.table_added = EVENTS.column_added

function EVENTS.row_rejected(self, event)
  count(self, "reject", event, { name = words(event.table) })
end

--- Told an event of a client's `log` or of a runner.
-- @tparam table event with its `account` and `job`
-- @tparam number now epoch seconds
function Alarms:event(event, now)
  local heard = EVENTS[event.event]
  if heard and event.account then heard(self, event, now) end
end

--- Told how far a job is.
-- @tparam table job `account`, `job`, `target`, `behind` (seconds); `paused` (true: it may lag)
-- @tparam number now epoch seconds
function Alarms:job(job, now)
  if job.paused then return over(self, "lag", job.account, job.job) end
  if not (job.behind and job.target) then return end
  if job.behind > job.target + self.settings.lag then
    hold(self, "lag", job.account, job.job, now, { behind = job.behind, target = job.target,
      settle = SETTLE })
  elseif job.behind <= job.target then
    over(self, "lag", job.account, job.job)
  end
end

-- ---- notices ----

local SAID = {
  lag = { en = "%s lags %s behind; its target is %s", zh = "%s 滞后 %s（目标 %s）",
    over = { en = "%s is up to date again", zh = "%s 已恢复同步" },
    words = function(one) return duration.clock(one.behind), duration.clock(one.target) end },
  gateway = { en = "%s: the gateway has not answered since %s: %s", zh = "%s：网关自 %s 起无正常应答：%s",
    over = { en = "%s: the gateway answers again", zh = "%s：网关已恢复" },
    words = function(one) return beijing.format(one.since), one.error end },
  credentials = { en = "%s: the gateway refuses the account: %s", zh = "%s：网关拒绝该账号：%s",
    over = { en = "%s: the gateway takes the account again", zh = "%s：网关已重新接受该账号" },
    words = function(one) return one.error end },
  stopped = { en = "%s has stopped and waits for a person: %s", zh = "%s 已停止，需要人工处理：%s",
    over = { en = "%s goes on", zh = "%s 已继续" }, words = function(one) return one.error end },
  uncertified = { en = "%s: %d windows could not be proved complete", zh = "%s：%d 个窗口无法证明完整",
    words = function(one) return one.count end },
  field = { en = "%s: %d fields or lists are new, the last one is %s",
    zh = "%s：出现 %d 个新字段或列表，最近一个是 %s",
    words = function(one) return one.count, one.name end },
  reject = { en = "%s: the database refused %d rows of %s", zh = "%s：数据库拒绝了 %d 条（%s）",
    words = function(one) return one.count, one.name end },
}

local MARKS = { raised = { en = "[alarm] ", zh = "【告警】" }, again = { en = "[still] ",
  zh = "【仍在】" }, over = { en = "[over] ", zh = "【恢复】" } }

local function notice(self, one, state, now)
  local said, language = SAID[one.kind], self.settings.language
  local whose = one.job and one.account .. "/" .. one.job or one.account
  local text = state == "over" and said.over[language]:format(whose)
    or said[language]:format(whose, said.words(one))
  return { kind = one.kind, state = state, account = one.account, job = one.job,
    code = state ~= "over" and one.code or nil, count = one.count > 0 and one.count or nil,
    at = beijing.format(now), text = MARKS[state][language] .. text }
end

-- Returns the state of the notice that is due of one; nil where none is.
local function state_of(one, now, every)
  local may = not one.told_at or now - one.told_at >= every
  if one.count > 0 then return may and "raised" or nil end
  if one.held and not one.told and now - one.since < (one.settle or 0) then return nil end
  if one.held then return may and (one.told and "again" or "raised") or nil end
  return one.told and "over" or nil
end

--- The notices that are due, in order of accounts and jobs; they count as told.
-- @tparam number now epoch seconds
-- @treturn {table...} `{ kind, state = "raised"|"again"|"over", account, job, code, count, at,
-- text }`, what is nil being unknown
function Alarms:due(now)
  for account, down in pairs(self.down) do
    if now - down.since >= self.settings.down then
      hold(self, "gateway", account, nil, down.since, { error = down.error })
    end
  end
  local keys, notices = {}, {}
  for key in pairs(self.all) do keys[#keys + 1] = key end
  sort(keys)
  for _, key in ipairs(keys) do
    local one = self.all[key]
    local state = state_of(one, now, self.settings["repeat"])
    if state then
      notices[#notices + 1] = notice(self, one, state, now)
      one.told, one.count = one.held, 0
      if state ~= "over" then one.told_at = now end
    elseif not one.held and now - (one.told_at or now) >= self.settings["repeat"] then
      self.all[key] = nil -- long over
    end
  end
  return notices
end

local MORE = { en = "… and %d more", zh = "……另有 %d 条" }

--- Joins notices to one message.
-- @tparam {table...} notices
-- @tparam string language `"en"` or `"zh"`
-- @treturn string at most 2000 bytes, a line for each, and how many there was no room for
function Alarms.text(notices, language)
  local lines, size = {}, 0
  for i, one in ipairs(notices) do
    size = size + #one.text + 1
    if size > MOST_TEXT then
      lines[i] = MORE[language]:format(#notices - i + 1)
      break
    end
    lines[i] = one.text
  end
  return concat(lines, "\n")
end

local M = { text = Alarms.text }

--- @tparam table settings of `wdt.alarms.settings`; may be replaced while it runs
-- @treturn Alarms
function M.new(settings)
  return setmetatable({ settings = settings, all = {}, down = {} }, Alarms)
end

return M
