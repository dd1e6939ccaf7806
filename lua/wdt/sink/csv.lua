--- `csv:FOLDER`: files that Excel opens, with Chinese text intact. Numbers of more than 15 digits
-- are whole in the file; Excel rounds them, unless their column is imported as text.
-- @module wdt.sink.csv
local failure = require "wdt.sink.failure"
local files = require "wdt.sink.files"
local format = require "wdt.format.csv"
local misuse = require "wdt.error".misuse
local schema = require "wdt.schema"
local ipairs, concat, select = ipairs, table.concat, select

local M = { form = "csv:FOLDER", as = "either", keyless = true, takes = { fields = true,
  explode = true, header = true } }

local UNKNOWN = { en = "the fields of %s are not known: say which ones, by --fields",
  zh = "%s 的字段未知：请用 --fields 指定" }

-- Two writers of one form: a head, and a function that returns the lines of a row, or nil, err,
-- code.
local function writers(options, method)
  local parts, damage = {}, nil
  local function writer(bom)
    return format.new{ method = method, fields = options.fields, explode = options.explode,
      header = options.header, bom = bom,
      continued = not bom, say = function() end,
      refuse = function(path) misuse(2, "fields", path,
        "one list's members: another one's are lines already") end,
      damaged = function(...) damage = { ... } end,
      write = function(...)
        for i = 1, select("#", ...) do parts[#parts + 1] = (select(i, ...)) end
      end }
  end
  local function taken()
    local text = concat(parts)
    for i in ipairs(parts) do parts[i] = nil end
    return text
  end
  writer(true):finish()
  local head, rows = taken(), writer(false)
  return head, function(row)
    rows:row(row)
    if damage then return nil, damage[1], damage[2] end
    return taken()
  end
end

--- See `wdt.sink.files`. The columns are the fields asked for, or all that are known: those that a
-- row happens to have would differ from file to file.
-- @tparam string folder
-- @tparam table options `name`; and `fields` (a list of paths), `explode` (the list whose members
-- are lines), `header` (`"name"` or `"label"`)
-- @treturn Sink; or nil, err, code, zh
function M.open(folder, options)
  local sink, err, code, zh = files.open(M, folder, options)
  if not sink then return nil, err, code, zh end
  local prepare = sink.prepare
  function sink.prepare(self, job)
    if not options.fields and not schema.methods[job.method] then
      return failure(UNKNOWN, job.method, job.method)
    end
    self.head, self.text_of = writers(options, job.method)
    return prepare(self, job)
  end
  return sink
end

return M
