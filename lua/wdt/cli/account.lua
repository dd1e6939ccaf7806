--- Which account the command speaks for: a profile of the configuration file, or the environment.
--
-- The file is `$XDG_CONFIG_HOME/wdt/config.ini`, else `~/.config/wdt/config.ini`; each section is a
-- profile:
--
--     [default]
--     edition = enterprise
--     sid = …
--     appkey = …
--     appsecret = …
--     rate = 60
--     timeout.total = 120
--     qimen.app_key = …
--     qimen.app_secret = …
--     qimen.target_app_key = …
--
-- Sections with a "/" in their name are streams of a profile (`wdt.fleet.configuration`).
--
-- A value is all that stands after the "=", blanks around it aside: quotes, ";" and "#" are part
-- of it, as a secret may hold them. What a profile says twice is refused.
--
-- A profile that is named (--profile, else WDT_PROFILE) is all that counts. Without a name it is
-- the environment (WDT_EDITION, WDT_SID, WDT_APPKEY, WDT_APPSECRET, WDT_URL; of Qimen
-- WDT_QIMEN_APP_KEY, WDT_QIMEN_APP_SECRET, WDT_QIMEN_TARGET_APP_KEY, WDT_QIMEN_URL,
-- WDT_QIMEN_SIGN_METHOD), where it says anything, and otherwise the profile `default`. The file
-- holds secrets, so it has to be one that only its owner can read.
-- @module wdt.cli.account
local config = require "wdt.config"
local configuration = require "wdt.fleet.configuration"
local edition = require "wdt.edition"
local nearest = require "wdt.nearest"
local posix = require "wdt.native".load "wdt.posix"
local next, pairs, tonumber, type, getenv = next, pairs, tonumber, type, os.getenv

local M = {}

local NUMBERS = { rate = true, lanes = true, share = true }
local TABLES = { rate = true, timeout = true, retry = true }

local function env(name)
  local value = getenv(name)
  return value ~= "" and value or nil
end

--- Where the configuration file is looked for.
-- @treturn ?string nil where neither XDG_CONFIG_HOME nor HOME is set
function M.path()
  local folder = env "XDG_CONFIG_HOME" or env "HOME" and env "HOME" .. "/.config"
  return folder and folder .. "/wdt/config.ini"
end

-- Puts one line's setting into a profile. `timeout.total = 60` is a number in a table; so is
-- `rate.METHOD = 10`, beside which `rate = 60` is the default.
local function put(profile, name, value)
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

M.put = put

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
      put(profile, name, value)
    elseif line ~= "" and not line:find("^[#;]") then
      return nil, ("line %d is neither [profile] nor name = value"):format(number)
    end
  end
  return profiles, nil, lines
end

-- True for a credential of systemd (LoadCredential=), which only this service can read: an access
-- control list says so, and its mask looks like the group's permission.
local function is_credential(path)
  local folder = env "CREDENTIALS_DIRECTORY"
  return folder ~= nil and path:match "^(.*)/[^/]*$" == folder
end

-- The profiles of the file, nil, and the lines of their settings; or nil and what is wrong; nil
-- alone where there is no file.
local function profiles_of(path)
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

--- All sections of a configuration file: profiles, and streams ("PROFILE/STREAM").
-- @tparam ?string path
-- @treturn ?table by name; nil where there is no file, or where it can't be used
-- @treturn ?string what is wrong with it
-- @treturn ?table "SECTION NAME" -> the line that says it
function M.sections(path)
  return profiles_of(path)
end

--- All profiles of the configuration file.
-- @treturn ?table by name; nil where there is none, or where it can't be used
-- @treturn ?string what is wrong with it
function M.profiles()
  local sections, err = profiles_of(M.path())
  if not sections then return nil, err end
  local profiles = {}
  for name, section in pairs(sections) do
    if configuration.is_account(name) then profiles[name] = section end
  end
  return profiles
end

--- The profile that is named, by the command line or the environment.
-- @tparam ?string name of the command line
-- @treturn ?string
function M.name(name)
  return name or env "WDT_PROFILE"
end

--- The settings of an account, unchecked.
-- @tparam ?string name a profile's
-- @treturn ?table settings as `wdt.new` takes them
-- @treturn ?string what is wrong
-- @treturn ?function `(setting)` -> the file and the line where a profile says it, else nil
function M.settings(name)
  name = M.name(name)
  local settings, named = config.from_environment(), name ~= nil
  if not name and next(settings) then
    settings.rate = tonumber(env "WDT_RATE") or env "WDT_RATE"
    return settings
  end
  local path = M.path()
  local profiles, err, lines = profiles_of(path)
  if err then return nil, err end
  name = name or profiles and "default"
  local profile = profiles and profiles[name]
  if profile then
    return profile, nil, function(setting)
      local line = lines[name .. " " .. setting]
      return line and path, line
    end
  end
  if named then
    return nil, ("profile '%s' is not in %s"):format(name, path or "any file: HOME is not set")
      .. nearest.hint(name, profiles or {})
  end
  return settings
end

return M
