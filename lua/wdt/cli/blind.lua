--- Describes what a reading can't show, in words for the person who reads (`wdt.edition.blind`).
-- @module wdt.cli.blind
local ipairs, concat = ipairs, table.concat

local M = {}

local LINE = { en = "not shown by this API: %s\n    %s", zh = "接口不返回：%s\n    %s" }

--- Lines for all kinds, and what to do about them.
-- @tparam table app
-- @tparam {table...} list as `progress().blind`
-- @treturn {string...} two lines in one for each thing to do; none where nothing is known to be
-- missing
function M.lines(app, list)
  local lines, kinds = {}, {}
  for i, kind in ipairs(list) do
    local advice = app:text(kind.advice)
    kinds[#kinds + 1] = app:text(kind)
    if not list[i + 1] or app:text(list[i + 1].advice) ~= advice then
      lines[#lines + 1] = app:text(LINE):format(concat(kinds, app:text{ en = ", ", zh = "、" }),
        advice)
      kinds = {}
    end
  end
  return lines
end

--- Tells it, unless the command is to be quiet; with --log-json as an event.
-- @tparam table app
-- @tparam {table...} list
function M.say(app, list)
  if #list == 0 then return end
  if not app.args.log_json then
    for _, line in ipairs(M.lines(app, list)) do app:say(line) end
    return
  end
  local names = {}
  for i, kind in ipairs(list) do names[i] = kind.name end
  app:event{ event = "blind", names = names }
end

return M
