--- Folders that take long to make and are the same each time, as those of new databases: made once,
-- copied for each spec.
local shell = require "support.shell"
local quote, must = shell.quote, shell.must

local M = {}

-- A folder of this user's alone, in which others may only look.
local function place()
  local folder = ("%s/wdt-templates-%s"):format(os.getenv "TMPDIR" or "/tmp",
    (must "id -u":gsub("\n", "")))
  must(("mkdir -p -m 755 %s && [ -O %s ] && ! [ -L %s ]"):format(quote(folder), quote(folder),
    quote(folder)))
  return folder
end

--- Copies a folder, which is made where it was not yet. Processes that make it at the same time
-- each make their own, and the first one stays.
-- @tparam string program what makes it: another version has a template of its own
-- @tparam string target where it is copied to; nothing is there
-- @tparam function make makes it, under the path that it is given
function M.copy(program, target, make)
  local folder = place()
  local version = must(("stat -L -c '%%n-%%s-%%Y' %s"):format(quote(program)))
  local template = folder .. "/" .. version:gsub("\n", ""):gsub("/", "_")
  if select(2, shell.run("[ -d " .. quote(template) .. " ]")) ~= 0 then
    local made = must("mktemp -d -p " .. quote(folder)):gsub("\n", "")
    must("chmod 777 " .. quote(made)) -- servers refuse to be root, and so do their makers
    make(made .. "/made")
    must(("mv -T %s/made %s 2>&1 || [ -d %s ]; rm -rf %s"):format(quote(made), quote(template),
      quote(template), quote(made)))
  end
  must(("cp -a %s %s"):format(quote(template), quote(target)))
end

return M
