--- `wdt mcp`: a read-only Model Context Protocol server over standard input and output, for
-- programs that let a language model look at an account.
-- @module wdt.cli.commands.mcp
local later = require "wdt.cli.later"
local app_of = later "wdt.cli.app"
local known = later "wdt.cli.known"
local options = require "wdt.cli.options"
local posix = require "wdt.native".load "wdt.posix"
local protocol = later "wdt.cli.mcp.protocol"
local query_of = require "wdt.cli.query"
local sink = later "wdt.sink"
local tools_of = later "wdt.cli.mcp.tools"
local pcall = pcall

local M = { name = "mcp", place = 66,
  summary = { en = "Serve an account to a language model, read-only (Model Context Protocol)",
    zh = "以只读方式供大语言模型访问账号（Model Context Protocol）" },
  examples = {
    { "wdt mcp --rows 100", en = "what an MCP client starts; it ends when the client does",
      zh = "由 MCP 客户端启动，客户端关闭时结束" },
    { "wdt mcp --profile shop1 --unmasked", en = "personal data as it is; think twice",
      zh = "不隐藏个人信息，请慎用" },
  } }

local OPTIONS = {
  { "--rows", "N", convert = options.positive, en = "most rows of one answer (200)",
    zh = "一次应答的最多条数（默认 200）" },
  { "--days", "N", convert = options.positive, en = "longest range of one call (31)",
    zh = "一次调用的最长时间范围（默认 31 天）" },
  { "--unmasked", en = "names, phones and addresses as they are; without it they are replaced",
    zh = "姓名、电话、地址原样返回；默认以掩码代替" },
  { "--private", "LIST", convert = options.list,
    en = "fields to replace as well, of every method that has them, e.g. remark,buyer_message",
    zh = "其他也要掩码的字段（凡有该字段的方法均适用），如 remark,buyer_message" },
  { "--copy", "TARGET",
    en = "a copy that wdt sync keeps (sqlite:FILE, mysql://…): its reports as well",
    zh = "wdt sync 的副本（sqlite:文件、mysql://…）：同时提供其报表" },
  query_of.RATE,
}

function M.options(parser, t)
  options.add(parser, t, OPTIONS)
end

local INSTRUCTIONS = "Reads the Wangdian Tong (旺店通) ERP account of a merchant; nothing can be "
  .. "changed. Times are Beijing time. Ask methods and fields for names, count before rows, and "
    .. "name the "
  .. "fields that you need. Believe that rows are all only where complete is true; not_shown lists "
  .. "what this API leaves out."

local PRIVATE = { en = "--private adds to what is replaced, and --unmasked has nothing replaced",
  zh = "--private 用来补充掩码的字段，而 --unmasked 不作掩码" }

function M.run(args, app)
  args.rows, args.days = args.rows or 200, args.days or 31
  if args.private then
    if args.unmasked then app:fail("usage", app:text(PRIVATE)) end
    known.check_anywhere(app, known.editions(args), args.private)
  end
  if args.copy then
    local module, address = sink.find(args.copy)
    if not module then app:fail("usage", address) end
    if module.shows_a_secret and module.shows_a_secret(address) then
      app:fail("usage", app:text(options.PASSWORD))
    end
  end
  args.quiet = true -- a person reads none of it
  app:start(args)
  local tools, resources = tools_of.new(app, args)
  local server = protocol.new{ tools = tools, resources = resources,
    version = require "wdt.version", instructions = INSTRUCTIONS,
    read = posix.input,
    write = function(bytes)
      app:write(bytes)
      app:flush()
    end,
    -- runs a tool: true and what it returns; or false and the text of its failure
    attempt = function(f, ...)
      local ok, result = pcall(f, ...)
      if ok then return true, result end
      local code, text = app_of.failure_of(result)
      if code == "internal" then app:error_text("wdt: internal: " .. text .. "\n") end
      return false, code .. ": " .. text
    end }
  -- While the library waits, and between rows, it asks for signals; here the client gives them.
  function app.interrupted() return server:poll() end
  app.may_leave = function() return true end
  local ended, err = server:run()
  app:expect(ended, err, "output")
  return 0
end

return M
