--- The web service's settings, as the configuration file names them, beside accounts and streams:
--
--     [serve]
--     listen = 127.0.0.1:8080
--     readings = 256              answers of rows at once, of each worker
--     connections = 16384         of each worker
--
--     [serve:finance]             a consumer: who asks, by its token
--     token = 5f3a…               its digest, as `wdt serve --new-token finance` prints it
--     accounts = shop1, shop2     or *
--     methods = stockouts, count  default: all that change nothing
--     mask = true
--     calls_per_day = 2000
--     rows_per_day = 500000
--     queue = 4                   requests at once
--     deadline = 1h               of one request
--
-- A method that changes something can be called only where `methods` names it.
-- @module wdt.serve.configuration
local core = require "wdt.native".load "wdt.core"
local duration = require "wdt.duration"
local configuration = require "wdt.fleet.configuration"
local nearest = require "wdt.nearest"
local section_of = require "wdt.section"
local map = require "wdt.map"
local texts = require "wdt.query.texts"
local ipairs, pairs, next, tonumber, sort = ipairs, pairs, next, tonumber, table.sort

local M = {}

-- The key of a token's digest. A token is drawn at random, so no slower digest is needed.
local DIGEST = "wdt serve"

-- Converters: the value, or nil where it is none.

-- A word that nginx's configuration takes as it is.
local function word_of(value)
  return value:find "^[%w_./:@%%+%[%]-]+$" and value or nil
end

local function address_of(value)
  local port = tonumber(value:match "^[%w.-]+:(%d+)$" or value:match "^%[[%x:.]+%]:(%d+)$")
  if port and port >= 1 and port <= 65535 then return value end
  return value:find "^unix:/[%w_./-]+$" and value or nil
end

local function words_of(value)
  local list = texts.list(value)
  for _, one in ipairs(list or {}) do
    if not word_of(one) then return nil end
  end
  return list
end

local function names_of(value)
  local list = texts.list(value)
  return list and map.set(list)
end

local FLAGS = { ["true"] = true, ["false"] = false, yes = true, no = false }
local function flag_of(value) return FLAGS[value] end

local function count_of(value) return (texts.positive(value)) end

local function seconds_of(value) return (texts.duration(value)) end

local function share_of(value)
  local share = tonumber(value)
  return share and share > 0 and share < 1 and share or nil
end

local function digest_of(value)
  return value:find "^%x+$" and #value == 64 and value:lower() or nil
end

local A_PATH = "a path without blanks, quotes, ; and $"

-- Settings of the service: name -> converter, what was expected.
local SERVICE = {
  listen = { address_of, "an address and a port, e.g. 127.0.0.1:8080" },
  workers = { count_of, "a whole number above 0" },
  connections = { count_of, "a whole number above 0" },
  readings = { count_of, "a whole number above 0" },
  user = { word_of, "the name of a user" },
  tls_certificate = { word_of, A_PATH },
  tls_key = { word_of, A_PATH },
  ca_file = { word_of, A_PATH },
  resolver = { words_of, "addresses of name servers" },
  state = { word_of, A_PATH },
  access_log = { word_of, A_PATH },
  interactive_share = { share_of, "a number between 0 and 1" },
}

-- Settings of a consumer.
local CONSUMER = {
  token = { digest_of, "the digest that wdt serve --new-token prints: 64 hex digits",
    hidden = "is no digest" },
  accounts = { names_of, "a list of accounts, or *" },
  methods = { names_of, "a list of methods, of stockouts, cancelled, count" },
  mask = { flag_of, '"true" or "false"' },
  calls_per_day = { count_of, "a whole number above 0" },
  rows_per_day = { count_of, "a whole number above 0" },
  queue = { count_of, "a whole number above 0" },
  deadline = { seconds_of, 'a length of time, e.g. "15m"' },
}

--- Holds what a consumer has where its section does not say.
M.DEFAULTS = { queue = 4, deadline = duration.HOUR, mask = false }

--- Holds what the service has where its section does not say.
M.SERVICE = { listen = "127.0.0.1:8080", workers = 1, connections = 16384,
  readings = 256, interactive_share = 0.25, ca_file = "/etc/ssl/certs/ca-certificates.crt" }

--- The digest of a token, under which a consumer is known.
-- @tparam string token
-- @treturn string 64 hex digits
function M.digest(token)
  return core.hmac_sha256(DIGEST, token)
end

-- Accounts of the file by name, and their names in order.
local function accounts_of(file)
  local accounts, names = {}, {}
  for section, settings in pairs(file.sections) do
    if configuration.is_account(section) then
      accounts[section], names[#names + 1] = settings, section
    end
  end
  sort(names)
  return accounts, names
end

-- The consumer of a section; or nil and what is wrong.
local function consumer_of(file, section, accounts)
  local consumer, err = section_of.read(file, section, CONSUMER, M.DEFAULTS)
  if not consumer then return nil, err end
  consumer.name = section:match "^serve:([%w_.-]+)$"
  if not consumer.name then
    return nil, ("%s: [%s]: a consumer's name has letters, digits, . _ and -"):format(file.path,
      section)
  end
  for _, name in ipairs{ "token", "accounts" } do
    if consumer[name] == nil then
      return nil, ("%s: [%s] says no %s: expected %s"):format(file.path, section, name,
        CONSUMER[name][2])
    end
  end
  for name in pairs(consumer.accounts) do
    if name ~= "*" and not accounts[name] then
      return nil, ("%s: [%s]: there is no account [%s]%s"):format(file.path, section, name,
        nearest.hint(name, accounts))
    end
  end
  return consumer
end

--- Reads what a file says.
-- @tparam table file `path`; `sections` by name, settings by theirs; `lines`: "SECTION NAME" -> the
-- line that says it
-- @treturn ?table `service` (its settings), `accounts` (settings by name), `names` of accounts in
-- order, `file`, `consumers` (by digest: `name`, `accounts`, `methods`, `mask`, `calls_per_day`,
-- `rows_per_day`, `queue`, `deadline`)
-- @treturn ?string what is wrong, with file and line
function M.read(file)
  local accounts, names = accounts_of(file)
  if not next(accounts) then return nil, ("%s: it has no account"):format(file.path) end
  local service, err = section_of.read(file, "serve", SERVICE, M.SERVICE)
  if not service then return nil, err end
  if (service.tls_key == nil) ~= (service.tls_certificate == nil) then
    return nil, ("%s: tls_certificate and tls_key go together"):format(file.path)
  end
  local consumers, sections = {}, {}
  for section in pairs(file.sections) do
    if section:find "^serve:" then sections[#sections + 1] = section end
  end
  sort(sections)
  for _, section in ipairs(sections) do
    local consumer
    consumer, err = consumer_of(file, section, accounts)
    if not consumer then return nil, err end
    if consumers[consumer.token] then
      return nil, ("%s: [serve:%s] and [%s] have one token"):format(file.path,
        consumers[consumer.token].name, section)
    end
    consumers[consumer.token] = consumer
  end
  return { service = service, accounts = accounts, names = names, consumers = consumers,
    file = file }
end

--- A consumer that may ask everything of all accounts, under a digest.
-- @tparam string digest
-- @treturn table
function M.owner(digest)
  local owner = map.copy(M.DEFAULTS)
  owner.name, owner.token, owner.accounts = "owner", digest, { ["*"] = true }
  return owner
end

return M
