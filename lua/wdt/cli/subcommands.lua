--- The sub-commands: each file of commands/ is one, under its file's name, and nothing else has
-- to be changed to add one. It returns
--
-- * `name`: the file's; `place`: where help shows it, the smallest first
-- * `summary`: `{ en, zh }`, one line
-- * `options(parser, t)`: adds its options; `t{ en, zh }` is a text in the user's language
-- * `examples`: `{ { "wdt …", en = …, zh = … }, … }`; they run in the specs
-- * `run(args, app)`: returns an exit status, or nothing for 0
-- * `account`: false where no account is needed
--
-- Only the one that was asked for is loaded, and by it only what its help shows; what it does is
-- loaded when it runs (`wdt.cli.later`).
-- @module wdt.cli.subcommands
local posix = require "wdt.native".load "wdt.posix"
local debug, ipairs, require, sort = debug, ipairs, require, table.sort

local M = {}

local FOLDER = (debug.getinfo(1, "S").source:match "^@(.*)subcommands%.lua$" or "./")
  .. "commands/"

--- One sub-command.
-- @tparam ?string name
-- @treturn ?table nil where there is none of this name
function M.find(name)
  local known = name and name:find "^%l[%l_]*$"
    and posix.kind(FOLDER .. name .. ".lua") == "file"
  return known and require("wdt.cli.commands." .. name) or nil
end

--- All of them, in the order in which help shows them.
-- @treturn {table}
function M.all()
  local list = {}
  for _, file in ipairs(posix.list(FOLDER) or {}) do
    list[#list + 1] = M.find(file:match "^(.*)%.lua$")
  end
  sort(list, function(a, b)
    if a.place ~= b.place then return a.place < b.place end
    return a.name < b.name
  end)
  return list
end

return M
