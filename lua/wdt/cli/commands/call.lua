--- `wdt call METHOD`: one signed call of any method.
-- @module wdt.cli.commands.call
local later = require "wdt.cli.later"
local edition = require "wdt.edition"
local json = later "wdt.json"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"

local M = { name = "call", place = 50,
  summary = { en = "Make one signed call of any method; its answer as JSON",
    zh = "调用任意方法一次，以 JSON 显示应答" },
  examples = {
    { "wdt call warehouse_query --page-size 40", en = "enterprise: the first 40 warehouses",
      zh = "企业版：前 40 个仓库" },
    { "wdt call stockout_order_query_trade --param src_order_no=JY202611110001",
      en = "one order's stockouts",
      zh = "某一订单的出库单" },
  } }

local SENT = {
  query_of.PARAM,
  { "--body", "JSON", convert = options.json,
    en = "all parameters as JSON; ultimate: an object is the one argument, a list is all of them",
    zh = "以 JSON 给出全部参数；旗舰版：对象为唯一参数，列表为全部参数" },
  { "--page-no", "N", convert = options.count, en = "from 0", zh = "页号，从 0 开始" },
  { "--page-size", "N", convert = options.positive, en = "rows a page", zh = "每页条数" },
  { "--route", "ROUTE", choices = edition.ROUTES,
    en = "direct: the API's own gateway (default); qimen: by Taobao's platform",
    zh = "direct 自有接口（默认）；qimen 经奇门" },
}

--- Returns what is sent, for `wdt sign` as well.
function M.options(parser, t)
  parser:argument("METHOD", t{ en = "enterprise: a page's name without .php",
    zh = "方法名；企业版为不带 .php 的页面名" }):target "method":argname "METHOD"
  options.add(parser, t, SENT)
end

--- @treturn ?table parameters
-- @treturn ?table pager
function M.request(args, app)
  if args.body ~= nil and #args.params > 0 then
    app:fail("usage", app:text{ en = "either --body or --param", zh = "--body 与 --param 只能用其一" })
  end
  local pager = (args.page_no or args.page_size) and {
    page_no = args.page_no, page_size = args.page_size } or nil
  if args.body ~= nil then return args.body, pager end
  return query_of.params(args.params), pager
end

function M.run(args, app)
  local params, pager = M.request(args, app)
  local client = app:client(args)
  local data, err, code = app:attempt("usage", client.call, client, args.method, params, pager,
    { route = args.route })
  app:write(json.encode(app:expect(data, err, code), app:output().terminal ~= nil), "\n")
end

return M
