--- The command line that goes on where one was interrupted.
-- @module wdt.cli.resume
local beijing = require "wdt.beijing"
local quote = require "wdt.shell".quote
local ipairs, concat = ipairs, table.concat

local M = {}

-- Options that say when, which give way to others.
local TIMES = { ["--start"] = true, ["--stop"] = true, ["--day"] = true, ["--last"] = true }

--- @tparam {string} argv the command line, the sub-command first
-- @tparam integer start epoch seconds
-- @tparam integer stop epoch seconds
-- @tparam boolean continued whether the output's file is gone on with
-- @treturn string
function M.command(argv, start, stop, continued)
  local words = { "wdt", argv[1], "--start", quote(beijing.format(start)), "--stop",
    quote(beijing.format(stop)) }
  local skip = true
  -- before a "--", after which it would be an argument
  if continued then words[#words + 1] = "--continue" end
  for _, word in ipairs(argv) do
    local name = word:match "^(%-%-[%l-]+)"
    if skip then
      skip = false -- the sub-command, or the value of an option that was left out
    elseif TIMES[name] then
      skip = word == name
    elseif word ~= "--continue" then
      words[#words + 1] = quote(word)
    end
  end
  return concat(words, " ")
end

return M
