--- Modules that load when they are first used: the text of a command's help needs none of those
-- that read an account.
--
--     local catalog = later "wdt.catalog"      -- nothing is loaded
--     catalog.enterprise                       -- now it is
-- @module wdt.cli.later
local setmetatable, require = setmetatable, require

--- @tparam string name of a Lua module that returns a table or a function
-- @treturn table whose fields are the module's, and which calls it where it is a function; not a
-- table to go through with `pairs`
return function(name)
  local module
  local function load()
    module = module or require(name)
    return module
  end
  return setmetatable({}, {
    __index = function(_, key) return (module or load())[key] end,
    __call = function(_, ...) return (module or load())(...) end,
  })
end
