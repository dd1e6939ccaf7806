--- One section of a configuration file, read by rules.
-- @module wdt.section
local map = require "wdt.map"
local nearest = require "wdt.nearest"
local show = require "wdt.error".show
local ipairs, pairs, sort = ipairs, pairs, table.sort

local M = {}

--- Reads a section.
-- @tparam table file `path`; `sections` by name, settings by theirs; `lines`: "SECTION NAME" -> the
-- line that says it
-- @tparam string section
-- @tparam {string=table} rules by name: a converter of texts, which returns nil for what is none;
-- what it expects; and as `hidden` what is said of a value that must not be shown
-- @tparam table defaults values of settings that the section does not name
-- @treturn ?table settings by name
-- @treturn ?string what is wrong, with file and line
function M.read(file, section, rules, defaults)
  local result, names = map.copy(defaults), {}
  for name in pairs(file.sections[section] or {}) do names[#names + 1] = name end
  sort(names)
  for _, name in ipairs(names) do
    local given, rule = file.sections[section][name], rules[name]
    local place = ("%s line %s"):format(file.path, file.lines[section .. " " .. name] or "?")
    if not rule then
      return nil, ("%s: setting '%s' is none of [%s]'s%s"):format(place, name, section,
        nearest.hint(name, rules))
    end
    local value = rule[1](("%s"):format(given))
    if value == nil then
      return nil, ("%s: setting '%s' %s, expected %s"):format(place, name,
        rule.hidden or "is " .. show(given), rule[2])
    end
    result[name] = value
  end
  return result
end

return M
