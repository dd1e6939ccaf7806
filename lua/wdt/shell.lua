--- Words of a shell's command line.
-- @module wdt.shell
local M = {}

--- A word as a shell wants it: as it is where that is safe, else in single quotes.
-- @tparam string word
-- @treturn string
function M.quote(word)
  if word:find "^[%w_./:,=@%%+-]+$" then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

return M
