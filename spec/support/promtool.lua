--- Prometheus' own tool, which checks texts of metrics and files of rules. spec/run.sh puts it
-- beside the build.
local shell = require "support.shell"

local M = {}

local function path()
  local name = os.getenv "WDT_PROMTOOL" or "promtool"
  local found = shell.run("command -v " .. shell.quote(name)):gsub("%s+$", "")
  assert(found ~= "", "promtool is missing: run the specs by spec/run.sh")
  return shell.quote(found)
end

--- Checks a text of metrics.
-- @tparam string text
-- @treturn string what it finds; "" where it finds nothing
function M.metrics(text)
  local folder = shell.folder()
  shell.write(folder .. "/text", text)
  local said, status = shell.run(("%s check metrics <%s/text"):format(path(), folder))
  shell.must("rm -rf " .. shell.quote(folder))
  assert((status == 0) == (said == ""), said)
  return said
end

--- Checks a file of rules, or runs their tests.
-- @tparam string words "check rules" or "test rules"
-- @tparam string file
-- @treturn string what it says
-- @treturn integer its exit status
function M.rules(words, file)
  return shell.run(("%s %s %s"):format(path(), words, shell.quote(file)))
end

return M
