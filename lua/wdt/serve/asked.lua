--- A request to the API: its parts, checked, and answers to it. Those that answer a request that is
-- wrong return nil.
-- @module wdt.serve.asked
local access_of = require "wdt.serve.access"
local catalog = require "wdt.catalog"
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local nearest = require "wdt.nearest"
local ngx = require "ngx"
local show = require "wdt.error".show
local texts = require "wdt.query.texts"
local pairs, tostring = pairs, tostring

local M = {}

-- Parameters of one address, at most.
local MOST = 100

--- Answers with a failure.
-- @tparam string code
-- @tparam string text
-- @tparam ?table more fields of `wdt.serve.failures.answer`
function M.fail(code, text, more)
  local failed = more or {}
  failed.code, failed.text = code, text
  return failures.answer(failed)
end

--- Answers.
-- @tparam table value for JSON
function M.answer(value)
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.line(value))
end

--- Words for methods.
-- @tparam table dialect of an edition (`wdt.edition.of`)
-- @treturn {string=string} methods by word
function M.words(dialect)
  return { stockouts = dialect.STOCKOUTS, cancelled = dialect.CANCELLED }
end

--- The parameters of the address; answers where there are too many.
-- @treturn ?table
function M.args()
  local args, err = ngx.req.get_uri_args(MOST)
  if err then return nil, M.fail("param", ("more than %d parameters"):format(MOST)) end
  return args
end

--- The method that an address names; answers where there is none, or where the consumer may not ask
-- it.
-- @tparam table ask the request
-- @tparam ?string word
-- @treturn ?string the method
-- @treturn ?table its entry of the catalogue
function M.method(ask, word)
  local words = M.words(ask.dialect)
  local method = words[word] or word
  local entry = word and catalog[ask.edition][method]
  if not entry then
    local names = { stockouts = true, cancelled = true }
    for name in pairs(catalog[ask.edition]) do names[name] = true end
    return nil, M.fail("unknown", ("there is no method '%s'%s"):format(tostring(word):sub(1, 60),
      nearest.hint(tostring(word):sub(1, 60), names)))
  end
  if method == words.stockouts and not words[word] then word = "stockouts" end
  if not access_of.may(ask.consumer, word, method, entry.kind ~= "query") then
    return nil, M.fail("forbidden", ("consumer '%s' may not ask '%s'"):format(ask.consumer.name,
      word))
  end
  ask.route = ask.route .. "/" .. method
  ngx.var.wdt_route = ask.route
  return method, entry
end

--- A whole number of the address, its only parameter; answers where it is none.
-- @tparam string name
-- @tparam integer default
-- @tparam integer most
-- @treturn ?integer
function M.number(name, default, most)
  local args = M.args()
  if not args then return end
  for other in pairs(args) do
    if other ~= name then
      return nil, M.fail("param", ("parameter '%s' is not known; the nearest known: '%s'"):format(
        other, name))
    end
  end
  if args[name] == nil then return default end
  local n = texts.positive(tostring(args[name]))
  if n and n <= most then return n end
  return nil, M.fail("param", ("parameter '%s' is %s, expected a whole number from 1 to %d"):format(
    name, show(args[name]), most))
end

return M
