--- Finds circles among the C objects of wdt.core, wdt.curl and wdt.posix: one object that needs a
-- symbol of another which, directly or not, needs one of its own.
--
--     lua5.4 spec/house/objects.lua BUILD        BUILD: a folder that cmake has built in
--
-- Fails when there is a circle besides those that are allowed below.
-- the one recursive builder of values
local ALLOWED = { ["value value_known value_known_avx2 value_typed"] = true }

local function lines(command)
  local pipe, out = assert(io.popen(command)), {}
  for line in pipe:lines() do out[#out + 1] = line end
  pipe:close()
  return out
end

-- Objects by the names of their sources, and which object defines a symbol; needs[a][b]: a needs a
-- symbol of b.
local function links(folder)
  local owner, wanted, needs = {}, {}, {}
  for _, path in ipairs(lines("find '" .. folder .. "' -name '*.c.o' | sort")) do
    local object = path:match "([^/]+)%.c%.o$"
    wanted[object], needs[object] = {}, {}
    for _, line in ipairs(lines("nm -P '" .. path .. "'")) do
      local symbol, kind = line:match "^(%S+) (%a)"
      if kind == "U" then
        table.insert(wanted[object], symbol)
      elseif kind == kind:upper() then
        owner[symbol] = object
      end
    end
  end
  for object, symbols in pairs(wanted) do
    for _, symbol in ipairs(symbols) do
      if owner[symbol] and owner[symbol] ~= object then needs[object][owner[symbol]] = true end
    end
  end
  return needs
end

-- All that can be reached from an object.
local function reach(needs, from, seen)
  for object in pairs(needs[from]) do
    if not seen[object] then
      seen[object] = true
      reach(needs, object, seen)
    end
  end
  return seen
end

-- Each set of objects that reach one another, as their names in order.
local function circles(needs)
  local reached, done, out = {}, {}, {}
  for object in pairs(needs) do reached[object] = reach(needs, object, {}) end
  for object, seen in pairs(reached) do
    if seen[object] and not done[object] then
      local circle = {}
      for other in pairs(seen) do
        if reached[other][object] then
          circle[#circle + 1], done[other] = other, true
        end
      end
      table.sort(circle)
      out[#out + 1] = table.concat(circle, " ")
    end
  end
  table.sort(out)
  return out
end

local needs = links(assert(arg[1], "give the folder of a build"))
assert(next(needs), "no object in " .. arg[1])
local bad = false
for _, circle in ipairs(circles(needs)) do
  print((ALLOWED[circle] and "allowed: " or "CIRCLE: ") .. circle)
  bad = bad or not ALLOWED[circle]
end
os.exit(bad and 1 or 0)
