--- Folds prose to the width of a terminal, so that no word is torn in two: at spaces, and beside
-- characters that are two cells wide.
-- @module wdt.cli.fold
local columns = require "wdt.format.columns"
local concat, ipairs = table.concat, ipairs

local M = {}

-- Cells by which a meaning is indented that finds no room beside its term.
local BELOW = 6

-- Characters that no line begins with, and those that none ends with.
local CLOSING, OPENING = {}, { ["（"] = true, ["“"] = true, ["《"] = true }
for _, one in ipairs{ "，", "。", "、", "；", "：", "）", "”", "》", "？", "！" } do
  CLOSING[one] = true
end

-- "a 中文，b" -> { "a", " 中", "文，", "b" }: what is not divided, with the space before it.
local function pieces_of(text)
  local pieces, word, last, last_wide = {}, "", "", false
  for char in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    local wide = #char > 2 and columns.width(char) == 2
    local divided = char == " " and last ~= " " or last ~= " " and not CLOSING[char]
      and not OPENING[last] and (wide or last_wide)
    if divided and word ~= "" then
      pieces[#pieces + 1] = word
      word = ""
    end
    word, last, last_wide = word .. char, char, wide
  end
  pieces[#pieces + 1] = word
  return pieces
end

-- Puts pieces into lines; the first goes on after `head`.
local function fill(lines, head, text, indent, width)
  local line, used, empty = head, columns.width(head), true
  for _, piece in ipairs(pieces_of(text)) do
    local cells = columns.width(piece)
    if not empty and used + cells > width then
      lines[#lines + 1] = line
      line, used, empty = (" "):rep(indent), indent, true
    end
    if empty then
      piece = piece:gsub("^ +", "")
      cells = columns.width(piece)
    end
    line, used, empty = line .. piece, used + cells, false
  end
  lines[#lines + 1] = line
end

-- "   --limit N     end after so many rows" -> the term with its space, and the meaning
local function term_of(line)
  return line:match "^(%s*%S.-%s%s+)(%S.*)$"
end

local function fold_line(lines, line, width)
  local head, text = term_of(line)
  if not head then head, text = line:match "^( *)(.*)$" end
  local indent = columns.width(head)
  if indent > width / 2 then
    if head:find "%S" then lines[#lines + 1] = head:gsub("%s+$", "") end
    head, indent = (" "):rep(BELOW), BELOW
  end
  fill(lines, head, text, indent, width)
end

-- Makes one line of each paragraph that was broken by hand.
local function unbroken(text)
  local lines, prose = {}, false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local goes_on = prose
    prose = line:find "^%S" ~= nil and not term_of(line)
    if goes_on and prose then
      local before = lines[#lines]
      local chinese = before:byte(-1) > 127 and (line:byte() > 127
        or CLOSING[before:sub(-3)])
      local space = chinese and "" or " "
      lines[#lines] = before .. space .. line
    else
      lines[#lines + 1] = line
    end
  end
  return lines
end

--- Folds a text. A line of a term and its meaning, with two spaces or more between them, is folded
-- under the meaning. A line that is a command to be copied stays as it is.
-- @tparam string text
-- @tparam integer width cells of a line
-- @treturn string
function M.text(text, width)
  local lines = {}
  for _, line in ipairs(unbroken(text)) do
    if columns.width(line) <= width or line:find "^ +wdt " then
      lines[#lines + 1] = line
    else
      fold_line(lines, line, width)
    end
  end
  return concat(lines, "\n")
end

return M
