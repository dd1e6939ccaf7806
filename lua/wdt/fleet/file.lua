--- Reads the configuration file: sections of settings, one setting a line.
--
-- A value is all that stands after the "=", blanks around it aside: quotes, ";" and "#" are part
-- of it, as a secret may hold them. What a section says twice is refused.
-- @module wdt.fleet.file
local edition = require "wdt.edition"
local posix = require "wdt.native".load "wdt.posix"
local tonumber, type, getenv = tonumber, type, os.getenv

local M = {}

local NUMBERS = { rate = true, lanes = true, share = true }
local TABLES = { rate = true, timeout = true, retry = true }

--- Puts one line's setting into a profile. `timeout.total = 60` is a number in a table; so is
-- `rate.METHOD = 10`, beside which `rate = 60` is the default.
function M.put(profile, name, value)
  local outer, inner = name:match("^(%l+)%.(.+)$")
  if outer and edition.SETTINGS[outer] then
    if type(profile[outer]) ~= "table" then profile[outer] = {} end
    profile[outer][inner] = NUMBERS[inner] and tonumber(value) or value -- a key of digits is text
  elseif outer and TABLES[outer] then
    if profile[outer] == nil then profile[outer] = {} end
    if type(profile[outer]) == "number" then profile[outer] = { default = profile[outer] } end
    profile[outer][inner] = tonumber(value) or value
  elseif name == "rate" and type(profile.rate) == "table" then
    profile.rate.default = tonumber(value) or value
  else
    profile[name] = NUMBERS[name] and tonumber(value) or value
  end
end

--- Reads the text of a configuration file.
-- @tparam string text
-- @treturn ?table profiles by name
-- @treturn ?string what is wrong, and in which line; it never shows a value
-- @treturn ?table "PROFILE NAME" -> the line that says it
function M.parse(text)
  local profiles, lines, profile, section_name, number = {}, {}, nil, nil, 0
  for line in (text:gsub("^\239\187\191", "") .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    line = line:gsub("^%s+", ""):gsub("%s+$", "")
    local section = line:match("^%[%s*([^%]]-)%s*%]$")
    local name, value = line:match("^([%w_.]+)%s*=%s*(.*)$")
    if section then
      profiles[section] = profiles[section] or {}
      profile, section_name = profiles[section], section
    elseif name then
      if not profile then return nil, ("line %d stands before the first [profile]"):format(
        number) end
      local place = section_name .. " " .. name
      if lines[place] then return nil, ("lines %d and %d both say %s"):format(
        lines[place], number, name) end
      lines[place] = number
      M.put(profile, name, value)
    elseif line ~= "" and not line:find("^[#;]") then
      return nil, ("line %d is neither [profile] nor name = value"):format(number)
    end
  end
  return profiles, nil, lines
end

-- True for a credential of systemd (LoadCredential=), which only this service can read: an access
-- control list says so, and its mask looks like the group's permission.
local function is_credential(path)
  local folder = getenv "CREDENTIALS_DIRECTORY"
  return folder ~= nil and folder ~= "" and path:match "^(.*)/[^/]*$" == folder
end

--- All sections of a configuration file: profiles, streams ("PROFILE/STREAM"), the web service's
-- and alarms.
-- @tparam ?string path
-- @treturn ?table by name; nil where there is no file, or where it can't be used
-- @treturn ?string what is wrong with it
-- @treturn ?table "SECTION NAME" -> the line that says it
function M.sections(path)
  if not path or not posix.kind(path) then return nil end
  local text, mode = posix.read(path)
  if not text then return nil, path .. ": " .. mode end
  if mode % 64 ~= 0 and not is_credential(path) then
    return nil, (
      "%s holds secrets and can be read by others than its owner; do: chmod 600 %s"):format(
      path, path)
  end
  local profiles, err, lines = M.parse(text)
  if not profiles then return nil, path .. ": " .. err end
  return profiles, nil, lines
end

return M
