--- One reading: rows out of the gateway into an answer, whose end proves that it is whole.
--
-- The last line of NDJSON, the last member of JSON and the trailer `Wdt-Proof` tell what proves it:
-- rows, certificate, what the routes can't show, where to go on. An answer that fails ends with its
-- error and a connection that is broken off within its body, so that no client takes it for whole.
-- @module wdt.serve.reading
local beijing = require "wdt.beijing"
local clock = require "wdt.nginx.clock"
local core = require "wdt.native".load "wdt.core"
local failure = require "wdt.error".failure
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local output = require "wdt.serve.output"
local map = require "wdt.map"
local ngx = require "ngx"
local preview = require "wdt.serve.preview"
local schema = require "wdt.schema"
local turns = require "wdt.nginx.turns"
local workbook = require "wdt.serve.workbook"
local error, os, pcall, require, setmetatable, tostring = error, os, pcall, require, setmetatable,
  tostring

local Reading = {}
Reading.__index = Reading

local M = {}

local TYPES = { preview = "application/json", json = "application/json",
  ndjson = "application/x-ndjson", csv = "text/csv",
  xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" }

-- Rows between two counts of a consumer's rows.
local OFTEN = 256

local function refuse(path)
  error(("parameter 'fields': %s lies within another list than the one whose members are lines")
    :format(path), 0)
end

local made = 0

-- Where a file may stand for a while.
local function new_path(folder, suffix)
  made = made + 1
  return ("%s/%d.%d.%s"):format(folder, ngx.worker.pid(), made, suffix)
end

-- Notes that a format would tell a person, in English.
local function noted(notes)
  return function(words, ...)
    notes[#notes + 1] = words.en:format(...)
  end
end

--- Columns that are known not to be there.
-- @tparam table given `query`, `form`
-- @tparam string method
-- @tparam ?table entry the catalogue's
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function M.check_columns(given, method, entry)
  if given.query.allow_unknown or not given.form.explode then return true end
  return schema.check_list("explode", method, given.form.explode, entry and entry.nested)
end

--- Tells whether people wait for the answer: a look-up, few rows, or a short range.
-- @tparam table given `query`, `form`
-- @treturn boolean
function M.is_short(given)
  local query, limit = given.query, given.form.limit
  return not query.start or limit ~= nil and limit <= M.FEW
    or query.stop - query.start < M.SHORT
end

-- A reading of up to so many rows, or of less than so many seconds, is one that people wait for.
M.FEW, M.SHORT = 500, 6 * 3600

--- @tparam table o `open(query)` (returns a stream of the gateway, or raises what is wrong with the
-- query), `copy(query, path, limit)` (returns a stream of the copy; or nil and why there is none,
-- nil where none was to be), `method`,
-- `given` (`query`, `form`), `folder` (for workbooks), `counted` (told how many rows were sent),
-- `proved(id, proof)` (told the end), `may_go_on` (returns a failure where the consumer's day is
-- used up)
-- @treturn Reading
function M.new(o)
  local given = o.given
  local format = given.form.format == "preview" and preview
    or require("wdt.format." .. given.form.format)
  local query = map.copy(given.query)
  local raw = format.raw and not query.mask and not query.typed
  if raw then query.as = "json" elseif format.raw then query.null = core.null end
  local self = setmetatable({ o = o, form = given.form, query = query, format_of = format,
    raw = raw, notes = {}, rows = 0, uncounted = 0 }, Reading)
  self.out = output.new(function() self:count() end)
  return self
end

-- Counts what was handed out since the last time.
function Reading:count()
  if self.uncounted == 0 then return end
  self.o.counted(self.uncounted)
  self.uncounted = 0
end

-- Returns what proves the end, or tells how far a reading came that failed.
function Reading:proof()
  local p = self.stream:progress()
  local function moment(at) return at and beijing.format(at) or core.null end
  return { rows = self.rows, certificate = p.certificate or core.null,
    uncertified_windows = p.uncertified, windows = p.windows, calls = p.calls,
    blind = failures.names(p.blind), start = moment(self.query.start),
    stop = moment(self.query.stop), resume_at = moment(p.resume_at), limited = self.limited,
    source = self.source, copied_at = p.copied_at and moment(p.copied_at),
    not_copied = self.not_copied,
    notes = self.notes[1] and self.notes or nil }
end

-- A proof as a header's value: ASCII, in one line.
local function header_of(proof)
  return (json.encode(proof):gsub("[\128-\255]+", "?"))
end

function Reading:begin()
  local form, header = self.form, ngx.header
  header["Content-Type"] = TYPES[form.format]
  header["Cache-Control"] = "no-store"
  header["Wdt-Source"] = self.source
  header["Trailer"] = "Wdt-Proof"
  if form.format == "csv" or form.format == "xlsx" then
    header["Content-Disposition"] = ('attachment; filename="%s.%s"'):format(
      self.o.method:gsub("[^%w_.-]", "_"), form.format)
  end
  self.id = ("%08x%08x"):format(clock.random() * 2 ^ 32, clock.random() * 2 ^ 32)
  header["Wdt-Request"] = self.id
  if form.format == "json" then self.out:write '{"rows":' end
  if form.format == "preview" then self.out:write '{"rows":[' end
end

function Reading:new_format()
  local form, out = self.form, self.out
  if form.format == "xlsx" then
    self.path, self.cells = new_path(self.o.folder, "xlsx"), new_path(self.o.folder, "cells")
  end
  return self.format_of.new{ write = function(...) out:write(...) end, raw = self.raw,
    method = self.o.method, fields = self.query.fields, explode = form.explode,
    shared = form.shared, header = form.header, bom = form.bom, excel = form.excel,
    path = self.path, book = function(...) return workbook.new(self.cells, ...) end,
    refuse = refuse, say = noted(self.notes),
    fail = function(words) error("output: " .. words.en, 0) end }
end

-- Writes all rows: true; or nil, err, code.
function Reading:pour(row, err, code)
  local limit, format = self.form.limit, self.format
  while row ~= nil do
    format:row(row)
    self.rows, self.uncounted = self.rows + 1, self.uncounted + 1
    if self.uncounted >= OFTEN then self:count() end
    local failed, text = self.o.may_go_on()
    if failed then return nil, text, failed end
    if limit and self.rows >= limit then
      self.limited = true
      return true
    end
    turns.rest()
    row, err, code = self.stream:next()
  end
  return err == nil or nil, err, code
end

function Reading:finish()
  self.format:finish()
  if self.path then self.out:file(self.path) end
  if self.limited then self.stream:close() end
  local proof = self:proof()
  ngx.var.wdt_proof = header_of(proof)
  self.o.proved(self.id, json.encode(proof))
  if self.form.format == "ndjson" then
    self.out:write(json.line{ ["end"] = proof })
  elseif self.form.format == "json" or self.form.format == "preview" then
    self.out:write(',"end":', json.line(proof), "}\n")
  end
  self.out:flush()
end

--- Tells a failure: as an answer of its own while nothing was sent, else as the end of one.
-- @tparam string err
-- @tparam ?string code
function Reading:fail(err, code)
  if err == output.GONE then return end
  local failed = failures.of(err, code)
  failed.method = self.o.method
  if self.stream then
    self.stream:close()
    local proof = self:proof()
    failed.rows, failed.resume_at = proof.rows, proof.resume_at
  end
  self.failed = failed
  if not self.out.begun then
    ngx.header["Content-Disposition"], ngx.header["Trailer"] = nil, nil
    return failures.answer(failed)
  end
  if self.form.format == "ndjson" then
    pcall(function()
      self.out:write(json.line{ error = failed })
      self.out:flush()
    end)
  end
  ngx.exit(ngx.ERROR) -- the body has no end: its last chunk never comes
end

-- Opens the rows: of the copy, where it proves them, else of the gateway. True; or nil, err, code.
function Reading:open()
  local wanted = self.form.source
  if wanted ~= "gateway" then
    self.spool = new_path(self.o.folder, "rows")
    self.stream, self.not_copied = self.o.copy(self.query, self.spool, self.form.limit)
    self.spool = nil
  end
  if not self.stream and wanted == "copy" then
    return failure("copy", "%s; without source=copy the gateway is asked", self.not_copied
      or "no stream of the configuration file keeps a copy of this method")
  end
  self.source = self.stream and "copy" or "gateway"
  self.stream = self.stream or self.o.open(self.query)
  return true
end

-- Opens and reads: true; or nil, err, code.
function Reading:read()
  local opened, why, word = self:open()
  if not opened then return nil, why, word end
  self.stream:observe{ page = function() self.out:flush() end }
  local row, err, code = self.stream:next()
  if row == nil and err then return nil, err, code end
  self.format = self:new_format()
  self:begin()
  local ok
  ok, err, code = self:pour(row, nil, nil)
  if not ok then return nil, err, code end
  self:finish()
  return true
end

--- Returns what was raised, without the place in this program of a misuse.
-- @param err
-- @treturn string
-- @treturn string its code
function M.raised(err)
  err = tostring(err)
  local misuse = err:match "^%S-:%d+: (parameter '.*)$" or err:match "^parameter '.*$"
  return misuse or err, misuse and "param" or err:match "^(%l+): " or "internal"
end

--- Runs it to its end, whatever that is. What a query is misused for is a failure `param`.
function Reading:run()
  local fine, ok, err, code = pcall(self.read, self)
  self:count()
  if not fine then
    err, code = M.raised(ok)
    ok = nil
  end
  if not ok then self:fail(err, code) end
end

--- Gives back what it holds. Idempotent.
function Reading:close()
  if self.stream then self.stream:close() end
  -- in this order: a thread that still writes the workbook looks for its cells
  if self.cells then os.remove(self.cells) end
  if self.path then os.remove(self.path) end
  if self.spool then os.remove(self.spool) end -- it is no longer waited for
end

--- Calls that it has made.
-- @treturn integer
function Reading:calls()
  return self.stream and self.stream:progress().calls or 0
end

return M
