--- The alarms of a configuration file.
--
--     [alarms]
--     repeat = 30m                what still holds is told again, and no sooner
--     lag = 10m                   beyond a stream's target
--     down = 5m                   how long a gateway has to be away
--     language = zh               or en
--
--     [alarms:duty]               a receiver; there may be several
--     kind = wecom                or dingtalk, feishu, json
--     url = https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…
--     secret = SEC…               signs, for dingtalk, feishu and json
--     message = markdown          or text (default)
-- @module wdt.alarms.settings
local duration = require "wdt.duration"
local formats = require "wdt.alarms.formats"
local is_address = require "wdt.host.http_request".is_address
local map = require "wdt.map"
local section_of = require "wdt.section"
local ipairs, pairs, sort = ipairs, pairs, table.sort

local M = {}

local function seconds_of(value)
  local seconds = duration.parse(value)
  return seconds and seconds > 0 and seconds or nil
end

local function one_of(...)
  local set = map.set{ ... }
  return function(value) return set[value] and value end
end

local A_LENGTH = 'a length of time, e.g. "30m"'

-- name -> converter, what was expected
local GENERAL = {
  ["repeat"] = { seconds_of, A_LENGTH },
  lag = { seconds_of, A_LENGTH },
  down = { seconds_of, A_LENGTH },
  language = { one_of("zh", "en"), "zh or en" },
}

local RECEIVER = {
  kind = { function(value) return formats.KINDS[value] and value end,
    "wecom, dingtalk, feishu or json" },
  url = { function(value)
      return not value:find "[%s%c#]" and is_address(value) and value or nil
    end, "an http or https address", hidden = "can't be used" },
  secret = { function(value) return value ~= "" and value or nil end, "the robot's secret",
    hidden = "can't be used" },
  message = { one_of("text", "markdown"), "text or markdown" },
}

--- Values where the file says none.
M.DEFAULTS = { ["repeat"] = 1800, lag = 600, down = 300, language = "zh" }

--- Settings that tell no one.
M.NONE = map.add({ receivers = {} }, M.DEFAULTS)

local function receiver_of(file, section)
  local one, err = section_of.read(file, section, RECEIVER, { name = section:match ":(.*)$",
    message = "text" })
  if not one then return nil, err end
  for _, name in ipairs{ "kind", "url" } do
    if not one[name] then
      return nil, ("%s: [%s] says no %s, expected %s"):format(file.path, section, name,
        RECEIVER[name][2])
    end
  end
  if one.secret and one.kind == "wecom" then
    return nil, ("%s: [%s] has a secret; a robot of wecom signs nothing"):format(file.path, section)
  end
  return one
end

--- Reads what a file says of alarms.
-- @tparam table file `path`, `sections`, `lines`, as `wdt.fleet.configuration` takes it
-- @treturn ?table `{ repeat, lag, down, language, receivers }`: seconds; receivers are `{ name,
-- kind, url, secret, message }`, none where no section names one
-- @treturn ?string what is wrong
function M.read(file)
  local settings, err = section_of.read(file, "alarms", GENERAL, M.DEFAULTS)
  if not settings then return nil, err end
  settings.receivers = {}
  local sections = {}
  for section in pairs(file.sections) do
    if section:find "^alarms:." then sections[#sections + 1] = section end
  end
  sort(sections)
  for i, section in ipairs(sections) do
    settings.receivers[i], err = receiver_of(file, section)
    if err then return nil, err end
  end
  return settings
end

return M
