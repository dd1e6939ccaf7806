--- `wdt sign METHOD`: what this client would send, and the text that it signs, for people who debug
-- a client of their own.
-- @module wdt.cli.commands.sign
local later = require "wdt.cli.later"
local call = require "wdt.cli.commands.call"
local config = later "wdt.config"
local edition = require "wdt.edition"
local options = require "wdt.cli.options"
local query = later "wdt.query"
local ipairs, time = ipairs, os.time

local M = { name = "sign", place = 60,
  summary = { en = "Show the text that is signed and its sign, the secret hidden; nothing is sent",
    zh = "显示签名原文与签名，密钥隐去；不发送任何请求" },
  examples = {
    { "wdt sign stockout_order_query_trade --param status=95 --page-no 0 --page-size 100",
      en = "what such a call would look like now", zh = "此刻发出该调用时的样子" },
    { "wdt sign stockout_order_query_trade --timestamp 1470042310 --param status=95",
      en = "the same text and sign whenever it is run, to compare with another client's",
      zh = "固定时间戳，便于与其他客户端对照" },
  } }

local NO_ROUTE = { en = "the settings hold nothing of the route %s",
  zh = "设置中没有 %s 通道的内容" }

function M.options(parser, t)
  call.options(parser, t)
  options.add(parser, t, { { "--timestamp", "SECONDS", convert = options.count,
    en = "Unix seconds (default: now)",
    zh = "Unix 秒数，默认为现在" } })
end

function M.run(args, app)
  local params, pager = call.request(args, app)
  local client = app:client(args)
  local account = client.accounts[args.route or edition.ROUTES[1]]
  if not account then app:fail("config", app:text(NO_ROUTE):format(args.route)) end
  local problem = account.edition.check(params, args.method)
  if problem then app:fail("usage", problem) end
  pager, problem = query.pager(pager)
  if problem then app:fail("usage", problem) end
  local message, err, code = account.edition.build(account.credentials, args.method, params, pager,
    args.timestamp or time())
  app:expect(message, err, code)
  local sign, text
  sign, text, code = account.edition.explain(account.credentials, message)
  app:expect(sign, text, code)
  local url = config.public_url(message.url)
  for _, line in ipairs{ { "POST", url }, { "body", message.body }, { "signed", text },
    { account.credentials.sign_method or "md5", sign } } do
    app:write(("%-7s %s\n"):format(line[1], line[2]))
  end
end

return M
