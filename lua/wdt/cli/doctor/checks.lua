--- The checks of `wdt doctor`, in the order in which one thing rests on another. Each tells a
-- finding, or that all is well.
-- @module wdt.cli.doctor.checks
local account = require "wdt.cli.account"
local blind = require "wdt.edition.blind"
local client_of = require "wdt.client"
local config = require "wdt.config"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local diagnose = require "wdt.cli.doctor.diagnose"
local edition = require "wdt.edition"
local posix = require "wdt.native".load "wdt.posix"
local store = require "wdt.state.file"
local text = require "wdt.state.text"
local io, ipairs, pairs, rawget, select, setmetatable = io, ipairs, pairs, rawget, select,
  setmetatable
local abs, floor, getenv, remove = math.abs, math.floor, os.getenv, os.remove
local concat = table.concat

local M = {}

-- Seconds by which a clock that is wrong is worth a word.
local WORTH_A_WORD = 30

local PROXIES = { "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy",
  "ALL_PROXY" }

local Case = {}
Case.__index = Case

-- Notes what a check has found; `state` is "ok", "hint", "bad" or "skipped".
function Case:note(check, state, finding, facts, detail)
  self.results[#self.results + 1] = { check = check, state = state, finding = finding,
    facts = facts or {}, detail = detail }
  return state ~= "bad"
end

function Case:skip(...)
  for _, check in ipairs{ ... } do self:note(check, "skipped") end
end

-- That modules load was checked before this one was loaded (`wdt.cli.doctor.modules`); whether they
-- work is seen here.
function Case:modules()
  local jit = rawget(_G, "jit")
  if not core.md5 "" then return self:note("modules", "bad", "md5_refused") end
  return self:note("modules", "ok", nil, nil, jit and jit.version or _VERSION)
end

local function readable(path)
  local file, err = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil, err
end

function Case:settings()
  local given, problem = account.settings(self.args.profile)
  local path = account.path() or "~/.config/wdt/config.ini"
  local function bad(what, settings)
    local finding, facts = diagnose.settings(what, settings)
    facts.path = path
    return self:note("settings", "bad", finding, facts)
  end
  if not given then return bad(problem, {}) end
  local settings = { host = self.host }
  map.add(settings, given)
  local client
  client, problem = client_of.new(settings)
  if not client then return bad(problem, given) end
  client.retry.attempts = 1 -- what goes wrong is to be seen, not to be overcome
  self.client = client
  self.account = { url = config.public_url(client.credentials.url), edition = client.edition,
    proxy = client.sending.proxy,
    host = client.credentials.url:match("^https?://([^/]+)"):gsub("^.*@", "") }
  local finding, facts = diagnose.slips(given)
  if finding then return self:note("settings", finding == "odd_text" and "bad"
    or "hint", finding, facts) end
  local fine, err = true, nil
  if client.sending.ca_file then fine, err = readable(client.sending.ca_file) end
  if not fine then return self:note("settings", "bad", "ca_file", { problem = err }) end
  return self:note("settings", "ok", nil, nil, ("%s, %s"):format(
    client.edition, client.credentials.sid))
end

-- This machine; and the vendor's test address, which has nothing better (seed U §3.1).
local function is_near(host)
  return host:find("^127%.") or (host .. ":"):find("^localhost:") or host:find("^%[::1%]")
    or host == "47.92.239.46"
end

function Case:address()
  local url = self.account.url
  local other = diagnose.other_edition(url, self.account.edition)
  if other then
    return self:note("address", "bad", "edition_url", { url = url, other = other,
      path = self.client.dialect.PATH })
  elseif url:find("^http:") and not is_near(self.account.host) then
    return self:note("address", "hint", "plain_http")
  end
  return self:note("address", "ok", nil, nil, url)
end

function Case:proxy()
  if self.account.proxy then return self:note("proxy", "ok") end
  for _, name in ipairs(PROXIES) do
    if (getenv(name) or "") ~= "" then return self:note(
      "proxy", "hint", "proxy_ignored", { name = name }) end
  end
  return self:note("proxy", "ok")
end

function Case:clock()
  local client = self.client
  if not client:knows_time() then return self:note("clock", "hint", "clock_unknown") end
  local behind = client:server_time() - self.host:time()
  local seconds, allowed = floor(abs(behind) + 0.5), client.dialect.CLOCK_ERROR
  local direction = behind > 0 and { en = "slow", zh = "慢了" } or { en = "fast", zh = "快了" }
  local facts = { seconds = seconds, allowed = allowed, direction = direction }
  if seconds > allowed then return self:note("clock", "bad", "clock_wrong", facts) end
  if seconds > WORTH_A_WORD then return self:note("clock", "hint", "clock_off", facts) end
  return self:note("clock", "ok")
end

-- Notes the steps that a failure has passed, the one that it belongs to, and those that it leaves
-- untold.
function Case:steps(err, code)
  local failed, finding
  if err then failed, finding = diagnose.failure(err, code, self.account) end
  local facts = { host = self.account.host, path = self.client.dialect.PATH,
    method = self.method, problem = err }
  local over = false
  for _, step in ipairs(diagnose.STEPS) do
    if over then
      self:skip(step)
    elseif step == failed then
      over = true
      self:note(step, "bad", finding, facts, err)
    elseif step == "clock" then
      self:clock()
    elseif step == "tls" and self.account.url:find("^http:") then
      self:skip(step)
    else
      self:note(step, "ok")
    end
  end
  return not over
end

-- Asks the gateway how many rows there are: one call tells everything up to its answer.
function Case:gateway()
  local client = self.client
  self.method = self.args.method or client.dialect.STOCKOUTS
  local total, err, code
  local ranges, called = client.dialect.recent(floor(client:server_time()))
  for i, range in ipairs(ranges) do
    total, err, code = self.app:attempt("usage", client.count, client, self.method,
      { start = range[1], stop = range[2] })
    if i == 1 and not self:steps(err, code) then return self:skip "rows" end
    if not total or total > 0 then break end
  end
  if err then
    local _, finding = diagnose.failure(err, code, self.account)
    return self:note("rows", "bad", finding, { host = self.account.host, method = self.method,
      problem = err }, err)
  elseif total > 0 then
    return self:note("rows", "ok", nil, nil, ("%d"):format(total))
  end
  return self:note("rows", "hint", "no_rows", { method = self.method, range = called })
end

-- Rows by a further route in the ranges that are looked at; or nil, err, code.
local function counted(case, route)
  local client, total, err, code = case.client, nil, nil, nil
  for _, range in ipairs((client.dialect.recent(floor(client:server_time())))) do
    total, err, code = case.app:attempt("usage", client.count, client, case.method,
      { start = range[1], stop = range[2], route = route })
    if not total or total > 0 then break end
  end
  return total, err, code
end

-- Asks by every further route that the settings allow: it has secrets, an address and refusals of
-- its own.
function Case:routes()
  local client = self.client
  for i = 2, #edition.ROUTES do
    local name = edition.ROUTES[i]
    local account_by = client.accounts[name]
    if account_by then
      local title = account_by.edition.TITLE
      local total, err, code = counted(self, name)
      local facts = { route = title, problem = err, method = self.method,
        host = account_by.credentials.url:match "^https?://([^/]+)" }
      if err then
        self:note("route", "bad", diagnose.route(err, code, self.account), facts, err)
      elseif total == 0 then
        facts.range = select(2, client.dialect.recent(0))
        self:note("route", "hint", "no_rows", facts)
      else
        self:note("route", "ok", nil, nil, ("%s: %d"):format(name, total))
      end
    end
  end
end

-- Tells what the account's routes can't show, whatever is asked.
function Case:coverage()
  local client, routes = self.client, {}
  for name in pairs(client.accounts) do routes[#routes + 1] = name end
  local method = self.args.method or client.dialect.STOCKOUTS
  local hidden = blind.describe(blind.of(client.edition, { method }, routes))
  if #hidden == 0 then return self:note("coverage", "ok") end
  local facts = { what = { en = {}, zh = {} }, advice = { en = {}, zh = {} } }
  for _, kind in ipairs(hidden) do
    for language in pairs(facts.what) do
      local what, advice = facts.what[language], facts.advice[language]
      what[#what + 1] = kind[language]
      if advice[#advice] ~= kind.advice[language] then
        advice[#advice + 1] = kind.advice[language]
      end
    end
  end
  for _, words in pairs(facts) do
    words.en, words.zh = concat(words.en, ", "), concat(words.zh, "、")
  end
  return self:note("coverage", "hint", "blind", facts)
end

-- True if a sync could keep its state there. What is tried is taken away again.
function Case:state()
  local path = self.args.state
  if not path then return end
  local folder = path:match("^(.*)/[^/]*$") or "."
  if folder == "" then folder = "/" end
  if posix.kind(folder) ~= "folder" then return self:note(
    "state", "bad", "state_folder", { folder = folder }) end
  local trial = path .. ".doctor"
  local written, err = posix.write(trial, "wdt doctor\n")
  remove(trial)
  if not written then return self:note("state", "bad", "state_unwritable",
    { folder = folder, problem = err }) end
  if posix.kind(path .. ".lock") then
    local lock, why, holder = posix.lock(path .. ".lock")
    if lock then lock:close() end
    if why == "busy" then return self:note("state", "bad", "state_busy", { holder = holder }) end
  end
  local stored
  stored, err = store(path):load()
  if stored then err = select(2, text.open(stored, path)) end
  if err then return self:note("state", "bad", "state_damaged", { problem = err }) end
  return self:note("state", "ok", nil, nil, path)
end

--- Checks everything.
-- @tparam table app
-- @tparam table args `profile`, `method`, `state`
-- @tparam table host of the calls
-- @treturn {table...} `{ check, state = "ok"|"hint"|"bad"|"skipped", finding, facts, detail }`
function M.run(app, args, host)
  local case = setmetatable({ app = app, args = args, host = host, results = {} }, Case)
  if not case:modules() or not case:settings() then
    if #case.results == 1 then case:skip "settings" end
    case:skip("address", "proxy")
    for _, step in ipairs(diagnose.STEPS) do case:skip(step) end
    case:skip("rows", "coverage")
  else
    case:address()
    case:proxy()
    case:gateway()
    case:routes()
    case:coverage()
  end
  case:state()
  return case.results
end

return M
