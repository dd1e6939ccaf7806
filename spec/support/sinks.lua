--- Targets for the specs of sinks: each in a place of its own, with the rows that stand in it.
local copies = require "support.copies"
local mariadb = require "support.mariadb"
local shell = require "support.shell"

local M = {}

-- Rows of a keyed sink's table, by identity: `{ version, document }`.
local function of_table(rows)
  local found, n = {}, 0
  for id, row in pairs(rows) do found[id], n = { row._modified, row._document }, n + 1 end
  return found, n
end

local SELECT = 'SELECT * FROM "%s"'

-- How an address says that rows are kept as documents.
local function documents_of(address)
  return (address:find("?", 1, true) and "&" or "?") .. "layout=documents"
end

local function quoted(name)
  return (name:gsub('"', '""'))
end

--- scheme -> function(folder) -> `{ target, read(name), drop(name), stop() }`: `read` tells rows by
-- the text of their `stockout_id`, and how many there are; `drop` takes the job's copy away, as a
-- user would.
M.places = {}

function M.places.sqlite(folder)
  local path = folder .. "/db"
  local function read(name)
    return of_table((copies.rows(require "luasql.sqlite3".sqlite3(), path,
      SELECT:format(quoted(name)), { "stockout_id" })))
  end
  return { target = "sqlite:" .. path .. "?layout=documents", read = read, stop = function() end,
    drop = function() shell.must("rm " .. shell.quote(path)) end }
end

function M.places.postgres(folder)
  local pg = copies.postgres(folder)
  local function read(name)
    return of_table((pg.read(SELECT:format(quoted(name)), { "stockout_id" })))
  end
  return { target = "postgres:" .. pg.address .. documents_of(pg.address),
    read = read, stop = pg.stop,
    drop = function(name) pg.execute(('DROP TABLE "%s"'):format(quoted(name))) end }
end

function M.places.mysql(folder)
  local server = mariadb.start(folder)
  local function read(name)
    return of_table(server.rows(SELECT:format(quoted(name)), "stockout_id"))
  end
  return { target = server.url .. "?layout=documents", read = read, stop = server.stop,
    drop = function(name) server.execute("DROP TABLE `" .. name:gsub("`", "``") .. "`") end }
end

-- The lines of a job's files; an identity's last one counts.
local function of_files(folder, pattern, line_of)
  local found, n = {}, 0
  for name in shell.must("ls -A " .. shell.quote(folder)):gmatch "[^\n]+" do
    for line in shell.read(folder .. "/" .. name):gmatch "([^\n]*)\n" do
      local id = line:match(pattern)
      if id then found[id], n = { nil, line_of(line) }, n + 1 end
    end
  end
  return found, n
end

function M.places.ndjson(folder)
  local place = folder .. "/lines"
  return { target = "ndjson:" .. place, stop = function() end,
    drop = function() shell.must("rm -rf " .. shell.quote(place)) end,
    read = function()
      return of_files(place, '"stockout_id":"?([^",}]*)', function(line) return line end)
    end }
end

function M.places.csv(folder)
  local place = folder .. "/cells"
  return { target = "csv:" .. place,
    options = { fields = { "stockout_id", "modified", "remark" } }, stop = function() end,
      drop = function() shell.must("rm -rf " .. shell.quote(place)) end,
    read = function()
      return of_files(place, '^(%d+),', function(line) return line:match "^(.*)\r$" end)
    end }
end

-- By the lines that workbooks are made of.
function M.places.xlsx(folder)
  local place = folder .. "/books"
  return { target = "xlsx:" .. place,
    options = { fields = { "stockout_id", "modified", "remark" } }, stop = function() end,
    drop = function() shell.must("rm -rf " .. shell.quote(place)) end,
    read = function()
      return of_files(place, '^%["?(%d+)', function(line) return line end)
    end }
end

--- A row as the sink takes it.
-- @tparam table sink
-- @tparam table row of `stockout_id`, `modified`, `remark`
function M.row(sink, row)
  if sink.as == "table" then return row end
  return ('{"stockout_id":"%s","modified":%s,"remark":"%s"}'):format(row.stockout_id,
    type(row.modified) == "number" and ("%.0f"):format(row.modified)
      or ('"%s"'):format(row.modified),
    (row.remark or ""):gsub('[\\"]', "\\%0"):gsub("\n", "\\n"))
end

return M
