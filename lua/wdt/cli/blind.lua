--- What a reading can't show, in words for the person who reads (`wdt.edition.blind`).
-- @module wdt.cli.blind
local ipairs, concat = ipairs, table.concat

local M = {}

local LINE = { en = "not among these rows, as this API does not show them: %s",
  zh = "以下数据接口不返回，因此不在其中：%s" }

--- A line for all kinds, and what to do about them; nil where nothing is known to be missing.
-- @tparam table app
-- @tparam {table...} list as `progress().blind`
-- @treturn ?string
function M.line(app, list)
  if #list == 0 then return nil end
  local kinds = {}
  for i, kind in ipairs(list) do
    local advice = app:text(kind.advice)
    local following = list[i + 1] and app:text(list[i + 1].advice)
    -- those that are to be done the same about share the advice
    kinds[i] = app:text(kind)
      .. (advice == following and "" or app:text{ en = " (%s)", zh = "（%s）" }:format(advice))
  end
  return app:text(LINE):format(concat(kinds, app:text{ en = ", ", zh = "、" }))
end

--- Tells it, unless the command is to be quiet; with --log-json as an event.
-- @tparam table app
-- @tparam {table...} list
function M.say(app, list)
  if #list == 0 then return end
  if not app.args.log_json then return app:say(M.line(app, list)) end
  local names = {}
  for i, kind in ipairs(list) do names[i] = kind.name end
  app:event{ event = "blind", names = names }
end

return M
