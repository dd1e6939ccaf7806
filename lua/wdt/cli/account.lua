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
-- Sections with a "/" in their name are streams of a profile (`wdt.fleet.configuration`), `[serve]`
-- and those that begin with `serve:` are of the web service (`wdt.serve.configuration`).
--
-- A profile that is named (--profile, else WDT_PROFILE) is all that counts. Without a name it is
-- the environment (WDT_EDITION, WDT_SID, WDT_APPKEY, WDT_APPSECRET, WDT_URL; of Qimen
-- WDT_QIMEN_APP_KEY, WDT_QIMEN_APP_SECRET, WDT_QIMEN_TARGET_APP_KEY, WDT_QIMEN_URL,
-- WDT_QIMEN_SIGN_METHOD), where it says anything, and otherwise the profile `default`. The file
-- holds secrets, so it has to be one that only its owner can read.
-- @module wdt.cli.account
local config = require "wdt.config"
local configuration = require "wdt.fleet.configuration"
local file = require "wdt.fleet.file"
local nearest = require "wdt.nearest"
local next, pairs, tonumber, getenv = next, pairs, tonumber, os.getenv

local M = {}

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

--- Puts one line's setting into a profile (`wdt.fleet.file`).
M.put = file.put

--- Reads the text of a configuration file (`wdt.fleet.file`).
M.parse = file.parse

--- All sections of a configuration file (`wdt.fleet.file`).
M.sections = file.sections

--- All profiles of the configuration file.
-- @treturn ?table by name; nil where there is none, or where it can't be used
-- @treturn ?string what is wrong with it
function M.profiles()
  local sections, err = file.sections(M.path())
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
  local profiles, err, lines = file.sections(path)
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
