--- A browser that is driven as a person drives it: chromium, through chromedriver's HTTP.
local cjson = require "cjson"
local process = require "wdt.nginx.process"
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Browser = {}
Browser.__index = Browser

--- True if there is one.
-- @treturn boolean
function M.is_there()
  local _, status = shell.run "command -v chromium && command -v chromedriver"
  return status == 0
end

-- One command of WebDriver; returns its value.
local function command(self, method, path, body)
  shell.write(self.folder .. "/request", body and cjson.encode(body) or "{}")
  local said = shell.must(("curl -sS --noproxy '*' --max-time 120 -X %s -H "
    .. "'Content-Type: application/json' %s %s"):format(method,
      body and "--data-binary @" .. quote(self.folder .. "/request") or "",
      quote(self.address .. path)))
  local value = cjson.decode(said).value
  if type(value) == "table" and value.error then
    error(("%s %s: %s: %s"):format(method, path, value.error, value.message), 3)
  end
  return value
end

--- Starts one.
-- @tparam ?table o `width` = 1280, `height` = 900 (of the window), `language` = "en-US"
-- @treturn Browser
function M.start(o)
  o = o or {}
  local self = setmetatable({ folder = shell.folder(), port = process.free_port() }, Browser)
  self.address = ("http://127.0.0.1:%d"):format(self.port)
  shell.must(("setsid chromedriver --port=%d >%s/log 2>&1 & echo $! >%s/pid"):format(self.port,
    quote(self.folder), quote(self.folder)))
  shell.must(("n=0; until curl -sf --noproxy '*' %s/status; do [ $n -lt 500 ] || exit 1; "
    .. "sleep 0.02; n=$((n + 1)); done"):format(self.address))
  local arguments = { "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--lang=" .. (o.language or "en-US"),
    "--user-data-dir=" .. self.folder .. "/profile" }
  local session = command(self, "POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome",
    ["goog:loggingPrefs"] = { browser = "ALL", performance = "ALL" },
    ["goog:chromeOptions"] = { args = arguments, binary = "/usr/bin/chromium",
      prefs = { ["download.default_directory"] = self.folder .. "/downloads",
        ["intl.accept_languages"] = o.language or "en-US" } } } } })
  self.session = "/session/" .. session.sessionId
  -- a phone is narrower than any window may be
  self:devtools("Emulation.setDeviceMetricsOverride", { width = o.width or 1280,
    height = o.height or 900, deviceScaleFactor = 1, mobile = (o.width or 1280) < 600 })
  self:devtools("Browser.setDownloadBehavior", { behavior = "allow",
    downloadPath = self.folder .. "/downloads" })
  return self
end

--- A command of the browser's own protocol.
function Browser:devtools(name, params)
  return command(self, "POST", self.session .. "/goog/cdp/execute", { cmd = name, params = params })
end

--- Opens an address.
function Browser:go(url)
  command(self, "POST", self.session .. "/url", { url = url })
end

--- Runs JavaScript in the page.
-- @tparam string code the body of a function
-- @return what it returns
function Browser:run(code)
  return command(self, "POST", self.session .. "/execute/sync", { script = code,
    args = { 0 } })
end

--- Waits until an expression of JavaScript holds.
-- @tparam string expression
-- @return its value
function Browser:wait(expression)
  local stop = os.time() + 60
  repeat
    local value = self:run("return " .. expression)
    if value and value ~= cjson.null then return value end
  until os.time() > stop
  error(("not within 60 s: %s\n%s"):format(expression,
    tostring(self:run "return document.body.innerText")), 2)
end

--- Presses a key, as a keyboard does.
-- @tparam string key WebDriver's code of it, e.g. "\\uE004" for the tabulator
function Browser:press(key)
  command(self, "POST", self.session .. "/actions", { actions = { { type = "key", id = "keyboard",
    actions = { { type = "keyDown", value = key }, { type = "keyUp", value = key } } } } })
end

--- Writes a picture of the page, all of it.
-- @tparam string path
function Browser:picture(path)
  local shot = self:devtools("Page.captureScreenshot", { captureBeyondViewport = true })
  shell.write(path .. ".b64", shot.data)
  shell.must(("base64 -d %s.b64 >%s && rm %s.b64"):format(quote(path), quote(path), quote(path)))
end

--- The messages of the console so far, and the addresses that were asked for.
-- @treturn {string} errors and warnings
-- @treturn {string} addresses
function Browser:logs()
  local messages, addresses = {}, {}
  for _, one in ipairs(command(self, "POST", self.session .. "/se/log", { type = "browser" })) do
    if one.level == "SEVERE" or one.level == "WARNING" then
      messages[#messages + 1] = one.message
    end
  end
  for _, one in ipairs(command(self, "POST", self.session .. "/se/log",
    { type = "performance" })) do
    local message = cjson.decode(one.message).message
    if message.method == "Network.requestWillBeSent"
    and not message.params.documentURL:find "^chrome:" then -- the browser's own first page
      addresses[#addresses + 1] = message.params.request.url
    end
  end
  return messages, addresses
end

--- The files that were downloaded, once none is under way.
-- @treturn {string} paths
function Browser:downloads()
  local files = {}
  for path in shell.run(("find %s/downloads -type f ! -name '*.crdownload'"):format(
    quote(self.folder))):gmatch "(/[^\n]+)" do files[#files + 1] = path end
  return files
end

--- Ends it. Idempotent.
function Browser:stop()
  if not self.session then return end
  pcall(command, self, "DELETE", self.session)
  self.session = nil
  shell.run("kill " .. shell.read(self.folder .. "/pid"))
  shell.run("rm -rf " .. quote(self.folder))
end

return M
