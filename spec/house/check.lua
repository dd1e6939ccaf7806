--- Holds the code against the rules of the house (spec/house/layers.lua), and prints each breach as
-- FILE:LINE: text.
--
--     lua5.4 spec/house/check.lua [TREE [RULE]]          e.g. lua5.4 spec/house/check.lua . lines
--
-- Rules: `requires` (only rooms above; pure rooms), `ngx`, `editions`, `assigns` (a module changes
-- no other module), `privates` (a field whose name begins with `_` is its object's own: only `self`
-- may be asked for it), `writes` (objects that several hold are changed by their methods alone),
-- `words` (comments in plain English), `lines`. Ends with "N breaches" and exit status 1, or says
-- nothing. Needs Lua and find.
if arg and arg[0] and arg[0]:find "house/check%.lua$" then
  package.path = arg[0]:gsub("house/check%.lua$", "?.lua") .. ";" .. package.path
end
local layers = require "house.layers"
local source = require "house.source"

local M = {}

-- Module -> its room and the room's place from the top; nil for a module that stands in no room.
local function room_of(module)
  for place, room in ipairs(layers.rooms) do
    for _, name in ipairs(room.modules or {}) do
      if module == name then return room, place end
    end
    local folder = room.folder
    if folder and (module .. "."):sub(1, #folder + 1) == folder .. "." then return room, place end
  end
end

-- "lua/wdt/stream/init.lua" -> "wdt.stream"
local function module_of(file)
  return (file:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

local function is_pure(room, module)
  if type(room.pure) ~= "table" then return room.pure == true end
  for _, name in ipairs(room.pure) do
    if name == module then return true end
  end
  return false
end

-- Reads `require "wdt.x"`, `require("wdt.x")`, the constant beginning of `require("wdt.x." ..
-- name)`, and the same of `later` (`wdt.cli.later`).
local function required(line, visit)
  line = line:gsub("%f[%w_]later%f[^%w_]", "require")
  for name in line:gmatch "require%s*%(?%s*[\"']([%w_.]+)[\"']" do
    name = name:gsub("%.$", "")
    local ours = name:find "^wdt" or name:find "^resty%.wdt"
    if ours and not layers.c_modules[name] then visit(name) end
  end
end

local rules = {}

function rules.requires(report, file, text)
  local module = module_of(file)
  local room, place = room_of(module)
  if not room then
    report(1, ("%s stands in no room"):format(module))
    return
  end
  source.lines(source.code(text), function(line, n)
    required(line, function(name)
      local other, other_place = room_of(name)
      if not other then
        report(n, ("requires %s, which stands in no room"):format(name))
      elseif other_place > place then
        report(n, ("room %s requires %s of room %s, which stands below it"):format(room.name, name,
          other.name))
      elseif is_pure(room, module) and (name == "wdt.native" or other.name == "host") then
        report(n, ("%s is pure and requires %s"):format(module, name))
      end
    end)
  end)
end

local function has_word(line, word)
  return (" " .. line .. " "):find("[^%w_]" .. word .. "[^%w_]") ~= nil
end

function rules.ngx(report, file, text)
  local room = room_of(module_of(file))
  if room and room.ngx then return end
  source.lines(source.code(text), function(line, n)
    if has_word(line, "ngx") then report(n, "says ngx, outside nginx/, sandbox/ and serve/") end
  end)
end

function rules.editions(report, file, text)
  local room = room_of(module_of(file))
  if room and room.editions then return end
  source.lines(source.code(text), function(line, n)
    for _, word in ipairs(layers.editions) do
      if has_word(line, word) then
        report(n, ("says %s, outside edition/, catalog/, schema/ and sandbox/"):format(word))
      end
    end
  end)
end

-- A field of another module is set, by the name under which it was required.
function rules.assigns(report, _, text)
  local others = {}
  source.lines(source.code(text), function(line, n)
    local name, module = line:match "^local ([%a_][%w_]*) = require%s*%(?%s*[\"']([%w_.]+)"
    if name and (module:find "^wdt" or module:find "^resty") then others[name] = module end
    local targets = line:match "^%s*([%a_][%w_.,%s]*)=[^=]"
    for target in (targets or ""):gmatch "[^,]+" do
      target = target:match "^%s*([%a_][%w_]*)%.[%w_.]+%s*$" -- another text continues an expression
      if target and others[target] then report(n, ("assigns into %s"):format(others[target])) end
    end
  end)
end

-- `stream._seen`, `self._stream._seen` and `f()._seen` are breaches, `self._stream` is none.
function rules.privates(report, file, text)
  if layers.foreign_fields[file] then return end
  source.lines(source.code(text), function(line, n)
    for owner, field in line:gmatch "([%w_.:%)%]]*)[.:](_%l[%w_]*)" do
      if owner ~= "self" then
        report(n, ("asks for %s of %s, a field that is another object's own"):format(field, owner))
      end
    end
  end)
end

-- `self.pages.size = 1` and `steer.density = x` are breaches: an object that others hold
-- (layers.objects) is changed by its methods alone.
function rules.writes(report, _, text)
  source.lines(source.code(text), function(line, n)
    local targets = line:match "^%s*([%a_][%w_.,%s]*)=[^=]"
    for target in (targets or ""):gmatch "[^,%s]+" do
      local object, field = ("." .. target):match "%._?([%a][%w_]*)%.([%a_][%w_]*)$"
      if object and layers.objects[object] then
        report(n, ("sets %s of %s, which only its methods may"):format(field,
          target:match "^(.*)%."))
      end
    end
  end)
end

-- Comments in plain English: none begins like a title, none has a word of layers.words.
function rules.words(report, file, text)
  local c = not file:find "%.lua$"
  local code = not c and source.lines_of(source.code(text))
  source.lines(text, function(line, n)
    local comment = c and line:match "^%s*/%*%s*(.*)"
      or not c and not code[n]:find "%S" and line:match "^%s*%-%-+%s*(.*)"
    if not comment then return end
    for _, opening in ipairs(layers.openings) do
      if comment:find("^" .. opening .. "%f[^%w]") then
        report(n, ("a comment begins with %q: say what it is, by subject and verb"):format(opening))
      end
    end
    for _, word in ipairs(layers.words) do
      if has_word(comment:lower(), word) then report(n, ("a comment says %q"):format(word)) end
    end
  end)
end

function rules.lines(report, _, text)
  source.lines(text, function(line, n)
    local count = source.characters(line)
    if count > layers.longest_line then
      report(n, ("%d characters, at most %d"):format(count, layers.longest_line))
    end
  end)
end

local ORDER = { "requires", "ngx", "editions", "assigns", "privates", "writes",
  "words", "lines" }
local EVERYWHERE = { words = true, lines = true } -- the others look at lua/ alone

--- @tparam string root of the tree
-- @tparam ?string only one rule
-- @treturn {string} breaches, "FILE:LINE: text"
function M.breaches(root, only)
  local list = {}
  for _, name in ipairs(ORDER) do
    if not only or only == name then
      for _, folder in ipairs(EVERYWHERE[name] and layers.line_folders or { "lua" }) do
        local endings = EVERYWHERE[name] and { lua = true, c = true, h = true, inc = true }
          or { lua = true }
        for _, file in ipairs(source.files(root, folder, endings)) do
          local function report(n, text)
            list[#list + 1] = ("%s:%d: %s"):format(file, n, text)
          end
          rules[name](report, file, source.read(root .. "/" .. file))
        end
      end
    end
  end
  return list
end

--- @tparam ?string root of the tree, "."
-- @tparam ?string only one rule
-- @treturn integer exit status
function M.main(root, only)
  if only and not rules[only] then
    io.stderr:write(("no rule %q; there are %s\n"):format(only, table.concat(ORDER, ", ")))
    return 2
  end
  local list = M.breaches(root or ".", only)
  for _, line in ipairs(list) do print(line) end
  if #list > 0 then print(("%d breaches"):format(#list)) end
  return #list > 0 and 1 or 0
end

if arg and arg[0] and arg[0]:find "house/check%.lua$" then os.exit(M.main(arg[1], arg[2])) end

return M
