--- Who may ask what: consumers by their tokens, how much at once and how much a day.
--
-- Counts stand in a `lua_shared_dict`, for all workers: they are kept over a reload.
-- @module wdt.serve.access
local beijing = require "wdt.beijing"
local configuration = require "wdt.serve.configuration"
local ngx = require "ngx"
local duration = require "wdt.duration"
local floor, ipairs, max, pairs, setmetatable, tostring, type = math.floor, ipairs, math.max, pairs,
  setmetatable, tostring, type

local Access = {}
Access.__index = Access

local M = {}

-- Seconds after which a place of a worker that died is free again, and between two looks of one
-- that lives.
local LEASE, EVERY = 30, 10

local COOKIE = "wdt_token"

--- The header that has a browser keep a token, or forget it.
-- @tparam string token
-- @tparam boolean secure whether it came by TLS
-- @treturn string
function M.cookie(token, secure)
  return ("%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s"):format(COOKIE, token,
    token == "" and 0 or 30 * duration.DAY, secure and "; Secure" or "")
end

--- @tparam {string=table} consumers by digest
-- @tparam table service settings: `readings`, `interactive_share`
-- @return what one worker knows of them
function M.new(consumers, service)
  return setmetatable({ consumers = consumers, dict = ngx.shared.wdt_serve, held = {},
    readings = 0, most = service.readings,
    most_long = max(1, floor(service.readings * (1 - service.interactive_share))) }, Access)
end

--- Begins a reading, unless this worker has enough of them. Long ones leave some places to those
-- that people wait for.
-- @tparam boolean short
-- @treturn boolean whether it may begin; then `finish` has to follow
function Access:start(short)
  if self.readings >= (short and self.most or self.most_long) then return false end
  self.readings = self.readings + 1
  return true
end

--- True if no reading may begin, short or long.
-- @treturn boolean
function Access:is_full()
  return self.readings >= self.most
end

--- A reading has ended.
function Access:finish()
  self.readings = self.readings - 1
end

--- Keeps the places of requests that this worker serves; for init_worker.
function Access:begin()
  ngx.timer.every(EVERY, function()
    for place, owner in pairs(self.held) do
      if self.dict:get(place) == owner then self.dict:set(place, owner, LEASE) end
    end
  end)
end

-- The token of a request: of the header, else of a browser's cookie. A header that is there twice
-- names no one.
local function token_of()
  local header = ngx.req.get_headers(64).authorization
  if type(header) == "string" then
    return header:match "^[Bb]earer +(%x+)%s*$", "header"
  elseif header then
    return nil
  end
  local cookie = ngx.var["cookie_" .. COOKIE]
  return cookie and cookie:match "^%x+$", "cookie"
end

--- The consumer of a token.
-- @tparam ?string token
-- @treturn ?table
function Access:of(token)
  if not token or #token ~= 64 then return nil end
  return self.consumers[configuration.digest(token:lower())]
end

--- The consumer that asks.
-- @treturn ?table nil where the request names none
-- @treturn ?string `"header"` or `"cookie"`
function Access:asking()
  local token, by = token_of()
  return self:of(token), by
end

--- True if a consumer may ask an account.
function M.sees(consumer, account)
  return consumer.accounts["*"] or consumer.accounts[account] or false
end

--- True if a consumer may ask a method.
-- @tparam table consumer
-- @tparam string word the method, as it is asked for
-- @tparam string method its name
-- @tparam boolean changes whether it changes something: then it has to be named
function M.may(consumer, word, method, changes)
  local methods = consumer.methods
  if not methods then return not changes end
  return methods[word] or methods[method] or not changes and methods["*"] or false
end

--- Takes a place among the requests that a consumer may have at once.
-- @tparam table consumer
-- @treturn ?string the place, for `leave`; nil where all are taken
function Access:enter(consumer)
  self.entered = (self.entered or 0) + 1
  local owner = ("%d.%d"):format(ngx.worker.pid(), self.entered)
  for i = 1, consumer.queue do
    local place = ("busy:%s:%d"):format(consumer.name, i)
    if self.dict:safe_add(place, owner, LEASE) then
      self.held[place] = owner
      return place
    end
  end
end

--- Gives a place back. Idempotent.
function Access:leave(place)
  local owner = self.held[place]
  self.held[place] = nil
  if owner and self.dict:get(place) == owner then self.dict:delete(place) end
end

-- Seconds until the day ends in Beijing.
local function rest_of_day(now)
  return duration.DAY - (now + 8 * duration.HOUR) % duration.DAY
end

local function key_of(consumer, what)
  return ("%s:%s:%s"):format(what, consumer.name, beijing.format(ngx.time()):sub(1, 10))
end

--- Counts what a consumer has taken.
-- @tparam table consumer
-- @tparam string what `"calls"` or `"rows"`
-- @tparam integer n
function Access:count(consumer, what, n)
  if n > 0 then self.dict:incr(key_of(consumer, what), n, 0, 2 * duration.DAY) end
end

--- All counts of this day, as they are kept over a restart.
-- @treturn {string=integer} by key
function Access:day()
  local counts = {}
  for _, consumer in pairs(self.consumers) do
    for _, what in ipairs{ "calls", "rows" } do
      local key = key_of(consumer, what)
      counts[key] = self.dict:get(key)
    end
  end
  return counts
end

--- Tells how much a consumer has taken today, in Beijing.
-- @tparam table consumer
-- @tparam string what `"calls"` or `"rows"`
-- @treturn integer
function Access:taken(consumer, what)
  return self.dict:get(key_of(consumer, what)) or 0
end

--- Tells if a consumer has used up its day.
-- @tparam table consumer
-- @treturn ?string what is used up; nil: nothing is
-- @treturn ?integer seconds until it may ask again
function Access:exhausted(consumer)
  for _, what in ipairs{ "calls", "rows" } do
    local most = consumer[what .. "_per_day"]
    if most and self:taken(consumer, what) >= most then
      return ("%s of the day: %s of %s"):format(what, tostring(self:taken(consumer, what)),
        tostring(most)), rest_of_day(ngx.time())
    end
  end
end

return M
