local SECONDS = 180

--- Asks until something holds, as long as it may take on a slow machine that does much else.
-- @tparam function what returns something other than false and nil once it does
-- @tparam ?function said called when the time is over: what the error is to show
-- @return what `what` returned
return function(what, said)
  local stop = os.time() + SECONDS
  repeat
    local value, more = what()
    if value then return value, more end
  until os.time() > stop
  error(("not within %d s"):format(SECONDS) .. (said and ": " .. said() or ""), 2)
end
