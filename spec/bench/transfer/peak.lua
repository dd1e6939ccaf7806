--- The peak of this process's memory (Linux: /proc).
-- @treturn integer kB
return function()
  for line in io.lines "/proc/self/status" do
    local kb = line:match("^VmHWM:%s+(%d+) kB")
    if kb then return tonumber(kb) end
  end
end
