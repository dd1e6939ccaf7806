--- The tables of docs/, from the data of the house. Each stands between two markers,
-- `<!-- house: settings -->` and `<!-- /house -->`, which spec/house/write.lua fills.
local layers = require "house.layers"
local objects = require "house.api_objects"
local tables = require "house.api_tables"

local M = {}

local LANGUAGES = { en = 4, zh = 5 } -- where a field's text stands

local SEPARATOR = { en = ", ", zh = "、" }

-- "sid, appkey" -> "`sid`, `appkey`"
local function code(names, language)
  return (names:gsub("[%w_]+", "`%0`"):gsub(", ", SEPARATOR[language]))
end

local function head(...)
  local titles = { ... }
  return "| " .. table.concat(titles, " | ") .. " |\n|" .. ("---|"):rep(#titles)
end

local function fields(class, language, titles)
  local out = { head(titles[1], titles[2], titles[3]) }
  for _, field in ipairs(class.fields) do
    out[#out + 1] = ("| %s | %s | %s |"):format(code(field[1], language), field[3],
      field[LANGUAGES[language]])
  end
  return out
end

-- A class without defaults.
local function meanings(class, language, titles)
  local out = { head(titles[1], titles[3]) }
  for _, field in ipairs(class.fields) do
    out[#out + 1] = ("| %s | %s |"):format(code(field[1], language), field[LANGUAGES[language]])
  end
  return out
end

local function pairs_of(list, language, titles)
  local out = { head(titles[1], titles[3]) }
  for _, one in ipairs(list) do
    out[#out + 1] = ("| %s | %s |"):format(code(one[1], language), one[language == "en" and 2 or 3])
  end
  return out
end

local function functions(out, list, language)
  for _, f in ipairs(list) do
    local names = {}
    for i, param in ipairs(f[2]) do names[i] = param[1]:gsub("^(.*)%?$", "[%1]") end
    out[#out + 1] = ("| `%s(%s)` | %s |"):format(f[1], table.concat(names, ", "),
      f[LANGUAGES[language]])
  end
  return out
end

-- Methods of one object.
local function object(one, language)
  return functions({ head(language == "en" and "call" or "方法", language == "en" and "" or "说明") },
    one.functions, language)
end

-- All that a program calls: the module's own functions, a client's, a stream's.
local function calls(language)
  local out = object(objects.module, language)
  local text = language == "en" and "the same of the client that is set up" or "同下，使用已指定的客户端"
  local twins = {}
  for i, f in ipairs(objects.module.twins) do twins[i] = "`" .. f[1] .. "`" end
  out[#out + 1] = ("| %s | %s |"):format(table.concat(twins, SEPARATOR[language]), text)
  functions(out, objects.client.functions, language)
  return functions(out, objects.stream.functions, language)
end

local function rooms()
  local out = { head("room", "holds", "may also") }
  for _, room in ipairs(layers.rooms) do
    local may = {}
    if room.ngx then may[#may + 1] = "say `ngx`" end
    if room.editions then may[#may + 1] = "name editions" end
    if room.pure then may[#may + 1] = "(pure: no C module, no host)" end
    local name = room.folder and room.folder:gsub("^wdt%.", "") .. "/" or room.name
    out[#out + 1] = ("| %s | %s | %s |"):format("`" .. name .. "`", room.holds,
      table.concat(may, ", "))
  end
  return out
end

local TITLES = {
  en = { setting = { "setting", "default", "" }, option = { "option", "default", "" },
    figure = { "figure", "", "" }, code = { "code", "", "" },
    certificate = { "certificate", "", "the window" }, word = { "word", "", "" } },
  zh = { setting = { "设置", "默认", "说明" }, option = { "选项", "默认", "说明" },
    figure = { "数字", "", "说明" }, code = { "代码", "", "含义" },
    certificate = { "可靠程度", "", "窗口的读法" }, word = { "词", "", "说明" } },
}

local WRITERS = {
  settings = function(l) return fields(tables.settings, l, TITLES[l].setting) end,
  query = function(l) return fields(tables.query, l, TITLES[l].option) end,
  method = function(l) return meanings(tables.method, l, TITLES[l].word) end,
  progress = function(l) return meanings(tables.progress, l, TITLES[l].figure) end,
  job = function(l) return fields(tables.job, l, TITLES[l].option) end,
  job_progress = function(l) return meanings(tables.job_progress, l, TITLES[l].figure) end,
  codes = function(l) return pairs_of(tables.codes, l, TITLES[l].code) end,
  certificates = function(l) return pairs_of(tables.certificates, l, TITLES[l].certificate) end,
  calls = calls,
  job_calls = function(l) return object(objects.job, l) end,
  window_calls = function(l) return object(objects.window, l) end,
  store_calls = function(l) return object(objects.store, l) end,
  rooms = rooms,
}

--- Fills the markers of a page.
-- @tparam string text of the page
-- @tparam string language `"en"` or `"zh"`
-- @treturn string the page as it should be
function M.fill(text, language)
  return (text:gsub("(<!%-%- house: ([%w_]+) %-%->\n)(.-)(<!%-%- /house %-%->)",
    function(open, name, _, close)
      local writer = WRITERS[name]
      if not writer then error(("spec/house/tables.lua writes no table %q"):format(name)) end
      return open .. "\n" .. table.concat(writer(language), "\n") .. "\n\n" .. close
    end))
end

return M
