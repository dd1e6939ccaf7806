--- Where a synchronisation puts its rows: files or tables that hold every row once, whatever is
-- killed meanwhile.
--
--     local job = assert(wdt.sync{ name = "shipped", what = "stockouts",
--                                  from = "2026-01-01 00:00:00", into = "sqlite:erp.db" })
--     assert(job:run())
--
-- A target is `SCHEME:ADDRESS`; its sink is the module `wdt.sink.SCHEME`, so a further one is one
-- file. Such a module has
--
-- * `form`: how a target of it is written, `"sqlite:FILE"`
-- * `as`: how it takes rows: `"json"`, their own bytes, `"table"`, or `"either"`
-- * `keyless`: true where a row that comes again can't replace itself: no revisits, no audit, one
--   lane
-- * `takes`: the options that it takes besides `name`, by name; may be left out
-- * `shows_a_secret(address)`: true where a password stands in the address; may be left out
-- * `open(address, options, target)`: a sink
--
-- **A sink** is any table with `as`, perhaps `keyless`, and these methods. Each returns nil,
-- "output: text", "output" and the text in Chinese where it fails (`wdt.sink.failure`), and the job
-- ends with that.
--
-- * `sink:prepare(job)`: reads what the target is; nothing is made yet. The job: `name`, `entry`
--   (of the catalogue), `method`, `fields` (of its rows, as `wdt.schema` has them; nil where none
--   are known), `account`, `gateway` and `adopt` (`wdt.sync.gateway`), `committed`,
--   `emit(event, what)` (tells the client's log), `host` (on which it may wait, `wdt.host.curl`).
--   Returns the target's *identity*, a text that is
--   drawn when it is made; and its *count*: what `begin` was told of the window whose rows it took
--   last, nil where it has taken none; and its *writer* likewise, where it may have several
-- * `sink:begin(committed, writer, repairs)`: a window begins; whatever is left of one that was not
--   committed goes. `committed`: windows that the job has committed since its beginning; `writer`:
--   a text that tells its state from others; `repairs`: true where rows that stand there in the
--   same version are to be written again, with their lines
-- * `sink:row(row, time)`: takes a row; `time` (epoch seconds) is that of the window's clock, nil
--   where the row does not tell it
-- * `sink:commit(stop, line)`: true once the rows up to that second are safe, and the count with
--   them; those after it may be kept for the next window. `line` is what the ledger says of the
--   window: `kind`, `start`, `stop`, `rows`, `calls`, `certificate`, `first`, `last`; nil where it
--   settles nothing
-- * `sink:conclude()`: optional: the run has come to its end; writes what is still to be written
-- * `sink:store()`: optional: a store (`wdt.state`) for the job's state in the same place. Rows are
--   then safe only with the state that is saved after `commit`, in one transaction
-- * `sink:lost(err)`: optional, after a failure: true where the place does not answer any more, or
--   has no room. A job that follows then waits until it does
-- * `sink:close()`: idempotent
--
-- These sinks wait for disks and servers: in nginx they hold the worker up.
--
-- Identity and count bind a state to its target: `wdt.sync` refuses a state that says more than its
-- target holds.
-- @module wdt.sink
local misuse = require "wdt.error".misuse
local error, io, ipairs, pairs, pcall, require, tostring, type = error, io, ipairs, pairs, pcall,
  require, tostring, type
local concat = table.concat

local M = {}

-- Those named where a target is none; any other module of this folder is found all the same.
local NAMES = { "csv", "mysql", "ndjson", "postgres", "sqlite", "xlsx" }

-- Options of every sink.
local ALWAYS = { name = true, existing = true, account = true }

-- The module of a scheme, nil where there is none.
local function module_of(scheme)
  local name = "wdt.sink." .. scheme
  local loaded, module = pcall(require, name)
  if loaded then return type(module) == "table" and module.form and module or nil end
  if tostring(module):find("module '" .. name .. "' not found", 1, true) then return nil end
  error(module, 0)
end

--- Takes a target apart.
-- @tparam string target
-- @treturn ?table the module of its sink
-- @treturn string its address; or what is wrong
function M.find(target)
  local scheme, address
  if type(target) == "string" then scheme, address = target:match "^(%l+):(.+)$" end
  local module = scheme and module_of(scheme)
  if module then return module, address end
  local forms = {}
  for i, name in ipairs(NAMES) do forms[i] = module_of(name).form end
  return nil, ("'%s' is none of %s"):format(tostring(target), concat(forms, ", "))
end

--- Describes the mistake in a target, for a function whose caller is to raise it.
-- @param target not a text: a sink, or nothing
-- @treturn ?string
function M.problem(target)
  if type(target) ~= "string" then return nil end
  local module, text = M.find(target)
  if not module then
    return "parameter 'into' is " .. text:gsub("' is none of ", "', expected one of ", 1)
  end
end

--- Opens a sink; its files or its database are reached, nothing is made there yet but a folder.
-- @tparam string target `"sqlite:FILE"`, …
-- @tparam table options `name` (of the job: the table, or what the files' names begin with),
-- `existing` (true: a database that is not there is a failure), `account` (whose rows they are),
-- and what the sink takes: of csv `fields`, `explode`, `header`; of databases `layout` (`"tables"`
-- or `"documents"`), `document` (true: tables keep each row's JSON as well)
-- @treturn Sink; or nil, "output: text", "output", the text in Chinese
function M.open(target, options)
  local module, address = M.find(target)
  if not module then misuse(2, "target", target, (address:gsub("^'.*' is none of ", "one of "))) end
  if type(options) ~= "table" or type(options.name) ~= "string" or options.name == "" then
    misuse(2, "name", type(options) == "table" and options.name or options, "the name of a job")
  end
  for name, value in pairs(options) do
    if not ALWAYS[name] and not (module.takes and module.takes[name]) then
      misuse(2, tostring(name), value, "nothing: " .. module.form .. " takes no such option")
    end
  end
  return module.open(address, options, target)
end

--- Draws an identity for a target that is being made.
-- @treturn string 32 hexadecimal digits
function M.new_identity()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(16)
  file:close()
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

return M
