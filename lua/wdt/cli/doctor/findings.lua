--- Describes what `wdt doctor` can find: the cause and the fix, in plain words. `{name}` stands for
-- a fact of the case at hand.
-- @module wdt.cli.doctor.findings
return {
  blind = {
    cause = { en = "This API does not show: {what}.", zh = "接口不返回：{what}。" },
    fix = { en = "To have them too: {advice}.", zh = "如需这些数据：{advice}。" } },
  -- Settings.
  no_account = {
    cause = { en = "No account was given: neither in the environment nor in a profile.",
      zh = "没有给出账号：环境变量和配置文件中都没有。" },
    fix = { en = "Set WDT_EDITION, WDT_SID, WDT_APPKEY and WDT_APPSECRET, or write a [default] "
      .. "profile into {path}.",
      zh = "设置 WDT_EDITION、WDT_SID、WDT_APPKEY、WDT_APPSECRET，或在 {path} 中写 [default] 配置。" } },
  setting_missing = {
    cause = { en = "The setting '{name}' is missing.", zh = "缺少设置项 {name}。" },
    fix = { en = "Add it: as {variable} in the environment, or as a line '{name} = …' of the "
      .. "profile.",
      zh = "请补上：环境变量 {variable}，或配置文件中的一行“{name} = …”。" } },
  setting_wrong = {
    cause = { en = "A setting can't be used: {problem}.", zh = "有设置项无法使用：{problem}。" },
    fix = { en = "Correct it where it was set: in the environment (WDT_…) or in the profile in "
      .. "{path}.",
      zh = "请在设置之处更正：环境变量（WDT_…）或 {path} 中的配置。" } },
  salt_missing = {
    cause = { en = "The ultimate edition's appsecret is two texts, secret and salt, and the colon "
      .. "between them is not there.",
      zh = "旗舰版的 appsecret 由 secret 和 salt 两段组成，中间的冒号不存在，缺少 salt。" },
    fix = { en = "Give both as the open platform shows them: secret:salt. For an enterprise "
      .. "account, set edition to enterprise.",
      zh = "按开放平台显示的完整形式填写：secret:salt。若是企业版账号，请把 edition 设为 enterprise。" } },
  config_readable = {
    cause = { en = "The configuration file holds secrets, and others on this machine can read it.",
      zh = "配置文件含有密钥，而本机其他用户可以读取它。" },
    fix = { en = "chmod 600 {path}", zh = "chmod 600 {path}" } },
  config_unreadable = {
    cause = { en = "The configuration file can't be used: {problem}.", zh = "配置文件无法使用：{problem}。" },
    fix = { en = "It consists of [profile] lines and of lines 'name = value' below them.",
      zh = "文件由 [profile] 行及其下的“name = value”行组成。" } },
  no_profile = {
    cause = { en = "There is no such profile: {problem}.", zh = "没有这个配置：{problem}。" },
    fix = { en = "Name one that is in the file (--profile, WDT_PROFILE), or add it.",
      zh = "请用 --profile 或 WDT_PROFILE 指定已有的配置，或添加它。" } },
  odd_text = {
    cause = { en = "{name} begins or ends with a space or a quote, or holds characters that no "
      .. "key has: a slip of copying.",
      zh = "{name} 首尾有空格或引号，或含有密钥中不会出现的字符：复制时出了差错。" },
    fix = { en = "Copy it again from the open platform's page, without spaces and quotes.",
      zh = "请从开放平台页面重新复制，不带空格和引号。" } },
  edition_url = {
    cause = { en = "The address is that of the other edition: {url} belongs to {other}.",
      zh = "地址属于另一个版本：{url} 是 {other} 的地址。" },
    fix = { en = "Set edition to {other}, or let url end in {path}; without url the documented "
      .. "address is used.",
      zh = "把 edition 改为 {other}，或让 url 以 {path} 结尾；不设 url 则使用文档中的地址。" } },
  looks_ultimate = {
    cause = { en = "The appsecret holds a colon, as secret:salt of an ultimate account does, but "
      .. "the edition is enterprise.",
      zh = "appsecret 含有冒号，像旗舰版的 secret:salt，但 edition 是 enterprise。" },
    fix = { en = "If the account is an ultimate one (旗舰版), set edition to ultimate.",
      zh = "若账号是旗舰版，请把 edition 设为 ultimate。" } },
  plain_http = {
    cause = { en = "The address begins with http: every machine on the way can read the data.",
      zh = "地址以 http 开头：途中的任何人都能读取数据。" },
    fix = { en = "Use https, which both editions' production addresses understand.",
      zh = "请改用 https，两个版本的正式地址都支持。" } },
  ca_file = {
    cause = { en = "The file of certificates, ca_file, can't be read: {problem}.",
      zh = "证书文件 ca_file 无法读取：{problem}。" },
    fix = { en = "Correct its path, or remove the setting: then the system's certificates count.",
      zh = "请更正路径，或删除该设置以使用系统证书。" } },
  proxy_ignored = {
    cause = { en = "The environment names a proxy ({name}), but wdt reads only its own settings: "
      .. "it connects directly.",
      zh = "环境变量 {name} 指定了代理，但 wdt 只读自己的设置，会直接连接。" },
    fix = { en = "If this network needs the proxy, add 'proxy = …' to the profile; otherwise "
      .. "nothing is to be done.",
      zh = "若本网络必须走代理，请在配置中加一行“proxy = …”；否则不必处理。" } },

  -- The way to the gateway.
  name_unknown = {
    cause = { en = "The name {host} can't be resolved: it is misspelt, or name resolution (DNS) "
      .. "does not work here.",
      zh = "域名 {host} 无法解析：拼写有误，或本机 DNS 不可用。" },
    fix = { en = "Check url for a slip; try 'getent hosts {host}'; look at /etc/resolv.conf and "
      .. "the network.",
      zh = "检查 url 的拼写；用 getent hosts {host} 试一下；检查 /etc/resolv.conf 和网络。" } },
  refused = {
    cause = { en = "Nothing listens at {host}: the connection was refused.",
      zh = "{host} 上没有服务：连接被拒绝。" },
    fix = { en = "Check address and port in url; a firewall may refuse connections as well.",
      zh = "检查 url 中的地址和端口；防火墙也可能拒绝连接。" } },
  unreachable = {
    cause = { en = "No connection to {host} comes about within the time allowed.",
      zh = "在限定时间内无法连接 {host}。" },
    fix = { en = "A firewall may swallow it: ask for outgoing connections to {host} to be opened, "
      .. "or set 'proxy' in the profile.",
      zh = "可能被防火墙丢弃：请放行到 {host} 的出站连接，或在配置中设置 proxy。" } },
  proxy_unreachable = {
    cause = { en = "The proxy of the profile does not answer, or refuses.",
      zh = "配置中的代理没有应答或拒绝连接。" },
    fix = { en = "Check 'proxy' in the profile (http://host:port, with user:password@ where it "
      .. "asks for them), or remove it.",
      zh = "检查配置中的 proxy（http://主机:端口，需要时带 用户:密码@），或删除它。" } },
  silent = {
    cause = { en = "{host} accepts the connection and then says nothing.",
      zh = "{host} 接受连接后没有任何应答。" },
    fix = { en = "Probably something else listens there, or a firewall inspects the traffic: "
      .. "check url, or try again later.",
      zh = "该端口可能是别的服务，或防火墙在检查流量：请检查 url，或稍后再试。" } },
  tls_untrusted = {
    cause = { en = "The certificate of {host} is signed by no one this machine trusts: a proxy "
      .. "that reads along, a test server, "
      .. "or an outdated list of authorities.", zh =
        "{host} 的证书不受本机信任：途中有解密代理、对方是测试服务器，或本机的根证书列表过旧。" },
    fix = { en = "Install or update ca-certificates; inside a company, set ca_file to its own "
      .. "authority's certificate.",
      zh = "安装或更新 ca-certificates；公司网络内请把 ca_file 设为公司的根证书。" } },
  tls_name = {
    cause = { en = "The certificate is for another name than {host}.", zh = "证书上的名称不是 {host}。" },
    fix = { en = "Use the name in url that the certificate is for; do not use a bare address with "
      .. "https.",
      zh = "url 中请使用证书上的域名；https 不要用裸 IP。" } },
  tls_expired = {
    cause = { en = "The certificate of {host} has expired or is not valid yet, or this machine's "
      .. "clock is wrong by a lot.",
      zh = "{host} 的证书已过期或尚未生效，或本机时钟差得太多。" },
    fix = { en = "Run 'date': if the clock is right, the server's owner has to renew the "
      .. "certificate.",
      zh = "运行 date 检查时钟；若时钟正确，需由服务器方更新证书。" } },
  tls_not_spoken = {
    cause = { en = "{host} does not speak TLS on this port.", zh = "{host} 的这个端口不支持 TLS。" },
    fix = { en = "Correct the port in url, or begin it with http:// if that server is meant to be "
      .. "used without TLS.",
      zh = "请更正 url 中的端口；若该服务器本来就不用 TLS，请以 http:// 开头。" } },
  tls_wanted = {
    cause = { en = "{host} speaks TLS on this port, and url begins with http.",
      zh = "{host} 的这个端口要求 TLS，而 url 以 http 开头。" },
    fix = { en = "Begin url with https://", zh = "请让 url 以 https:// 开头。" } },
  not_the_api = {
    cause = { en = "Something answers at this address, but it is not the API: {problem}.",
      zh = "该地址有应答，但不是接口：{problem}。" },
    fix = { en = "url has to end in {path} for this edition, without a method's name after it.",
      zh = "此版本的 url 须以 {path} 结尾，后面不带方法名。" } },
  server_down = {
    cause = { en = "The gateway reports a failure of its own: {problem}.",
      zh = "网关自报故障：{problem}。" },
    fix = { en = "Nothing is wrong here; try again in some minutes.", zh = "本机无误；请过几分钟再试。" } },
  broken_answer = {
    cause = { en = "The answer broke off on the way: {problem}.", zh = "应答在途中中断：{problem}。" },
    fix = { en = "Try again; if that stays so, something between here and the gateway cuts "
      .. "connections.",
      zh = "请重试；若一直如此，途中有设备在切断连接。" } },

  -- The account.
  clock_wrong = {
    cause = { en = "This machine's clock is {seconds} s {direction}; the gateway allows {allowed} "
      .. "s. (wdt corrects this by the "
      .. "server's time; other programs will be refused.)",
      zh = "本机时钟{direction} {seconds} 秒，网关允许 {allowed} 秒。（wdt 会按服务器时间自动修正，其他程序会被拒绝。）" },
    fix = { en = "Let it be set by NTP: timedatectl set-ntp true (or chronyd, or the host of this "
      .. "container).",
      zh = "启用 NTP 校时：timedatectl set-ntp true（或 chronyd；容器则校准宿主机）。" } },
  clock_off = {
    cause = { en = "This machine's clock is {seconds} s {direction}.",
      zh = "本机时钟{direction} {seconds} 秒。" },
    fix = { en = "Let it be set by NTP: timedatectl set-ntp true (or chronyd, or the host of this "
      .. "container).",
      zh = "启用 NTP 校时：timedatectl set-ntp true（或 chronyd；容器则校准宿主机）。" } },
  clock_unknown = {
    cause = { en = "The answers carry no Date, so the clocks can't be compared.",
      zh = "应答中没有 Date，无法比较时钟。" },
    fix = { en = "A proxy in between may take it away; wdt sync needs it.",
      zh = "可能被中间代理去掉；wdt sync 需要它。" } },
  sid = {
    cause = { en = "The gateway does not know this sid (卖家账号).", zh = "网关不认识这个 sid（卖家账号）。" },
    fix = { en = "Compare it with the ERP's login page: it is the seller's account, not a user's "
      .. "name. A test account works only "
      .. "with the test address.", zh = "请与 ERP 登录页核对：是卖家账号而不是用户名。测试账号只能用于测试地址。" } },
  appkey = {
    cause = { en = "The gateway does not know this appkey.", zh = "网关不认识这个 appkey。" },
    fix = { en = "Copy appkey again from the open platform (开放平台); it belongs to one sid and to "
      .. "one environment, "
      .. "test or production.",
      zh = "请从开放平台重新复制 appkey；它只属于一个 sid 和一个环境（测试或正式）。" } },
  app_or_salt = {
    cause = { en = "The gateway knows the sid, but not this appkey together with this salt.",
      zh = "网关认识 sid，但不认识这组 appkey 与 salt。" },
    fix = { en = "Copy appkey and the part of appsecret after the colon again from the open "
      .. "platform.",
      zh = "请从开放平台重新复制 appkey，以及 appsecret 冒号后的部分。" } },
  sign = {
    cause = { en = "The gateway knows sid and appkey and refuses the signature: the appsecret is "
      .. "wrong.",
      zh = "网关认识 sid 和 appkey，但拒绝签名：appsecret 有误。" },
    fix = { en = "Copy appsecret again from the open platform; it may have been reset there. 'wdt "
      .. "sign' shows what is signed.",
      zh = "请从开放平台重新复制 appsecret，它可能已被重置。wdt sign 可显示签名原文。" } },
  auth = {
    cause = { en = "The gateway refuses sid, appkey or appsecret: {problem}.",
      zh = "网关拒绝 sid、appkey 或 appsecret：{problem}。" },
    fix = { en = "Compare all three with the open platform's page; they belong together, and to "
      .. "one environment, "
      .. "test or production.",
      zh = "请与开放平台页面核对这三项；它们成套使用，且只属于一个环境（测试或正式）。" } },
  route_secret = {
    cause = { en = "{route}: the platform knows app_key and refuses its signature: app_secret is "
      .. "wrong.", zh = "{route}：平台认识 app_key，但拒绝签名：app_secret 有误。" },
    fix = { en = "Copy app_secret again from the console of your app on Taobao's open platform.",
      zh = "请从淘宝开放平台的应用控制台重新复制 app_secret。" } },
  route_app = {
    cause = { en = "{route}: the platform does not know this app_key.",
      zh = "{route}：平台不认识这个 app_key。" },
    fix = { en = "Copy app_key again from the console of your app on Taobao's open platform; a "
      .. "test app works only with the test address.",
      zh = "请从淘宝开放平台的应用控制台重新复制 app_key；测试应用只能用于测试地址。" } },
  route_unauthorised = {
    cause = { en = "{route}: the app is known and may not call this: {problem}.",
      zh = "{route}：应用有效，但无权调用：{problem}。" },
    fix = { en = "Have the seller authorise the app, and apply for this scene on the platform.",
      zh = "请让商家授权该应用，并在平台上申请此场景的权限。" } },
  route_target = {
    cause = { en = "{route}: target_app_key is not that of the ERP's app.",
      zh = "{route}：target_app_key 不是 ERP 方应用的 key。" },
    fix = { en = "Copy it from the mail that told of the authorisation.",
      zh = "请从授权通知邮件中复制。" } },
  sign_within = {
    cause = { en = "{route}: the platform took its signature, and the ERP after it refuses its "
      .. "own: the appsecret is wrong.",
      zh = "{route}：平台签名已通过，但 ERP 拒绝内层签名：appsecret 有误。" },
    fix = { en = "Copy appsecret (secret:salt) again from the ERP's open platform; app_secret is "
      .. "right.", zh = "请从 ERP 开放平台重新复制 appsecret（secret:salt）；app_secret 无误。" } },
  route_banned = {
    cause = { en = "{route}: the platform shuts the app out for a while: {problem}.",
      zh = "{route}：平台暂时封禁了该应用：{problem}。" },
    fix = { en = "Wait as long as it says, and set a lower rate for this route.",
      zh = "请等待其所示时间，并调低此通道的 rate。" } },
  clock_refused = {
    cause = { en = "The gateway refuses the timestamp although it was corrected by the server's "
      .. "own time.",
      zh = "时间戳已按服务器时间修正，网关仍然拒绝。" },
    fix = { en = "Its servers' clocks may differ: try again; if that stays so, tell the vendor.",
      zh = "网关各服务器时钟可能不一致：请重试；若一直如此，请联系服务商。" } },
  address = {
    cause = { en = "The gateway does not accept calls from this machine's address (IP white list).",
      zh = "网关不接受来自本机 IP 的调用（IP 白名单）。" },
    fix = { en = "Add the address under which this machine appears outside to the white list on "
      .. "the open platform.",
      zh = "请把本机的公网出口 IP 加入开放平台的白名单。" } },
  permission = {
    cause = { en = "The account may not call {method}.", zh = "该账号无权调用 {method}。" },
    fix = { en = "Apply for this interface (接口权限) on the open platform, and wait until it is "
      .. "granted.",
      zh = "请在开放平台申请该接口权限，待审批通过。" } },
  balance = {
    cause = { en = "The account's prepaid calls are used up.", zh = "该账号的接口调用余额已用完。" },
    fix = { en = "Buy calls on the open platform.", zh = "请在开放平台充值。" } },
  rate = {
    cause = { en = "The account's calls a minute are used up: another program uses the same "
      .. "account.",
      zh = "该账号每分钟调用次数已用完：有其他程序在使用同一账号。" },
    fix = { en = "Wait ten minutes, find the other program, and give each its share: 'rate = 30' "
      .. "in the profile.",
      zh = "请等待十分钟，找出其他程序，并分配份额：在配置中写 rate = 30。" } },
  refused_query = {
    cause = { en = "The gateway refuses the question itself: {problem}.",
      zh = "网关拒绝了查询本身：{problem}。" },
    fix = { en = "Probably this account's version of {method} differs: tell the maintainers, with "
      .. "these words.",
      zh = "可能该账号的 {method} 版本不同：请把原文反馈给维护者。" } },
  no_rows = {
    cause = { en = "All is accepted, but {method} shows no row in {range}.",
      zh = "一切正常，但 {method} 在{range}没有任何单据。" },
    fix = { en = "Is it the account that ships? A test account is empty; orders of Taobao shops "
      .. "are not shown to the "
      .. "enterprise edition.",
      zh = "是否为实际发货的账号？测试账号是空的；企业版接口不返回淘宝系店铺的单据。" } },

  -- This machine.
  state_folder = {
    cause = { en = "The folder of the state file does not exist: {folder}.",
      zh = "进度文件所在的文件夹不存在：{folder}。" },
    fix = { en = "mkdir -p {folder}", zh = "mkdir -p {folder}" } },
  state_unwritable = {
    cause = { en = "The folder of the state file can't be written: {problem}.",
      zh = "进度文件所在的文件夹无法写入：{problem}。" },
    fix = { en = "Give this user the right to write into {folder}, and see that the disk has "
      .. "space (df {folder}).",
      zh = "请授予本用户对 {folder} 的写权限，并确认磁盘有空间（df {folder}）。" } },
  state_damaged = {
    cause = { en = "The state file can't be used: {problem}.", zh = "进度文件无法使用：{problem}。" },
    fix = { en = "Restore it from a backup; or move it away and begin again with --from.",
      zh = "请从备份恢复；或移走它并用 --from 重新开始。" } },
  state_busy = {
    cause = { en = "The state file is in use by process {holder}.", zh = "进度文件正被进程 {holder} 使用。" },
    fix = { en = "One sync at a time: let it end, or give this one a --state of its own.",
      zh = "同一时间只能运行一个同步：请等它结束，或另设 --state。" } },
  module_other_lua = {
    cause = { en = "The module {name} was built for another Lua than this one ({lua}).",
      zh = "模块 {name} 是为另一个 Lua 编译的，当前是 {lua}。" },
    fix = { en = "Build it again for this one: luarocks --lua-version {version} make …, or cmake "
      .. "-DLUA_INCDIR=… with "
      .. "this Lua's headers.",
      zh = "请为当前 Lua 重新编译：luarocks --lua-version {version} make …，或 cmake 时把 -DLUA_INCDIR "
        .. "指向它的头文件。" } },
  module_missing = {
    cause = { en = "The module {name} is not found by {lua}.", zh = "{lua} 找不到模块 {name}。" },
    fix = { en = "{install}", zh = "{install}" } },
  module_broken = {
    cause = { en = "The module {name} does not load: {problem}.",
      zh = "模块 {name} 无法加载：{problem}。" },
    fix = { en = "A shared library may be missing (ldd tells which): install it, or build the "
      .. "module again on this machine.",
      zh = "可能缺少共享库（用 ldd 查看）：请安装，或在本机重新编译该模块。" } },
  md5_refused = {
    cause = { en = "OpenSSL refuses MD5, which both gateways sign with: only a FIPS provider is "
      .. "loaded.",
      zh = "OpenSSL 拒绝 MD5（两个网关都用它签名）：只加载了 FIPS 提供者。" },
    fix = { en = "Activate the default provider in openssl.cnf.",
      zh = "请在 openssl.cnf 中启用 default 提供者。" } },
}
