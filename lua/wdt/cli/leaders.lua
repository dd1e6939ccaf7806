--- Who runs the accounts of a fleet, and what of it is paused, as `wdt fleet status` tells it.
-- @module wdt.cli.leaders
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local columns = later "wdt.format.columns"
local curl_host = later "wdt.host.curl"
local lead = later "wdt.fleet.lead"
local posix = require "wdt.native".load "wdt.posix"
local floor, ipairs = math.floor, ipairs

local M = {}

-- Who runs a fleet of one host: all accounts, as long as its lock is held.
local function sole_leader(orders, lock)
  if not posix.kind(lock) then return nil end
  local free, err = posix.lock(lock)
  if free then free:close() end
  return err == "busy" and orders.now.runs or nil
end

-- A moment as people read it.
local function moment(second)
  return second and beijing.format(floor(second)) or nil
end

--- Who runs each account.
-- @tparam table file of the accounts: `accounts`, `shared`
-- @tparam string lock file of one host
-- @tparam number now epoch seconds
-- @treturn {table...} by account: `account`, and where one runs it `host`, `since` and, where
-- hosts share a store, `lease_until` (texts, Beijing time); `error` where that can't be asked
-- @treturn Orders
function M.of(file, lock, now)
  local host = curl_host.new()
  local orders, list = lead.orders(file.shared, lock .. ".orders", host), {}
  local ok, err = orders:read()
  local sole = ok and not file.shared and sole_leader(orders, lock) or nil
  for i, one in ipairs(file.accounts) do
    local leader, why = sole, err
    if ok and file.shared then
      leader, why = lead.leader(lead.store(file.shared, one.name, host), now)
    end
    leader = leader or {}
    list[i] = { account = one.name, host = leader.host, since = moment(leader.since),
      lease_until = moment(leader["until"]), paused = orders:is_paused(one.name), error = why }
  end
  host:close()
  return list, orders
end

local TITLES = { { en = "account", zh = "账号" }, { en = "runs on", zh = "运行于" },
  { en = "since", zh = "自" }, { en = "lease until", zh = "租约至" }, { en = "", zh = "" } }
local PAUSED = { en = "paused", zh = "已暂停" }
local NO_ONE = { en = "no host", zh = "无" }

--- Writes that as a table.
-- @tparam {table...} list
-- @tparam App app
function M.write(list, app)
  local titles, rows = {}, {}
  for i, title in ipairs(TITLES) do titles[i] = app:text(title) end
  for i, one in ipairs(list) do
    rows[i] = { one.account, one.host or app:text(NO_ONE), one.since or "", one.lease_until or "",
      one.error or one.paused and app:text(PAUSED) or "" }
  end
  app:write "\n"
  for _, line in ipairs(columns.format(titles, rows, 120)) do
    app:write((line:gsub("%s+$", "")), "\n")
  end
end

return M
