--- Tells whether the modules load that `wdt` is made of, and why one does not. Plain Lua that needs
-- none of them: this is what speaks when nothing else can.
-- @module wdt.cli.doctor.modules
local exits = require "wdt.cli.exits"
local findings = require "wdt.cli.doctor.findings"
local words = require "wdt.cli.words"
local io, ipairs, pairs, pcall, rawget, require, tostring, type = io, ipairs, pairs, pcall, rawget,
  require, tostring, type

local M = {}

local BUILD =
  { en = "Build it with this Lua's headers: luarocks --lua-version {version} make …, or cmake "
    .. "-DLUA_INCDIR=…; then "
  .. "let LUA_CPATH find it.",
    zh = "请用当前 Lua 的头文件编译：luarocks --lua-version {version} make …，或 cmake -DLUA_INCDIR=…；并让 "
      .. "LUA_CPATH 能找到它。" }

local function package(debian, rock)
  return { en = "Install it: apt-get install " .. debian
    .. ", or luarocks --lua-version {version} install " .. rock,
    zh = "请安装：apt-get install " .. debian .. "，或 luarocks --lua-version {version} install "
      .. rock }
end

-- name, and how one comes by it
local MODULES = { { "wdt.core", BUILD }, { "wdt.curl", BUILD }, { "wdt.posix", BUILD },
  { "cjson", package("lua-cjson", "lua-cjson") }, { "argparse",
    package("lua-argparse", "argparse") } }

-- Holds what the loader says of a module that was made for another Lua.
local OTHER_LUA = { "undefined symbol: lua", "version mismatch" }

--- Puts facts into a text.
-- @tparam string text
-- @tparam {string=string} facts
-- @treturn string
function M.fill(text, facts)
  return (text:gsub("{(%w+)}", facts))
end

--- The first module that does not load.
-- @treturn ?string a finding; nil where all load
-- @treturn ?table its facts: `install` is `{ en, zh }`, to be filled with the others
function M.check()
  local jit = rawget(_G, "jit")
  for _, module in ipairs(MODULES) do
    local name = module[1]
    local loaded, problem = pcall(require, name)
    if not loaded then
      problem = tostring(problem)
      local facts = { name = name, lua = jit and jit.version
        or _VERSION, version = _VERSION:match("%d%.%d"), install = module[2],
        problem = problem:gsub("%s+", " ") }
      if problem:find("^module '" .. name:gsub("%.", "%%.") .. "' not found") then
        return "module_missing", facts end
      for _, sign in ipairs(OTHER_LUA) do
        if problem:find(sign) then return "module_other_lua", facts end
      end
      return "module_broken", facts
    end
  end
end

--- Cause and fix of a finding, in a language.
-- @tparam string finding
-- @tparam table facts
-- @tparam string language `"en"` or `"zh"`
-- @treturn string cause
-- @treturn string fix
function M.words(finding, facts, language)
  local known, filled = findings[finding], {}
  for name, value in pairs(facts) do
    filled[name] = type(value) == "table" and M.fill(value[language], facts) or tostring(value)
  end
  return M.fill(known.cause[language], filled), M.fill(known.fix[language], filled)
end

--- Tells on the standard error why the command can't even start.
-- @tparam string problem what the loader said
-- @treturn integer exit status
function M.explain(problem)
  local finding, facts = M.check()
  if not finding then
    io.stderr:write("wdt: internal: ", problem, "\n")
    return exits.status "internal"
  end
  local cause, fix = M.words(finding, facts, words.language())
  io.stderr:write("wdt: config: ", cause, "\n     ", fix, "\n")
  return exits.status "config"
end

return M
