--- How the command ends: one exit status for each family of error codes, and what a person may do
-- about a code.
-- @module wdt.cli.exits
local ipairs = ipairs

local M = {}

--- `{ status, codes, en = what it means, zh = the same }`, by status. The codes are those of
-- `wdt.error` and the command's own.
M.list = {
  { status = 0, codes = "", en = "done", zh = "完成" },
  { status = 1, codes = "found", en = "something was found wrong (doctor, ledger)",
    zh = "检查发现问题（doctor、ledger）" },
  { status = 2, codes = "usage", en = "the command line can't be used", zh = "命令行用法错误" },
  { status = 3, codes = "config", en = "no usable account settings", zh = "没有可用的账号设置" },
  { status = 4, codes = "auth permission clock",
    en = "the gateway refuses the account, the address or the time",
    zh = "网关拒绝该账号、该 IP 或该时间戳" },
  { status = 5, codes = "rate budget",
    en = "the account's calls are used up, or the shared budget can't be asked, and stayed so",
    zh = "调用次数用尽，或共享配额无法访问，等待后仍未恢复" },
  { status = 6, codes = "server http connect timeout tls truncated syntax",
    en = "the gateway or the network failed, and stayed so", zh = "网关或网络故障，重试后仍未恢复" },
  { status = 7, codes = "param api", en = "the gateway refuses the query", zh = "网关拒绝该查询" },
  { status = 8, codes = "limit", en = "a named limit was reached", zh = "超过某项上限" },
  { status = 9, codes = "uncertified", en = "with --strict: a window could not be proved complete",
    zh = "使用 --strict 时，某个窗口无法证明完整" },
  { status = 10, codes = "state", en = "stored state is damaged, locked or can't be written",
    zh = "保存的进度损坏、被占用或无法写入" },
  { status = 11, codes = "output", en = "the output can't be written", zh = "输出无法写入" },
  { status = 12, codes = "unconfirmed",
    en = "a change was sent, and no answer tells whether it was made",
    zh = "修改请求已发出，但没有收到能确认是否执行的应答" },
  { status = 70, codes = "internal closed", en = "a fault of this program", zh = "本程序的缺陷" },
  { status = 130, codes = "interrupted", en = "interrupted by Ctrl-C", zh = "被 Ctrl-C 中断" },
  { status = 141, codes = "pipe", en = "the output is read no more (silent)",
    zh = "输出的读者已退出（不作提示）" },
  { status = 143, codes = "terminated", en = "ended by SIGTERM or SIGHUP",
    zh = "被 SIGTERM 或 SIGHUP 终止" },
}

--- Said of a command line that can't be used, where its sub-command is known.
M.HELP = { en = "wdt %s --help tells what there is.", zh = "用 wdt %s --help 查看用法。" }

-- code -> what a person may do, where the failure's own text does not say it.
M.ADVICE = {
  usage = { en = "wdt --help, or wdt COMMAND --help, tells what there is.",
    zh = "用 wdt --help 或 wdt 子命令 --help 查看用法。" },
  config = { en = "wdt init asks for an account and writes its profile; wdt doctor checks it.",
    zh = "wdt init 可询问账号信息并写入配置文件；wdt doctor 可检查配置。" },
  auth = { en = "Compare sid, appkey and appsecret with the open platform's page; wdt doctor "
    .. "checks them one by one.",
    zh = "请与开放平台页面核对 sid、appkey、appsecret；wdt doctor 可逐项检查。" },
  permission = {
    en = "Ask for this interface on the open platform, or add this machine's address to the white "
      .. "list there.",
    zh = "请在开放平台申请该接口权限，或把本机 IP 加入白名单。" },
  clock = { en = "Set this machine's clock; wdt doctor tells by how much it is wrong.",
    zh = "请校准本机时钟；wdt doctor 会指出偏差。" },
  rate = { en = "Something else uses up this account's calls; wait ten minutes, or lower --rate.",
    zh = "有其他程序在消耗该账号的调用次数；请等待十分钟，或调低 --rate。" },
  connect = { en = "wdt doctor looks at name resolution, the connection and the proxy.",
    zh = "wdt doctor 可检查域名解析、连接与代理。" },
  tls = { en = "An up-to-date ca-certificates package, or ca_file in the profile, is where trust "
    .. "comes from.",
    zh = "请更新 ca-certificates 软件包，或在配置中设置 ca_file。" },
  timeout = { en = "Run it again; if that stays so, timeout.stall and timeout.total of the "
    .. "profile allow more.",
    zh = "请重试；若一直如此，可在配置中调大 timeout.stall 与 timeout.total。" },
  unconfirmed = { en = "Look up whether the change was made before you send it again.",
    zh = "重发之前请先查询该修改是否已经生效。" },
  param = { en = "The text above is the gateway's own; wdt COMMAND --help tells the parameters.",
    zh = "以上为网关原文；参数见 wdt 子命令 --help。" },
  uncertified =
    { en = "Without --strict the rows that were read are kept, and wdt tells that some may be "
      .. "missing.",
    zh = "去掉 --strict 可保留已读到的数据，并会提示可能有遗漏。" },
  internal = { en = "Please report it, with the command line (it holds no secret).",
    zh = "请连同命令行一起反馈（其中不含密钥）。" },
}

local statuses = {}
for _, exit in ipairs(M.list) do
  for code in exit.codes:gmatch("%S+") do statuses[code] = exit.status end
end

--- The exit status of a code.
-- @tparam string code
-- @treturn integer
function M.status(code)
  return statuses[code] or statuses.internal
end

return M
