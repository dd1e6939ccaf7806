--- Columns that line up on a terminal, where a Chinese character is two cells wide.
-- @module wdt.format.columns
local posix = require "wdt.native".load "wdt.posix"
local ipairs, type, max, concat = ipairs, type, math.max, table.concat

local M = {}

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

--- How many cells a text takes, by libc's `wcwidth`, as terminals reckon.
-- @tparam string text valid UTF-8
-- @treturn integer
function M.width(text)
  return (posix.cells(text))
end

--- Cuts a text to a width, with an ellipsis where something was cut; control characters become
-- spaces.
-- @tparam string text valid UTF-8
-- @tparam integer most cells
-- @treturn string
function M.clip(text, most)
  text = without_controls(text, " ")
  local width = posix.cells(text)
  if width <= most then return text end
  local _, kept = posix.cells(text, most - 1)
  return text:sub(1, kept) .. "…"
end

--- Lines of a table.
-- @tparam ?{string} titles nil: without them
-- @tparam {{string}} rows
-- @tparam ?integer|{integer} most cells of a column (default 32), or of each
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
      clipped[i] = M.clip(text, type(most) == "table" and most[i] or most or 32)
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
