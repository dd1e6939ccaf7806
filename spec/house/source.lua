--- Lua and C source files of a tree, as the checks of the house look at them.
local M = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Files of a folder, by name, with one of the endings.
-- @tparam string root of the tree
-- @tparam string folder below it; one that is not there has no files
-- @tparam table endings e.g. `{ lua = true }`
-- @treturn {string} paths relative to root, sorted
function M.files(root, folder, endings)
  local list = {}
  local pipe = assert(io.popen("cd " .. quote(root) .. " && find " .. quote(folder)
    .. " -type f 2>/dev/null | sort"))
  for name in pipe:lines() do
    if endings[name:match "%.(%w+)$"] then list[#list + 1] = name end
  end
  pipe:close()
  return list
end

function M.read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- Characters of a line: bytes but those that continue one.
function M.characters(line)
  return select(2, line:gsub("[^\128-\191]", ""))
end

-- Everything but line ends becomes blanks, so that lines keep their numbers.
local function blank(text)
  return (text:gsub("[^\n]", " "))
end

-- The end of a long bracket that opens at `at`, nil where none does.
local function long_bracket(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, stop = text:find("]" .. level .. "]", at, true)
  return stop or #text
end

-- The end of a quoted text that opens at `at`.
local function quoted(text, at)
  local quote_mark, i = text:sub(at, at), at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then i = i + 1 elseif c == quote_mark or c == "\n" then return i end
    i = i + 1
  end
  return #text
end

--- Lua source without its comments, and without those literals that are texts for people: with a
-- blank or a line end in them, or a byte that is no ASCII. Other literals stay, as names of things.
-- @tparam string text
-- @treturn string as many lines as before
function M.code(text)
  local out, at = {}, 1
  while true do
    local start = text:find("[%-\"'%[]", at)
    if not start then break end
    local stop, drop = start, false
    if text:find("^%-%-", start) then
      stop, drop = long_bracket(text, start + 2) or (text:find("\n", start, true) or #text + 1) - 1,
        true
    elseif text:find("^[\"']", start) then
      stop = quoted(text, start)
      drop = text:sub(start, stop):find "[%s\128-\255]" ~= nil
    elseif text:find("^%[=*%[", start) then
      stop, drop = long_bracket(text, start), true
    end
    out[#out + 1] = text:sub(at, start - 1)
    local piece = text:sub(start, stop)
    out[#out + 1] = drop and blank(piece) or piece
    at = stop + 1
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

--- Visits the lines of a text.
-- @tparam string text
-- @tparam function visit line, number
function M.lines(text, visit)
  local n = 0
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\r?\n" do
    n = n + 1
    visit(line, n)
  end
end

--- @tparam string text
-- @treturn {string} its lines
function M.lines_of(text)
  local list = {}
  M.lines(text, function(line, n) list[n] = line end)
  return list
end

return M
