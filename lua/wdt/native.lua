--- The C modules: `wdt.core`, `wdt.curl` and `wdt.posix`, and what to do about one that was built
-- for another Lua, or not at all; and those that a build may leave out.
-- @module wdt.native
local error, pcall, rawget, require, tostring = error, pcall, rawget, require, tostring

local M = {}

--- Loads a C module; raises what to do where it does not load.
-- @tparam string name `"wdt.core"`, `"wdt.curl"` or `"wdt.posix"`
-- @treturn table the module
function M.load(name)
  local loaded, module = pcall(require, name)
  if loaded then return module end
  local jit = rawget(_G, "jit")
  error(("%s does not load in %s; build it again with this interpreter's headers (LUA_INCDIR): %s")
    :format(name,
    jit and jit.version or _VERSION, tostring(module)), 0)
end

--- Finds a C module that a build leaves out where its library is missing.
-- @tparam string name such as `"wdt.sqlite"`
-- @treturn ?table the module; nil where it is not there, or its library is gone
function M.find(name)
  local loaded, module = pcall(require, name)
  return loaded and module or nil
end

return M
