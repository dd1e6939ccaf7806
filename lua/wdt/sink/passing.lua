--- Failures of a database that are no fault of what was to be written: there was no room, something
-- was locked, the server was about to end.
-- @module wdt.sink.passing
local is_locked = require "wdt.sink.database".is_locked
local ipairs, find = ipairs, string.find

-- In the words of SQLite, PostgreSQL and MySQL, beside those of locks that `is_locked` knows.
local WORDS = { "disk is full", "[Nn]o space left", "Disk full", "' is full", "error 28 ",
  "[Dd]isk quota", "disk I/O error", "could not extend", "could not write", "could not read",
  "[Ee]rror writing file", "Can't create/write", "unable to open database", "read%-?only",
  "[Oo]ut of memory", "out of shared memory", "is locked", "[Dd]eadlock", "have held locks",
  "canceling statement", "execution was interrupted",
  "[Ss]hutdown", "shutting down", "starting up", "in recovery", "terminating connection",
  "closed the connection", "no connection to", "gone away", "[Ll]ost connection", "[Tt]oo many c",
  "connection slots" }

--- True if a failure may be another one, or none, when the same is tried later.
-- @tparam string err
-- @treturn boolean
return function(err)
  for _, words in ipairs(WORDS) do
    if find(err, words) then return true end
  end
  return is_locked(err)
end
