--- Lines of editor types (LuaLS), none longer than the house allows.
local layers = require "house.layers"
local source = require "house.source"

local M = {}

--- Adds a description, in as many lines as it needs.
-- @tparam {string} out
-- @tparam string text
function M.text(out, text)
  local line = "---"
  for word in text:gmatch "%S+" do
    if source.characters(line .. " " .. word) > layers.longest_line then
      out[#out + 1], line = line, "---"
    end
    line = line .. " " .. word
  end
  out[#out + 1] = line
end

--- Adds `tag text`; where that is too long, the text stands above its tag. Editors show both alike.
-- @tparam {string} out
-- @tparam string tag e.g. "---@field name string"
-- @tparam string text may be ""
function M.add(out, tag, text)
  local line = text == "" and tag or tag .. " " .. text
  if source.characters(line) > layers.longest_line then
    M.text(out, text)
    line = tag
  end
  out[#out + 1] = line
end

--- Adds a name for one of several types, one a line.
-- @tparam {string} out
-- @tparam string name
-- @tparam {string} types
function M.alias(out, name, types)
  out[#out + 1] = "---@alias " .. name
  for _, one in ipairs(types) do out[#out + 1] = "---| " .. one end
end

return M
