--- Hosts of a fleet: processes of `wdt fleet run` that share a store, each with a lock and a name
-- of its own, on one machine.
local cjson = require "cjson"
local curl_host = require "wdt.host.curl"
local lead = require "wdt.fleet.lead"
local command = require "support.command"
local eventually = require "support.eventually"
local redis = require "wdt.redis"
local shell = require "support.shell"
local wdt = require "wdt"
local quote = shell.quote

local M = {}

local Fleet = {}
Fleet.__index = Fleet

--- A fleet without hosts.
-- @tparam Visitor visit whose sandbox it copies
-- @tparam {string...} accounts all are the visitor's
-- @tparam string text sections of the file besides those of accounts
-- @tparam ?string more lines of each account
-- @treturn Fleet
function M.new(visit, accounts, text, more)
  local self = setmetatable({ visit = visit, cli = command.new(visit), pids = {},
    accounts = accounts }, Fleet)
  local v, parts = visit:variables "enterprise", {}
  for i, name in ipairs(accounts) do
    parts[i] = ("[%s]\nedition = enterprise\nsid = %s\nappkey = %s\nappsecret = %s\nurl = %s\n%s\n")
      :format(name, v.WDT_SID, v.WDT_APPKEY, v.WDT_APPSECRET, v.WDT_URL, more or "rate = 100000")
  end
  self.file = self.cli.folder .. "/streams.ini"
  shell.write(self.file, table.concat(parts) .. text)
  shell.must("chmod 600 " .. quote(self.file))
  return self
end

--- A budget in Redis that has been asked before, and of which nothing is taken: the minute after an
-- empty store is over.
-- @tparam string address of Redis
function Fleet:open_budget(address)
  local v, host = self.visit:variables "enterprise", curl_host.new()
  wdt.new{ edition = "enterprise", sid = v.WDT_SID, appkey = v.WDT_APPKEY, host = host,
    appsecret = v.WDT_APPSECRET, url = v.WDT_URL, rate = 100000, budget = address }.pacer:used()
  host:close()
  assert(redis.open(address):run("for _, key in ipairs(redis.call('KEYS', '*:facts')) do "
    .. "redis.call('HDEL', key, 'quiet') end return 1", {}, {}))
end

--- Starts a host.
-- @tparam string name
-- @tparam ?string before words before the command, as variables
-- @tparam ?string options further ones
function Fleet:start(name, before, options)
  local folder = self.cli.folder
  -- a shell of its own, which holds none of the files of the one that starts it
  shell.write(folder .. "/" .. name .. ".sh", ("rm -f %s.status\n%s sh -c 'echo $$ >%s.new; mv "
    .. "%s.new %s.pid; exec wdt fleet run --config streams.ini --lock %s.lock --host %s --log-json "
    .. "%s' 2>>%s.log\necho $? >%s.status\n"):format(name, before or "", name, name, name, name,
    name, options or "", name, name))
  self.cli:must(("rm -f %s.pid; sh %s.sh >/dev/null 2>&1 & until [ -e %s.pid ]; do :; done"):format(
    name, name, name))
  self.pids[name] = tonumber(shell.read(folder .. "/" .. name .. ".pid"))
end

--- Events that a host has told so far.
-- @tparam string name
-- @tparam ?string event only those
-- @treturn {table...}
function Fleet:events(name, event)
  local list = {}
  for line in io.lines(self.cli.folder .. "/" .. name .. ".log") do
    local fine, one = pcall(cjson.decode, line)
    if fine and (not event or one.event == event) then list[#list + 1] = one end
  end
  return list
end

--- Waits until something holds.
-- @tparam function what
function Fleet:wait(what)
  return eventually(what, function()
    return shell.must(("cd %s; tail -n 5 *.log"):format(quote(self.cli.folder)))
  end)
end

--- Accounts that a host leads, by its events, in the order of their names.
function Fleet:led(name)
  local set, list = {}, {}
  for _, one in ipairs(self:events(name)) do
    if one.event == "leads" then set[one.account] = true end
    if one.event == "lost" or one.event == "left" then set[one.account] = nil end
  end
  for account in pairs(set) do list[#list + 1] = account end
  table.sort(list)
  return list
end

--- The host of each account, by the store of the leases; "no host" where there is none.
-- @tparam string address of the store
function Fleet:hosts(address)
  local by, settings, host = {}, { store = address, lease = 1 }, curl_host.new()
  for _, name in ipairs(self.accounts) do
    local leader, err = lead.leader(lead.store(settings, name, host), os.time())
    assert(not err, err)
    by[name] = leader and leader.host or "no host"
  end
  host:close()
  return by
end

--- Sends a host a signal.
function Fleet:signal(name, signal)
  shell.must(("kill -%s %d"):format(signal, self.pids[name]))
end

--- Sends a host a signal that ends it, and waits for that.
function Fleet:finish(name, signal)
  shell.run(("kill -%s %d"):format(signal, self.pids[name]))
  self:wait(function() return self:ended(name) end)
end

--- The exit status of a host that has ended; nil while it runs.
function Fleet:ended(name)
  local file = io.open(self.cli.folder .. "/" .. name .. ".status")
  local status = file and file:read "*n"
  if file then file:close() end
  if status then self.pids[name] = nil end
  return status
end

--- Runs `wdt fleet` with words.
-- @treturn string its standard output
function Fleet:must(words)
  return self.cli:must("wdt fleet " .. words .. " --config streams.ini")
end

--- Returns what `wdt fleet status` tells, by "ACCOUNT/STREAM".
-- @tparam ?string options
function Fleet:status(options)
  local all = {}
  local got = self.cli:run("wdt fleet status --config streams.ini --format json "
    .. (options or ""))
  for _, one in ipairs(cjson.decode(got.out)) do all[one.account .. "/" .. one.stream] = one end
  return all
end

--- Ends what runs, and removes all.
function Fleet:close()
  for name in pairs(self.pids) do self:finish(name, "KILL") end
  self.cli:close()
end

return M
