--- The editions of the API, by name: every fact in which they differ stands in this room.
--
-- An edition is a module with this face; all but the last two are pure:
--
-- * `NAME`; `TITLE`: `{ en, zh }`, for people
-- * `URLS`: `{ production, sandbox }`, the vendor's addresses; `PATH`: their common end
-- * `METHOD`: a pattern that the name of a method matches
-- * `CLOCK_ERROR`: seconds by which a request's timestamp may be wrong
-- * `STOCKOUTS`, `CANCELLED`: the methods of `stockouts` and `cancelled_stockouts`; `STATISTIC`:
-- that
--   of the ERP's own sums of a day's sales, where its parameters are known;
--   `cancelled(query)`: the query that CANCELLED is asked, or nil and what is wrong; third, another
--   method that is to be asked in its place
-- * `RESERVED`: names that the library sets itself, which no business parameter may have
-- * `SIGN_COUNTS`: true where signing counts lengths, in a unit that servers differ in
-- * `account(settings)`: what signing needs, from settings; or nil, the setting that is wrong, and
--   what was expected
-- * `slip(settings)`: the finding of a likely mistake in settings that are complete, or nil
-- * `sent(value, small)`: a parameter as it is sent, nil where it can't be one; `small`: it has to
--   be a small whole number
-- * `check(params)`: what is wrong with a call's parameters, or nil
-- * `judge(envelope, method)`: the failure's code and the gateway's words, or nil; and a hint: of a
--   success, `"empty"`: nothing was found, so there is no total; of a failure, `"words"`: no number
--   told it, so it is not sure that the gateway did not act; `"throttle"`: likewise, and it may
--   mean that too many calls were made
-- * `data(envelope)`: what `client:call` returns
-- * `recent(now)`: ranges in which rows are looked for, and what to call them, `{ en, zh }`
-- * `build(account, method, params, pager, now)`: a signed request `{ url, headers, body }`
-- * `explain(account, message)`: its sign and the signed text, the secret hidden
--
-- A *route* is a way to the account: the API's own gateway (`direct`), or another one before it.
-- All that it leaves unsaid is as the edition says it; what it adds or says anew:
--
-- * `NAME`, `TITLE`; `FIRST_PAGE`: the number of the first page on the wire, which everywhere else
--   is 0
-- * `SETTING`: the name of the table in a client's settings that it needs, and `FIELDS`, what
--   stands there: field -> `{ check(value), expected, required, secret }`; nil where it needs none
-- * `SERIAL`: true where pages are asked for one after the other, unless the user says otherwise
-- * `METHOD`, `CLOCK_ERROR`, `check(params, method)`, `build`, `judge`, `data`, `explain` as above.
--   `judge` may return a fourth value of a `rate`: the seconds for which the gateway of the route
--   refuses all calls, or true where it does not tell how long
-- * `credentials(settings, account)`: what signing needs, from settings that are complete and from
--   what the edition's `account` made of them; `url` is the address
-- * `gate(credentials, settings)`: of a gateway that counts calls by itself: a key that says whose,
--   and calls a minute
-- * `entry(entry)`: an entry of the catalogue, with the paths of this route's answers
--
-- @module wdt.edition
local map = require "wdt.map"
local ipairs, pairs, setmetatable, require, concat = ipairs, pairs, setmetatable, require,
  table.concat

local M = {
  --- The names, in the order in which people are told of them.
  NAMES = require "wdt.catalog".NAMES,
  --- The routes, the usual one first.
  ROUTES = { "direct", "qimen" },
  --- The tables in a client's settings that routes need -> the route.
  SETTINGS = { qimen = "qimen" },
  --- Those of their fields that are texts: the environment can tell them.
  TEXTS = { "app_key", "app_secret", "target_app_key", "url", "sign_method" },
}

local KNOWN = map.set(M.NAMES)

--- The edition of that name.
-- @param name
-- @treturn ?table nil where there is none
function M.of(name)
  return KNOWN[name] and M[name] or nil
end

local routes = {}

--- A route to accounts of an edition.
-- @tparam string name the edition's
-- @tparam string route one of `ROUTES`
-- @treturn table
function M.route(name, route)
  local key = route .. " " .. name
  routes[key] = routes[key] or require("wdt.edition." .. route)(M.of(name))
  return routes[key]
end

--- The table in a client's settings that a route needs.
-- @tparam string route
-- @treturn ?string nil where it needs none
function M.setting_of(route)
  for setting, name in pairs(M.SETTINGS) do
    if name == route then return setting end
  end
end

--- The routes that a query's word means.
-- @tparam ?string word one of `ROUTES`, or "both"
-- @treturn ?{string} nil where it is none of these
function M.routes(word)
  if word == nil then return { M.ROUTES[1] } end
  if word == "both" then return M.ROUTES end
  for _, name in ipairs(M.ROUTES) do
    if word == name then return { name } end
  end
end

--- The names of routes as an error says them.
-- @treturn string
function M.expected_route()
  return '"' .. concat(M.ROUTES, '" or "') .. '"'
end

--- The names as an error says them.
-- @treturn string
function M.expected()
  return '"' .. concat(M.NAMES, '" or "') .. '"'
end

--- The edition whose address it is, or whose addresses end as this one does.
-- @tparam string url
-- @treturn ?table
function M.by_url(url)
  for _, name in ipairs(M.NAMES) do
    for _, address in pairs(M[name].URLS) do
      if address:match "^https?://(.*)$" == url:match "^https?://(.*)$" then return M[name] end
    end
  end
  for _, name in ipairs(M.NAMES) do
    local one = M[name]
    if url:sub(-#one.PATH) == one.PATH then return one end
  end
end

-- A program needs one of them, as a rule.
return setmetatable(M, { __index = function(_, name)
  if not KNOWN[name] then return nil end
  M[name] = require("wdt.edition." .. name)
  return M[name]
end })
