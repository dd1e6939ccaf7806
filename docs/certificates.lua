-- Draws the pictures of docs/certificates.md, as SVG:
--
--     lua5.4 docs/certificates.lua en > docs/certificates.svg
--     lua5.4 docs/certificates.lua zh > docs/certificates.zh-CN.svg
local language = ... or "en"

local TEXTS = {
  en = { title = "How a window is read", newer = "time of the rows",
    { "atomic", "pieces of one page each: what the server held at one moment" },
    { "seek", "each page begins where the last one ended; rows that move come again" },
    { "conserved", "the order was seen, not promised; received = distinct = total, every time" },
    { "swept", "last page first, then page 0 again: rows may only have left" },
    { "none", "a page was short, or the sums did not agree: something may be missing" } },
  zh = { title = "一个窗口是怎样读完的", newer = "数据的时间",
    { "atomic", "每段只有一页：都是服务器某一时刻的快照" },
    { "seek", "每页从上一页末尾接着读；移动的数据会再次出现" },
    { "conserved", "顺序由观察得知；每次 收到数 = 不重复数 = 总数" },
    { "swept", "从最后一页读到第 0 页，再读一次第 0 页：期间数据只可能移出" },
    { "none", "某页不满，或数目对不上：可能有遗漏" } },
}

local T = TEXTS[language]
if not T then error("language '" .. language .. "', expected en or zh") end

local out = {}
local function put(text, ...) out[#out + 1] = text:format(...) end

local LEFT, WIDE, HIGH, STEP = 120, 560, 26, 74

-- The pages of a picture: { from, to, label }, as parts of the window.
local PAGES = {
  atomic = { { 0, 0.28, "0" }, { 0.28, 0.61, "0" }, { 0.61, 1, "0" } },
  seek = { { 0, 0.37, "1" }, { 0.33, 0.7, "2" }, { 0.66, 1, "3" } },
  conserved = { { 0, 0.34, "1" }, { 0.34, 0.67, "2" }, { 0.67, 1, "3" } },
  swept = { { 0, 0.34, "3" }, { 0.34, 0.67, "2" }, { 0.67, 1, "1, 4" } },
  none = { { 0, 0.3, "1" }, { 0.42, 0.67, "2" }, { 0.67, 1, "3" } },
}
local FILL = { atomic = "#1a7f37", seek = "#2da44e", conserved = "#4a9e6b", swept = "#9a6700",
  none = "#cf222e" }

put('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" font-family="sans-serif" '
  .. 'font-size="14">', 60 + #T * STEP)
put('<title>%s</title>', T.title)
put '<rect width="100%%" height="100%%" fill="#ffffff"/>'
put('<text x="%d" y="24" fill="#57606a">%s →</text>', LEFT, T.newer)
for i, one in ipairs(T) do
  local name, y = one[1], 40 + (i - 1) * STEP
  put('<text x="12" y="%d" font-family="monospace" font-weight="bold" fill="%s">%s</text>', y + 18,
    FILL[name], name)
  put('<rect x="%d" y="%d" width="%d" height="%d" fill="#f6f8fa" stroke="#8c959f"/>', LEFT, y, WIDE,
    HIGH)
  for n, page in ipairs(PAGES[name]) do
    local from, to = LEFT + WIDE * page[1], LEFT + WIDE * page[2]
    -- pages that share rows are drawn one below the other
    local inset = name == "seek" and (n % 2 == 1 and 2 or 8) or 4
    put('<rect x="%.0f" y="%d" width="%.0f" height="%d" fill="%s" fill-opacity="0.75" rx="3"/>',
      from + 2, y + inset, to - from - 4, HIGH - inset - (name == "seek" and 10 - inset or 4),
      FILL[name])
    put('<text x="%.0f" y="%d" fill="#ffffff" text-anchor="middle">%s</text>', (from + to) / 2,
      y + 18, page[3])
  end
  if name == "none" then
    put('<text x="%.0f" y="%d" fill="%s" text-anchor="middle">?</text>', LEFT + WIDE * 0.36, y + 18,
      FILL[name])
  end
  put('<text x="%d" y="%d" fill="#24292f">%s</text>', LEFT, y + HIGH + 18, one[2])
end
put "</svg>"
io.write(table.concat(out, "\n"), "\n")
