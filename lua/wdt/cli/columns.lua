--- Columns that line up on a terminal, where a Chinese character is two cells wide.
-- @module wdt.cli.columns
local ipairs, max, concat = ipairs, math.max, table.concat

local M = {}

-- First and last code points of the blocks that East Asian Width (UAX #11) calls wide or full-width, and of those that take no
-- cell of their own. Whole blocks: a terminal's own table is no finer.
local WIDE = { { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 },
  { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
  { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD } }
local NONE = { { 0, 0x1F }, { 0x7F, 0x9F }, { 0x300, 0x36F }, { 0x200B, 0x200F }, { 0xFE00, 0xFE0F } }

local function within(blocks, point)
  for _, block in ipairs(blocks) do
    if point >= block[1] and point <= block[2] then return true end
  end
  return false
end

local function cells(point)
  if within(NONE, point) then return 0 end
  return within(WIDE, point) and 2 or 1
end

-- The characters of valid UTF-8, on every Lua.
local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

local function point_of(character)
  local a, b, c, d = character:byte(1, 4)
  if a < 0x80 then return a end
  if a < 0xE0 then return (a - 0xC0) * 64 + b - 0x80 end
  if a < 0xF0 then return (a - 0xE0) * 4096 + (b - 0x80) * 64 + c - 0x80 end
  return (a - 0xF0) * 262144 + (b - 0x80) * 4096 + (c - 0x80) * 64 + d - 0x80
end

--- How many cells a text takes.
-- @tparam string text valid UTF-8
-- @treturn integer
function M.width(text)
  local sum = 0
  for character in text:gmatch(CHARACTER) do sum = sum + cells(point_of(character)) end
  return sum
end

--- Cuts a text to a width, with an ellipsis where something was cut; control characters become spaces.
-- @tparam string text valid UTF-8
-- @tparam integer most cells
-- @treturn string
function M.clip(text, most)
  text = text:gsub("%c", " ")
  if M.width(text) <= most then return text end
  local kept, sum = {}, 0
  for character in text:gmatch(CHARACTER) do
    sum = sum + cells(point_of(character))
    if sum > most - 1 then break end
    kept[#kept + 1] = character
  end
  return concat(kept) .. "…"
end

--- Lines of a table.
-- @tparam {string} titles
-- @tparam {{string}} rows
-- @tparam ?integer most cells of one column (default 32)
-- @treturn {string}
function M.format(titles, rows, most)
  local all, widths = { titles }, {}
  for i, row in ipairs(rows) do all[i + 1] = row end
  for _, row in ipairs(all) do
    for i, text in ipairs(row) do widths[i] = max(widths[i] or 0, M.width(M.clip(text, most or 32))) end
  end
  local lines = {}
  for n, row in ipairs(all) do
    local parts = {}
    for i, text in ipairs(row) do
      local clipped = M.clip(text, most or 32)
      parts[i] = i == #row and clipped or clipped .. (" "):rep(widths[i] - M.width(clipped))
    end
    lines[n] = concat(parts, "  ")
  end
  return lines
end

return M
