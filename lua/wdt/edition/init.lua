--- The editions of the API, by name: every fact in which they differ stands in this room.
--
-- An edition is a module with this face; all but the last two are pure:
--
-- * `NAME`; `TITLE`: `{ en, zh }`, for people
-- * `URLS`: `{ production, sandbox }`, the vendor's addresses; `PATH`: their common end
-- * `METHOD`: a pattern that the name of a method matches
-- * `CLOCK_ERROR`: seconds by which a request's timestamp may be wrong
-- * `STOCKOUTS`, `CANCELLED`: the methods of `stockouts` and `cancelled_stockouts`;
--   `cancelled(query)`: the query that CANCELLED is asked, or nil and what is wrong
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
-- @module wdt.edition
local ipairs, setmetatable, concat = ipairs, setmetatable, table.concat

local M = {
  --- The names, in the order in which people are told of them.
  NAMES = { "enterprise", "ultimate" },
}

local KNOWN = {}
for _, name in ipairs(M.NAMES) do KNOWN[name] = true end

--- The edition of that name.
-- @param name
-- @treturn ?table nil where there is none
function M.of(name)
  return KNOWN[name] and M[name] or nil
end

--- The names as an error says them.
-- @treturn string
function M.expected()
  return '"' .. concat(M.NAMES, '" or "') .. '"'
end

--- The edition whose addresses end as this one does.
-- @tparam string url
-- @treturn ?table
function M.by_url(url)
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
