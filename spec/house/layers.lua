-- The rooms of the house, top to bottom: a module may require modules of its own room and of the
-- rooms above it. This is the one place where that stands: spec/house/check.lua holds the code
-- against it, docs/ARCHITECTURE.md prints it.
--
-- A room is a folder of lua/wdt, or a list of modules. `pure`: requires neither C modules nor
-- hosts. `ngx`, `editions`: may say `ngx`, or the name of an edition or route, in code.
local M = {}

M.rooms = {
  { name = "leaves",
    modules = { "wdt.error", "wdt.version", "wdt.beijing", "wdt.native", "wdt.nearest", "wdt.json",
      "wdt.shell", "wdt.duration", "wdt.codepoint", "wdt.map", "wdt.whole", "wdt.types",
      "wdt.section" },
    holds = "errors and misuse; the version; Beijing time; lengths of time; loading C modules; "
      .. "JSON text; code points; a shell's words; copies of tables; whole numbers; editor types; "
      .. "sections of a configuration file" },
  { name = "catalog", folder = "wdt.catalog", editions = true,
    holds = "every method of the API, as data" },
  { name = "schema", folder = "wdt.schema", editions = true,
    holds = "the fields of rows, their types and meanings, as data" },
  { name = "edition", folder = "wdt.edition", editions = true,
    holds = "all that differs between editions and routes: addresses, secrets, signing, "
      .. "envelope, error classes" },
  { name = "reading", folder = "wdt.reading", pure = true,
    holds = "how a window is read completely, and what proves it: seek, sweep, dense seconds, "
      .. "certificates" },
  { name = "calling", folder = "wdt.calling", pure = { "wdt.calling.pacer", "wdt.calling.retry" },
    holds = "one call: the rate budget, retries, the request of an account" },
  { name = "host", folder = "wdt.host", holds = "what runs the transfers: libcurl; the "
    .. "contract of a host" },
  { name = "redis", folder = "wdt.redis",
    holds = "what hosts share through Redis: scripts, the budget of an account" },
  { name = "nginx", folder = "wdt.nginx", ngx = true,
    holds = "the host, pacer, store and clock inside nginx" },
  { name = "query", folder = "wdt.query",
    holds = "a user's query, checked: variants, ranges, delivery" },
  { name = "stream", folder = "wdt.stream", holds = "rows out of a plan of windows; counting" },
  { name = "state", folder = "wdt.state", holds = "stores for the state of a sync job" },
  { name = "sync", folder = "wdt.sync", holds = "sync jobs and their windows" },
  { name = "format", folder = "wdt.format",
    holds = "rows as text: JSON, CSV, a table for people; their columns" },
  { name = "sink", folder = "wdt.sink", holds = "where rows go: files, tables, databases" },
  { name = "report", folder = "wdt.report",
    holds = "reports of a copy: views in its database; SQL for each dialect" },
  { name = "metrics", folder = "wdt.metrics",
    holds = "figures for Prometheus, counted from events; their text, and a port for it" },
  { name = "alarms", folder = "wdt.alarms",
    holds = "what a person has to be told; messages to chat robots and programs" },
  { name = "fleet", folder = "wdt.fleet",
    holds = "many accounts and jobs over processes and hosts" },
  { name = "client", modules = { "wdt.client", "wdt.config", "wdt.face", "wdt", "resty.wdt" },
    holds = "the face: settings, a client, the module; `resty.wdt` is the same on nginx" },
  { name = "audit", folder = "wdt.audit",
    holds = "control totals: a copy held against the gateway, and repaired" },
  { name = "sandbox", folder = "wdt.sandbox", ngx = true, editions = true,
    holds = "the gateways to test against" },
  { name = "serve", folder = "wdt.serve", ngx = true, holds = "the web service" },
  { name = "cli", folder = "wdt.cli", holds = "the command `wdt`" },
}

-- Not Lua of this library, though `native.load` names them like modules.
M.c_modules = { ["wdt.core"] = true, ["wdt.curl"] = true, ["wdt.posix"] = true,
  ["wdt.xlsx"] = true }

M.editions = { "enterprise", "ultimate", "huice", "qimen" }

-- Files that read fields of objects that are not this library's, which begin with `_`: argparse has
-- no other way to tell a parser's arguments.
M.foreign_fields = { ["lua/wdt/cli/commands/man.lua"] = true }

-- Names under which an object is held that several others hold as well.
M.objects = { pages = true, steer = true, order = true, seen = true, witness = true,
  known_totals = true, reader = true, request = true, deliveries = true }

-- A comment may not begin with these, nor hold those: an outside engineer is to understand it at
-- the first reading.
M.openings = { "What", "Whether", "The same" }
M.words = { "whoever", "nobody", "mended" }

-- Characters of a line of C or Lua, generated ones included.
M.longest_line = 100
M.line_folders = { "csrc", "lua", "spec", "examples" }

return M
