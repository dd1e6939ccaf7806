--- The web service: a page for people, an address for programs. It runs in an nginx of its own
-- (Debian's with its Lua module, or OpenResty), by the one configuration file.
--
-- The command prepares a prefix (`prepare`) and gives its place to nginx, which reads the
-- configuration file when it starts and at each SIGHUP (`wdt.serve.inside`).
-- @module wdt.serve
local conf = require "wdt.serve.conf"
local configuration = require "wdt.serve.configuration"
local failure = require "wdt.error".failure
local file = require "wdt.fleet.file"
local process = require "wdt.nginx.process"
local quote = require "wdt.shell".quote
local io, next, pairs, rawget, _G, package = io, next, pairs, rawget, _G, package

local M = {}

--- Draws a token.
-- @treturn string 64 hex digits
function M.new_token()
  local source = assert(io.open("/dev/urandom", "rb"))
  local bytes = source:read(32)
  source:close()
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- Reads the service's settings.
-- @tparam table from `path` of the configuration file; or `settings` of one account, where there
-- is no file
-- @treturn ?table as `wdt.serve.configuration.read` has it
-- @treturn ?string what is wrong
function M.read(from)
  if from.settings then
    return configuration.read{ path = "environment", lines = {},
      sections = { default = from.settings } }
  end
  local sections, err, lines = file.sections(from.path)
  if not sections then return nil, err or from.path .. ": there is no such file" end
  return configuration.read{ path = from.path, sections = sections, lines = lines }
end

-- The search path of C modules for LuaJIT, which nginx runs.
local function cpath_of(given)
  return given or rawget(_G, "jit") and package.cpath or ""
end

-- A folder that is its owner's alone; or false, and what is wrong.
local function make_folder(path)
  local made, ok = process.run(("umask 077; mkdir -p %s && cd %s && pwd"):format(quote(path),
    quote(path)))
  return ok and made, made
end

-- As root the workers are another user, who has to reach what they write.
local function give_to(user, prefix)
  local said, ok = process.run(("chown -R %s %s/tmp && chmod 711 %s"):format(quote(user),
    quote(prefix), quote(prefix)))
  return ok, said
end

--- Writes what nginx needs into a folder.
-- @tparam table o `prefix`; `from` (see `read`); `listen`, to listen elsewhere than the file says;
-- `digest` of a token of the owner, where no consumer is configured; `cpath`, `modules`
-- @treturn ?table `{ prefix, service }`
-- @treturn ?string `"config: text"`
-- @treturn ?string `"config"`
function M.prepare(o)
  local read, err = M.read(o.from)
  if not read then return failure("config", "%s", err) end
  local service = read.service
  service.listen = o.listen or service.listen
  local root = process.run "id -u" == "0"
  if root and not service.user then
    return failure("config", "as root it needs an unprivileged user for its workers: [serve] "
      .. "user = www-data")
  end
  local port = service.listen:match ":(%d+)$"
  if port and process.listening()[port + 0] then
    return failure("config", "port %s is in use", port)
  end
  local prefix, said = make_folder(service.state or o.prefix)
  if not prefix then return failure("config", "no folder for nginx: %s", said) end
  if prefix:find '["\\;$%s]' then
    return failure("config", "the folder %s has quotes, blanks, ; or $ in its name", prefix)
  end
  if process.pid(prefix) then
    return failure("config", "wdt serve already runs in %s", prefix)
  end
  local ok
  ok, said = make_folder(prefix .. "/tmp")
  if ok and root then ok, said = give_to(service.user, prefix) end
  if not ok then return failure("config", "no folder for nginx: %s", said) end
  local boot = process.literal{ from = o.from, prefix = prefix, digest = o.digest }
  process.run(("umask 077; : > %s/boot.lua"):format(quote(prefix)))
  local text = conf.text{ prefix = prefix, read = read, root = root,
    cpath = cpath_of(o.cpath), modules = o.modules }
  for name, content in pairs{ ["boot.lua"] = "return " .. boot .. "\n", ["nginx.conf"] = text } do
    ok, said = process.write(prefix .. "/" .. name, content)
    if not ok then return failure("config", "%s", said) end
  end
  said, ok = process.run(process.command(prefix, nil, "-t -q"))
  if not ok then
    return failure("config", "%s%s", process.lacks_module(said) and process.MISSING or "", said)
  end
  return { prefix = prefix, service = service, open = next(read.consumers) == nil }
end

return M
