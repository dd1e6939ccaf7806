--- Columns that line up on a terminal, where a Chinese character is two cells wide.
-- @module wdt.format.columns
local ipairs, max, concat = ipairs, math.max, table.concat

local M = {}

-- First and last code points of the blocks that East Asian Width (UAX #11) calls wide or
-- full-width, and of those that take no cell of their own. Whole blocks: a terminal's own table is
-- no finer.
local WIDE = { { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97F },
  { 0xAC00, 0xD7A3 },
  { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 },
    { 0x1F300, 0x1F64F },
  { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD } }
local NONE = { { 0, 0x1F }, { 0x7F, 0x9F }, { 0x300, 0x36F }, { 0x200B, 0x200F },
  { 0xFE00, 0xFE0F } }

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

-- Holds what can move a terminal's cursor, change its colours or its title, or turn the order of
-- characters round: U+0000 to U+001F, U+007F to U+009F, U+2028 to U+202E, U+2066 to U+2069.
local CONTROLS = { "%c", "\194[\128-\159]", "\226\128[\168-\174]", "\226\129[\166-\169]" }

local function without_controls(text, instead)
  for _, control in ipairs(CONTROLS) do text = text:gsub(control, instead) end
  return text
end

local LINES = { ["\n"] = "\n", ["\t"] = "\t" }

local function visible(control)
  return LINES[control] or "\239\191\189"
end

--- A text as a terminal may show it, the one who wrote it: lines stay, every other control
-- character is shown as U+FFFD.
-- @tparam string text
-- @treturn string
function M.plain(text)
  return without_controls(text:gsub("\r\n", "\n"), visible)
end

--- How many cells a text takes.
-- @tparam string text valid UTF-8
-- @treturn integer
function M.width(text)
  local sum = 0
  for character in text:gmatch(CHARACTER) do sum = sum + cells(point_of(character)) end
  return sum
end

--- Cuts a text to a width, with an ellipsis where something was cut; control characters become
-- spaces.
-- @tparam string text valid UTF-8
-- @tparam integer most cells
-- @treturn string
function M.clip(text, most)
  text = without_controls(text, " ")
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
-- @tparam ?{string} titles nil: without them
-- @tparam {{string}} rows
-- @tparam ?integer most cells of one column (default 32)
-- @tparam ?{integer} widths of the columns, of a table that is written in pieces: no piece is less
-- wide than the one before
-- @treturn {string}
function M.format(titles, rows, most, widths)
  local all = { titles }
  widths = widths or {}
  for _, row in ipairs(rows) do all[#all + 1] = row end
  for n, row in ipairs(all) do
    local clipped = {}
    for i, text in ipairs(row) do
      clipped[i] = M.clip(text, most or 32)
      widths[i] = max(widths[i] or 0, M.width(clipped[i]))
    end
    all[n] = clipped
  end
  for n, row in ipairs(all) do
    for i = 1, #row - 1 do row[i] = row[i] .. (" "):rep(widths[i] - M.width(row[i])) end
    all[n] = concat(row, "  ")
  end
  return all
end

return M
