--- Asks until something holds, as long as workers need on a slow machine.
-- @tparam function what returns something other than false and nil once it does
-- @tparam ?function said called at the end of a minute: what the error is to show
-- @return what `what` returned
return function(what, said)
  local stop = os.time() + 60
  repeat
    local value, more = what()
    if value then return value, more end
  until os.time() > stop
  error("not within a minute" .. (said and ": " .. said() or ""), 2)
end
