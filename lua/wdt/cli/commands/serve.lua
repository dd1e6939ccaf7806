--- `wdt serve`: the web service, see `wdt.serve`.
-- @module wdt.cli.commands.serve
local later = require "wdt.cli.later"
local account = later "wdt.cli.account"
local configuration = later "wdt.serve.configuration"
local options = require "wdt.cli.options"
local posix = require "wdt.native".load "wdt.posix"
local process = later "wdt.nginx.process"
local shell = later "wdt.shell"
local serve = later "wdt.serve"
local next, getenv = next, os.getenv

local M = { name = "serve", place = 77, account = false,
  summary = { en = "Serve all accounts of a file: pages for people, an API for programs (nginx)",
    zh = "以网页和 API 提供配置文件中的所有账号（nginx）" },
  examples = {
    { "wdt serve", en = "on http://127.0.0.1:8080, with a token of its own until it ends",
      zh = "在 http://127.0.0.1:8080 提供服务，令牌在本次运行期间有效" },
    { "wdt serve --config streams.ini --listen 0.0.0.0:8443",
      en = "consumers and TLS stand in the file; kill -HUP has it read again",
      zh = "使用者与 TLS 写在配置文件中；kill -HUP 使其重新读取" },
    { "wdt serve --new-token finance", en = "a token, and the lines of the file for its consumer",
      zh = "生成令牌，并给出该使用者在配置文件中的写法" },
  } }

local OPTIONS = {
  { "--config", "FILE", en = "accounts, streams, [serve] and a section [serve:NAME] for each "
    .. "consumer; default: the file of profiles",
    zh = "账号、任务、[serve] 与每个使用者的 [serve:名称]；默认为账号配置文件" },
  { "--listen", "ADDRESS", en = "address and port, in place of the file's (127.0.0.1:8080)",
    zh = "监听地址与端口，优先于配置文件（默认 127.0.0.1:8080）" },
  { "--prefix", "DIR", en = "folder for what the service keeps (~/.local/state/wdt/serve)",
    zh = "服务自身的数据目录（默认 ~/.local/state/wdt/serve）" },
  { "--cpath", "PATH", en = "where nginx's LuaJIT finds wdt.core, as package.cpath has it",
    zh = "供 nginx 的 LuaJIT 查找 wdt.core 的路径，格式同 package.cpath" },
  { "--new-token", "NAME", en = "print a new token for a consumer, and what to write into the file",
    zh = "为使用者生成新令牌，并显示要写入配置文件的内容" },
}

function M.options(parser, t)
  options.add(parser, t, OPTIONS)
end

local SECTION = "[serve:%s]\ntoken = %s\naccounts = *\n"
local TOKEN = { en = "token of %s, shown once: %s\nin the configuration file:\n\n",
  zh = "%s 的令牌，只显示这一次：%s\n写入配置文件：\n\n" }
local NAME = { en = "a consumer's name has letters, digits, . _ and -",
  zh = "使用者名称只能含字母、数字、. _ -" }

local function show_token(name, app)
  if not name:find "^[%w_.-]+$" then app:fail("usage", app:text(NAME)) end
  local token = serve.new_token()
  app:write(app:text(TOKEN):format(name, token))
  app:write(SECTION:format(name, configuration.digest(token)))
end

-- Where the service keeps what it writes, unless it is told.
local function default_prefix()
  local state = getenv "XDG_STATE_HOME"
  if not state or state == "" then state = (getenv "HOME" or "/tmp") .. "/.local/state" end
  return state .. "/wdt/serve"
end

-- Where the accounts stand: the file, or the environment where there is no file.
local function source_of(args, app)
  local path = args.config or account.path()
  if args.config or path and posix.kind(path) then
      local said, ok = process.run("readlink -f -- " .. shell.quote(path))
    return { path = ok and said or path }
  end
  local settings = app:settings(args)
  if next(settings) == nil then
    app:fail("config", app:text{ en = "no account: neither a configuration file nor "
      .. "WDT_EDITION and the like in the environment", zh = "没有账号：既无配置文件，环境变量中也没有 WDT_EDITION 等" })
  end
  return { settings = settings }
end

local OPEN = { en = "no consumer is configured: this token is the owner's until the service ends.\n"
  .. "  %s/#token=%s\n", zh = "未配置使用者：以下令牌在服务结束前有效，可访问全部内容。\n  %s/#token=%s\n" }
local AT = { en = "serving at %s; Ctrl-C ends it, kill -HUP %d has the file read again\n",
  zh = "服务地址 %s；按 Ctrl-C 结束，kill -HUP %d 重新读取配置文件\n" }

local CLEAR = { en = "without TLS, tokens and personal data cross the network as they are: set "
  .. "tls_certificate and tls_key, or put a proxy before it\n",
  zh = "未启用 TLS，令牌与个人信息将以明文传输：请设置 tls_certificate 与 tls_key，或在前面使用代理\n" }

-- True if only this machine can reach it.
local function is_local(address)
  return address:find "^127%.%d+%.%d+%.%d+:%d+$" ~= nil or address:find "^localhost:" ~= nil
    or address:find("[::1]", 1, true) == 1 or address:find "^unix:" ~= nil
end

function M.run(args, app)
  if args.new_token then return show_token(args.new_token, app) end
  local token = serve.new_token()
  local ready = app:expect(serve.prepare{ from = source_of(args, app), listen = args.listen,
    prefix = args.prefix or default_prefix(), digest = configuration.digest(token),
    cpath = args.cpath or getenv "WDT_SERVE_CPATH" })
  local url = (ready.service.tls_certificate and "https://" or "http://") .. ready.service.listen
  app:error_text(app:text(AT):format(url, posix.pid()))
  if not ready.service.tls_certificate and not is_local(ready.service.listen) then
    app:error_text(app:text(CLEAR))
  end
  if ready.open then app:error_text(app:text(OPEN):format(url, token)) end
  -- nginx takes this process's place, and with it its signals
  local _, err = posix.exec{ "sh", "-c", process.command(ready.prefix, nil, nil, true) }
  app:fail("config", err)
end

return M
