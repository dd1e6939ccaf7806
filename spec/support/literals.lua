--- Texts for people in sources: what a spec has to find somewhere.
local shell = require "support.shell"

local M = {}

-- The value of a text literal that begins at `i`, and where it ends.
local function literal_at(source, i)
  local quote, j = source:sub(i, i), i + 1
  while source:sub(j, j) ~= quote do
    if source:sub(j, j) == "\\" then j = j + 1 end
    j = j + 1
  end
  return assert((loadstring or load)("return " .. source:sub(i, j)))(), j -- luacheck: ignore
end

-- Words and texts of a Lua source, without its comments.
local function tokens(source)
  local list, i = {}, 1
  while i <= #source do
    local c = source:sub(i, i)
    local level = source:match("^%-%-%[(=*)%[", i) or source:match("^%[(=*)%[", i)
    if level then
      i = select(2, source:find("]" .. level .. "]", i, true)) + 1
    elseif source:find("^%-%-", i) then
      i = (source:find("\n", i, true) or #source) + 1
    elseif c == '"' or c == "'" then
      local text, stop = literal_at(source, i)
      list[#list + 1] = { text = text }
      i = stop + 1
    elseif c:find "%s" then
      i = i + 1
    else
      local word = source:match("^[%w_]+", i) or source:match("^%.%.", i) or c
      list[#list + 1] = { word = word }
      i = i + #word
    end
  end
  return list
end

--- Texts of a Lua source that are sentences, or parts of one: several words. Literals that are
-- joined are one text. Those of a table in both languages (`en = "…"`) are left out.
-- @tparam string file
-- @treturn {string}
function M.of_lua(file)
  local list, found, i = tokens(shell.read(file)), {}, 1
  local function word(at) return list[at] and list[at].word end
  while i <= #list do
    local text, named = list[i].text, word(i - 1) == "=" and word(i - 2)
    while text and word(i + 1) == ".." and list[i + 2] and list[i + 2].text do
      text, i = text .. list[i + 2].text, i + 2
    end
    if text and named ~= "en" and named ~= "zh" and text:find "%l%l+ %l" then
      found[#found + 1] = text
    end
    i = i + 1
  end
  return found
end

--- The same of a C source, in which a preprocessor joins literals that follow each other.
-- @tparam string file
-- @tparam string after a Lua pattern of what stands before the literals that are meant
-- @treturn {string}
function M.of_c(file, after)
  local source, found = shell.read(file):gsub("/%*.-%*/", ""), {}
  source = source:gsub('"%s*\n%s*"', "")
  for rest in source:gmatch(after .. '[^;"]*(".-);') do
    for text in rest:gmatch '"(.-[^\\])"' do
      if text:find "%l%l+ %l" then found[#found + 1] = (text:gsub("\\\\", "\\")) end
    end
  end
  return found
end

return M
