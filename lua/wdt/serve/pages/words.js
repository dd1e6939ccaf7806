"use strict";
// Everything that the pages say, in both languages.
const WORDS = {
  zh: {
    code: "zh-CN", other: "English",
    title: "旺店通数据服务", overview: "总览", download: "下载", catalogue: "接口目录",
    skip: "跳到正文", logout: "退出", consumer: "使用者 {0}",
    clock: "所有时间均为北京时间（UTC+8）。现在 {0}",
    login: "登录", token: "令牌", loginLead: "请输入管理员发给您的令牌。令牌只保存在本浏览器的 Cookie 中，网页脚本无法读取。",
    loginBad: "没有使用者持有此令牌。",
    accounts: "账号", account: "账号", edition: "版本", state: "状态", why: "原因", jobs: "任务",
    behind: "滞后", target: "目标", until: "已同步至", rows: "条数", unproved: "未证明的窗口",
    budget: "每分钟配额", blind: "看不到的数据", nojobs: "没有同步任务", job: "任务",
    overviewLead: "每个账号的同步是否及时、完整，凭证与网关是否正常。",
    green: "正常", yellow: "注意", red: "异常", none: "暂无数据",
    ok: "正常", late: "滞后", new: "未开始", failed: "无法读取",
    rules: "红黄绿的判定规则",
    ruleGreen: "所有任务的滞后都在目标之内，近 7 天没有缺口或未证明的时段，最近一次调用成功。",
    ruleYellow: "有任务滞后超过目标；或近 7 天内有缺口、未能证明完整的时段；或有任务尚未开始；或最近一次调用失败。",
    ruleRed: "有任务滞后超过目标的两倍；或任务状态无法读取；或网关拒绝该账号的凭证、权限或时间戳；或网关已连续 10 分钟以上无法成功调用。",
    whyLate: "任务 {0} 滞后", whyUnproved: "任务 {0} 近 7 天有缺口或未证明的时段",
    whyNew: "任务 {0} 尚未开始", whyUnreadable: "任务 {0} 的状态无法读取",
    whyRefused: "网关拒绝该账号（{1}）", whyFailing: "最近的调用失败（{1}）", allWell: "—",
    completeness: "按日、按小时的完整性",
    heatLead: "每格为一小时，来自同步台账。缺口表示应读而未读；未证明表示已读，但无法证明没有遗漏。",
    c: "已证明完整", u: "已读，未能证明完整", g: "缺口：未读", r: "已读，证明已不保留", p: "未到时间",
    x: "不在同步范围内", hatched: "已证明完整，但该通道看不到：{0}",
    heatLabel: "{0} 的完整性：{1} 小时已证明，{2} 小时未证明，{3} 小时缺口",
    gaps: "缺口与未证明的时段", nogaps: "没有缺口，也没有未证明的时段。",
    whole: "该任务每次整体读取，没有时间范围。",
    sales: "每日销售", salesLead: "按副本（{0}）中的发货统计，不含赠品。浅色表示副本在该日尚未证明完整。",
    salesAmount: "发货金额", salesQuantity: "发货数量", salesReturned: "退款金额",
    salesUnsure: "（未证明完整）", salesUnreadable: "暂时无法读取副本。",
    trends: "走势", trendsLead: "服务重启后历史仍保留，最长 31 天。",
    chartRows: "副本新增条数", chartCalls: "网页与 API 发起的调用", chartLag: "最大滞后（分钟）",
    budgetOf: "，配额 {0}", chartFailures: "失败的调用", chartNone: "暂无历史", days1: "1 天", days7: "7 天", days31: "31 天",
    of: "{0}（最大 {1}）",
    failures: "最近的失败", nofailures: "没有记录到失败。", time: "时间", method: "接口", text: "说明",
    advice: "建议", again: "已自动重试",
    downloadLead: "先预览，再下载为 Excel 或 CSV。文件未完整时不会保存。",
    what: "数据", stockouts: "销售出库单", cancelled: "已取消的出库单", from: "起（含）", to: "止（含）",
    status: "出库单状态", statusHint: "如 95,110", shop: "店铺编号", warehouse: "仓库编号",
    route: "通道", direct: "自有接口", both: "自有接口与奇门",
    explode: "明细每项一行", labels: "中文表头", mask: "隐藏个人信息", masked: "您看到的个人信息已隐藏",
    preview: "预览前 20 条", xlsx: "下载 Excel", csv: "下载 CSV", reading: "正在读取… {0}",
    today: "今天", yesterday: "昨天", week: "近 7 天", month: "本月",
    done: "完整：{0} 条，可靠程度 {1}", doneNone: "已读 {0} 条，但无法证明没有遗漏",
    blindNote: "注意：该通道看不到 {0}。", limited: "仅显示前 {0} 条。", norows: "该范围内没有数据。",
    cancel: "取消", cancelledByYou: "已取消",
    search: "查找接口或中文名", fields: "字段", label: "名称", type: "类型", private: "个人信息",
    values: "取值", nofields: "没有文档说明该接口的字段。", choose: "请从左侧选择一个接口。",
    yes: "是", failed2: "失败：{0}", offline: "服务没有应答。", notyours: "没有这个账号，或您无权查看。",
    blindOf: { taobao: "淘系订单", supply: "系统供销订单", pinduoduo: "拼多多订单",
      others: "其他平台的订单（可能）" },
    adviceOf: {
      auth: "请与开放平台页面核对 sid、appkey、appsecret。", permission: "请在开放平台申请该接口权限，或把本机 IP 加入白名单。",
      clock: "请校准服务器时钟。", rate: "有其他程序在消耗该账号的调用次数；请等待，或调低 rate。",
      connect: "请检查网络、域名解析与代理。", tls: "请更新 ca-certificates。", timeout: "网关应答过慢，会自动重试。",
      server: "网关自身故障，会自动重试；若持续，请联系旺店通。", param: "网关拒绝该参数，请按说明修改查询。",
      truncated: "连接中断，会自动重试。", unconfirmed: "重发之前请先查询该修改是否已经生效。",
      busy: "服务正忙，请稍后再试。", queue: "您同时进行的请求已达上限，请等其中一个结束。",
      quota: "今天的额度已用完，北京时间零点后恢复。", deadline: "范围太大，请缩短后重试。",
      forbidden: "请管理员为您的令牌开通。", unknown: "请核对账号与方法的名称，或请管理员开通。",
    },
    seconds: "{0} 秒", minutes: "{0} 分钟", hours: "{0} 小时", dayCount: "{0} 天",
  },
  en: {
    code: "en", other: "中文",
    title: "Wangdian Tong data", overview: "Overview", download: "Download",
    catalogue: "Catalogue", skip: "Skip to content", logout: "Sign out", consumer: "Consumer {0}",
    clock: "All times are Beijing time (UTC+8). It is {0}",
    login: "Sign in", token: "Token",
    loginLead: "Enter the token that your administrator gave you. It is kept in a cookie of this "
      + "browser, which no script can read.",
    loginBad: "No consumer has this token.",
    accounts: "Accounts", account: "Account", edition: "Edition", state: "State", why: "Why",
    jobs: "Jobs", behind: "Behind", target: "Target", until: "Copied until", rows: "Rows",
    unproved: "Windows not proved", budget: "Calls a minute", blind: "Can't be seen",
    nojobs: "no jobs", job: "Job",
    overviewLead: "Whether each account's copies are up to date and complete, and its credentials "
      + "and gateway in order.",
    green: "In order", yellow: "Look at it", red: "Wrong", none: "Nothing known",
    ok: "up to date", late: "late", new: "not begun", failed: "unreadable",
    rules: "Rules for green, yellow and red",
    ruleGreen: "Every job is within its target, the last 7 days have no gap and nothing that is not "
      + "proved complete, and the last call succeeded.",
    ruleYellow: "A job is behind its target; or the last 7 days have a gap or hours that could not "
      + "be proved complete; or a job has not begun; or the last call failed.",
    ruleRed: "A job is behind by more than twice its target; or its state can't be read; or the "
      + "gateway refuses the account's credentials, rights or time; or no call has succeeded for "
      + "10 minutes.",
    whyLate: "job {0} is late", whyUnproved: "job {0}: a gap, or hours not proved, in 7 days",
    whyNew: "job {0} has not begun", whyUnreadable: "the state of job {0} can't be read",
    whyRefused: "the gateway refuses the account ({1})", whyFailing: "the last calls failed ({1})",
    allWell: "—",
    completeness: "Completeness by day and hour",
    heatLead: "A cell is an hour, from the ledger of the copy. A gap should have been read and was "
      + "not; not proved means read, but rows may be missing.",
    c: "proved complete", u: "read, not proved complete", g: "gap: not read",
    r: "read; proof no longer kept", p: "not due yet", x: "not asked for",
    hatched: "proved complete, but this route can't show: {0}",
    heatLabel: "Completeness of {0}: {1} hours proved, {2} not proved, {3} gaps",
    gaps: "Gaps, and hours not proved", nogaps: "No gap, and nothing that is not proved.",
    whole: "This job is read whole each time: it has no range of time.",
    sales: "Sales by day", salesLead: "Shipped, out of the copy ({0}), gifts apart. A pale bar is a "
      + "day of which the copy is not proved complete.",
    salesAmount: "Amount shipped", salesQuantity: "Pieces shipped", salesReturned: "Amount returned",
    salesUnsure: "(not proved complete)", salesUnreadable: "The copy can't be read now.",
    trends: "Over time", trendsLead: "Kept over a restart of the service, for up to 31 days.",
    chartRows: "Rows added to the copy", chartCalls: "Calls by pages and API",
    budgetOf: ", budget {0}", chartLag: "Greatest lag (minutes)", chartFailures: "Calls that failed",
    chartNone: "no history yet", days1: "1 day", days7: "7 days", days31: "31 days",
    of: "{0} (greatest {1})",
    failures: "Last failures", nofailures: "None was noted.", time: "Time", method: "Method",
    text: "What was said", advice: "What to do", again: "tried again by itself",
    downloadLead: "Look at the first rows, then download a workbook or CSV. A file that is not whole "
      + "is not saved.",
    what: "Data", stockouts: "Stockouts", cancelled: "Cancelled stockouts", from: "From (included)",
    to: "To (included)", status: "Status", statusHint: "e.g. 95,110", shop: "Shop",
    warehouse: "Warehouse", route: "Route", direct: "Own gateway", both: "Own gateway and Qimen",
    explode: "A line for each detail", labels: "Chinese headings", mask: "Hide personal data",
    masked: "Personal data is hidden from you",
    preview: "First 20 rows", xlsx: "Download Excel", csv: "Download CSV", reading: "Reading… {0}",
    today: "Today", yesterday: "Yesterday", week: "7 days", month: "This month",
    done: "Complete: {0} rows, certificate {1}",
    doneNone: "{0} rows were read; it can't be proved that none is missing",
    blindNote: "This route can't show {0}.", limited: "The first {0} rows only.",
    norows: "There are no rows in this range.", cancel: "Cancel", cancelledByYou: "cancelled",
    search: "Find a method or its Chinese name", fields: "Fields", label: "Label", type: "Type",
    private: "Personal", values: "Values", nofields: "No document tells the fields of this method.",
    choose: "Choose a method.", yes: "yes", failed2: "Failed: {0}",
    offline: "The service does not answer.", notyours: "There is no such account that you may see.",
    blindOf: { taobao: "Taobao-family orders", supply: "system-supply orders",
      pinduoduo: "Pinduoduo orders", others: "perhaps orders of other platforms" },
    adviceOf: {
      auth: "Compare sid, appkey and appsecret with the open platform's page.",
      permission: "Ask for this interface on the open platform, or add this machine's address to "
        + "the white list there.",
      clock: "Set the server's clock.",
      rate: "Something else uses up this account's calls: wait, or lower its rate.",
      connect: "Look at the network, name resolution and proxy.",
      tls: "Bring ca-certificates up to date.",
      timeout: "The gateway is slow; it is asked again by itself.",
      server: "The gateway's own fault; it is asked again by itself. If it stays, ask the vendor.",
      param: "The gateway refuses a parameter: change the query as it says.",
      truncated: "The connection broke; it is asked again by itself.",
      unconfirmed: "Look up whether the change was made before you send it again.",
      busy: "The service is busy: try again in a while.",
      queue: "You have as many requests under way as you may: wait until one has ended.",
      quota: "Today's quota is used up; the next begins at midnight in Beijing.",
      deadline: "The range takes too long: ask for a shorter one.",
      forbidden: "Your administrator can allow it for your token.",
      unknown: "Look at the names of account and method; your administrator can allow more.",
    },
    seconds: "{0} s", minutes: "{0} min", hours: "{0} h", dayCount: "{0} days",
  },
};

let language = localStorage.getItem("language")
  || (/^zh/.test(navigator.language) ? "zh" : "en");

function t(name, ...values) {
  return WORDS[language][name].replace(/\{(\d)\}/g, (_, i) => values[i] === undefined ? ""
    : values[i]);
}

function lengthOf(seconds) {
  if (seconds === undefined || seconds === null) return "—";
  if (seconds < 120) return t("seconds", Math.round(seconds));
  if (seconds < 7200) return t("minutes", Math.round(seconds / 60));
  if (seconds < 172800) return t("hours", Math.round(seconds / 360) / 10);
  return t("dayCount", Math.round(seconds / 8640) / 10);
}

function count(n) {
  return n === undefined || n === null ? "—" : Number(n).toLocaleString("en-US");
}

// Epoch seconds as a clock in Beijing shows them.
function beijing(epoch) {
  return new Date((epoch + 8 * 3600) * 1000).toISOString().slice(0, 19).replace("T", " ");
}
