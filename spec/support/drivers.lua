--- The modules by which databases are reached: our own, where wdt was built with them, or else
-- LuaSQL.
local M = {}

local OWN = { "wdt.sqlite", "wdt.postgres" }

--- Makes our own modules look as if wdt was built without them.
-- @treturn function puts them back
function M.leave_out()
  local loaded, preload = {}, {}
  for _, name in ipairs(OWN) do
    loaded[name], preload[name] = package.loaded[name], package.preload[name]
    package.loaded[name] = nil
    package.preload[name] = function() error("module '" .. name .. "' was left out", 0) end
  end
  return function()
    for _, name in ipairs(OWN) do
      package.loaded[name], package.preload[name] = loaded[name], preload[name]
    end
  end
end

--- Schemes of databases, and again those that LuaSQL reaches as well: on one Lua, which is enough.
-- @treturn {string...} `"sqlite"`, …, `"sqlite by LuaSQL"`
function M.variants()
  local list = { "sqlite", "postgres", "mysql" }
  if not rawget(_G, "jit") then
    list[#list + 1] = "sqlite by LuaSQL"
    list[#list + 1] = "postgres by LuaSQL"
  end
  return list
end

--- Leaves our own modules out where a variant says so.
-- @tparam string variant
-- @treturn function puts back what was left out
function M.use(variant)
  return variant:find " by LuaSQL$" and M.leave_out() or function() end
end

return M
