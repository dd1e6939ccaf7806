--- `wdt serve`, as a user runs it: by the command, from a configuration file, on a free port.
local command = require "support.command"
local nginx = require "support.nginx"
local process = require "wdt.nginx.process"
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Service = {}
Service.__index = Service

local ROOT = shell.must "id -u" == "0\n"

--- Starts one; when this returns, it answers.
-- @tparam Visitor visit whose sandbox it asks
-- @tparam string text of the configuration file, where `$ACCOUNT_EDITION` is an account of the
-- sandbox, `$URL` its address, and `$TOKEN_NAME` the digest of a token of that name
-- @tparam ?string options of the command
-- @tparam ?string address that it listens on, by default 127.0.0.1
-- @treturn Service `tokens` by name, `folder`, `url`
function M.start(visit, text, options, address)
  local cli = command.new(visit)
  local self = setmetatable({ cli = cli, folder = cli.folder, tokens = {}, visit = visit }, Service)
  self.port = process.free_port()
  self.url = ("%s://127.0.0.1:%d"):format(text:find "tls_key" and "https" or "http", self.port)
  self.prefix = cli.folder .. "/state"
  self:configure(text)
  self.variables = cli:variables(nil, { WDT_SERVE_CPATH = nginx.absolute(nginx.cpath) })
  self.options, self.address = options or "", address or "127.0.0.1"
  self:run()
  return self
end

--- Runs it, for the first time or again; when this returns, it answers.
function Service:run()
  shell.must(("cd %s && setsid wdt serve --config service.ini --listen %s:%d --prefix %s %s "
    .. ">out 2>&1 & echo $! >%s/pid"):format(quote(self.folder), self.address, self.port,
      quote(self.prefix), self.options, quote(self.folder)), self.variables)
  self:wait()
end

-- A token of a name, the same as long as the service lives.
function Service:token(name)
  if not self.tokens[name] then
    local said = self.cli:must("wdt serve --new-token " .. name)
    self.tokens[name] = { said:match "once: (%x+)", said:match "\ntoken = (%x+)" }
  end
  return self.tokens[name]
end

--- Writes the configuration file.
function Service:configure(text)
  text = text:gsub("%$ACCOUNT_(%l+)", function(edition)
    local v = self.visit:variables(edition)
    return ("edition = %s\nsid = %s\nappkey = %s\nappsecret = %s\nurl = %s"):format(edition,
      v.WDT_SID, v.WDT_APPKEY, v.WDT_APPSECRET, v.WDT_URL)
  end)
  text = text:gsub("%$FOLDER", self.folder)
  text = text:gsub("%$URL", self.visit:variables "enterprise".WDT_URL)
  text = text:gsub("%$TOKEN_(%w+)", function(name) return self:token(name)[2] end)
  if ROOT and not text:find "\nuser = " then
    local n
    text, n = ("\n" .. text):gsub("\n%[serve%]\n", "\n[serve]\nuser = root\n", 1)
    if n == 0 then text = text .. "\n[serve]\nuser = root\n" end
  end
  shell.write(self.folder .. "/service.ini", text)
  shell.must("chmod 600 " .. quote(self.folder .. "/service.ini"))
end

--- Waits until it answers.
function Service:wait()
  local said, status = shell.run(("n=0; until curl -skf --noproxy '*' %s/healthz; do "
    .. "[ $n -lt 500 ] || exit 1; kill -0 $(cat %s/pid) || exit 1; sleep 0.02; "
    .. "n=$((n + 1)); done"):format(self.url, quote(self.folder)))
  if status ~= 0 then error("wdt serve does not answer: " .. said .. self:said(), 2) end
end

--- The text that the command and nginx have printed.
function Service:said()
  return shell.read(self.folder .. "/out")
end

--- The lines of its access log.
function Service:log()
  return shell.read(self.prefix .. "/access.log")
end

--- A request by the curl command.
-- @tparam string path
-- @tparam ?string who the name of a token; nil: without one
-- @tparam ?string options of curl
-- @treturn string the body
-- @treturn integer curl's exit status
-- @treturn integer the answer's status
function Service:get(path, who, options)
  local header = who and "-H " .. quote("Authorization: Bearer " .. self:token(who)[1]) or ""
  local body = self.folder .. "/body"
  shell.run("rm -f " .. quote(body))
  local said, ended = shell.run(("curl -sk --noproxy '*' --max-time 60 --path-as-is -o %s -w "
    .. "'%%{http_code}' %s %s %s"):format(quote(body), header, options or "",
      quote(self.url .. path)))
  local file = io.open(body, "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text, ended, tonumber(said:match "%d+")
end

--- The status of a request, and its body.
-- @treturn integer
-- @treturn string
function Service:status(path, who, options)
  local body, _, status = self:get(path, who, options)
  return status, body
end

--- Ends it. Returns what it printed.
function Service:stop()
  local pid = shell.read(self.folder .. "/pid"):match "%d+"
  shell.run("kill -TERM " .. pid)
  local ended = nginx.wait_for_end(pid)
  if not ended then shell.run("kill -KILL " .. pid) end
  local said = self:said()
  self.cli:close()
  assert(ended, "wdt serve did not end in time")
  return said
end

return M
