--- Describes what busted runs before the specs: a leak check that closes each spec file. Whatever a
-- file opened (connections, files, pipes) is closed at its end, and nothing of the transport's
-- stands in flight.
local busted = require "busted"
local lfs = require "lfs"

-- Returns what each descriptor of this process is, by number.
local function descriptors()
  local open = {}
  for name in lfs.dir "/proc/self/fd" do
    local target = tonumber(name) and lfs.symlinkattributes("/proc/self/fd/" .. name, "target")
    -- The listing itself is one; nothing is left of it when it is asked about.
    if target and not target:find("^/proc/%d+/fd$") then open[name] = target end
  end
  return open
end

if lfs.attributes("/proc/self/fd", "mode") == "directory" then
  local before

  busted.subscribe({ "file", "start" }, function()
    before = descriptors()
    return nil, true
  end)

  busted.subscribe({ "file", "end" }, function(element)
    collectgarbage()
    collectgarbage()
    local left = {}
    for name, target in pairs(descriptors()) do
      if before[name] ~= target then left[#left + 1] = target end
    end
    if #left > 0 then
      busted.publish({ "error", "file" }, element, nil,
        "left open by this file: " .. table.concat(left, ", "), {})
    end
    return nil, true
  end)
end
