-- GET /status: one page, in Chinese or English, that loads itself again every five seconds.
local beijing = require "wdt.beijing"
local facts = require "facts"
local ngx = require "ngx"

local M = {}

local WORDS = {
  en = { title = "Stockouts", other = "中文", other_lang = "zh", watermark = "Complete until",
    lag = "behind now", seconds = "s",
    rate = "Calls in the last minute", calls = "Calls", waited = "Waited for the rate",
    rows = "Rows", windows = "Windows",
    uncertified = "Not proved complete", failures = "Failures", none = "none", last = "Last",
    leader = "Worker",
    ledger = "Ledger", from = "From", to = "To", certificate = "Certificate",
    plot = "Rows per hour (Beijing time)",
    idle = "The synchronisation has not begun." },
  zh = { title = "销售出库单", other = "English", other_lang = "en", watermark = "数据完整至", lag = "落后当前时间",
    seconds = "秒",
    rate = "最近一分钟的调用", calls = "调用次数", waited = "因限流等待", rows = "条数", windows = "窗口数",
    uncertified = "未能证明完整",
    failures = "失败", none = "无", last = "最近一次", leader = "工作进程", ledger = "台账", from = "起",
    to = "止",
    certificate = "可靠程度", plot = "每小时条数（北京时间）", idle = "同步尚未开始。" },
}

local STYLE = [[
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:62em;padding:0 1em;color:#222}
table{border-collapse:collapse}
td,th{padding:.2em 1em .2em 0;text-align:left;border-bottom:1px solid #ddd}
td.n,th.n{text-align:right}
svg{width:100%;height:auto}rect{fill:#3b78c4}text{font-size:9px;fill:#666}a{float:right}]]

local function escape(text)
  return (tostring(text):gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
    ['"'] = "&quot;", ["'"] = "&#39;" }))
end

local function plot(words)
  local hours, most, out = facts.hours(24), 1, {}
  for _, one in ipairs(hours) do most = math.max(most, one.rows) end
  for i, one in ipairs(hours) do
    local height, x = 100 * one.rows / most, (i - 1) * 30
    local label = beijing.format(one.hour):sub(12, 16)
    out[i] = ('<rect x="%d" y="%.1f" width="26" height="%.1f"><title>%s: %d</title></rect><text '
      .. 'x="%d" y="124">%s</text>'):format(
      x, 112 - height, height, label, one.rows, x, label:sub(1, 2))
  end
  return ('<svg viewBox="0 0 720 130" role="img" aria-label="%s"><text x="0" '
    .. 'y="9">%d</text>%s</svg>'):format(
    escape(words.plot), most, table.concat(out))
end

local function fact(name, value)
  return ("<tr><th>%s</th><td>%s</td></tr>"):format(escape(name), escape(value))
end

local function failures(words, f)
  local list = {}
  for code, n in pairs(f.failures) do list[#list + 1] = code .. " " .. n end
  if #list == 0 then return words.none end
  table.sort(list)
  return table.concat(list, ", ") .. " · " .. words.last .. ": " .. (f.last_failure or "")
end

local function ledger(words, lines)
  local out = { ('<h2>%s</h2><table id="ledger"><tr><th>%s<th>%s<th class="n">%s<th '
    .. 'class="n">%s<th>%s</tr>'):format(words.ledger,
    words.from, words.to, words.rows, words.calls, words.certificate) }
  for i = #lines, math.max(1, #lines - 19), -1 do
    local w = lines[i]
    out[#out + 1] = ('<tr><td>%s</td><td>%s</td><td class="n">%d</td><td '
      .. 'class="n">%d</td><td>%s</td></tr>'):format(
      beijing.format(w.start), beijing.format(w.stop), w.rows, w.calls, escape(w.certificate))
  end
  out[#out + 1] = "</table>"
  return table.concat(out, "\n")
end

local function summary(words, f)
  local p = f.status.progress
  local lag = ("%s %d %s"):format(words.lag, ngx.time() - p.watermark, words.seconds)
  return table.concat{ "<table>",
    fact(words.watermark, ("%s (%s)"):format(beijing.format(p.watermark), lag)),
    fact(words.rows, p.rows), fact(words.windows, p.windows),
    fact(words.uncertified, p.uncertified),
    fact(words.rate, f.used .. " / " .. f.rate), fact(words.calls, f.calls),
    fact(words.waited, ("%.0f %s"):format(f.waited, words.seconds)),
    fact(words.failures, failures(words, f)),
    fact(words.leader, f.status.worker), "</table>" }
end

-- The language asked for, else the browser's.
local function language()
  local asked = ngx.var.arg_lang
  if WORDS[asked] then return asked end
  return (ngx.var.http_accept_language or ""):find "^zh" and "zh" or "en"
end

function M.serve()
  local lang, f = language(), facts.read()
  local words = WORDS[lang]
  ngx.header["Content-Type"] = "text/html; charset=utf-8"
  ngx.say(('<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8">'
    .. '<link rel="icon" href="data:,"><meta http-equiv="refresh" content="5"><title>%s</title>'
    .. '<style>%s</style></head><body><a href="?lang=%s">%s</a><h1>%s</h1>'):format(
      lang, words.title, STYLE, words.other_lang,
    words.other, words.title))
  if f.status then
    ngx.say(summary(words, f), "<h2>", words.plot, "</h2>", plot(words),
      ledger(words, f.status.ledger))
  else
    ngx.say("<p>", words.idle, "</p>")
  end
  ngx.say("</body></html>")
end

return M
