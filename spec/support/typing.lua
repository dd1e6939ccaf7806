-- Helpers of the specs of typed and masked decoding: a value by every way that a decoder has of
-- reading it.
local core = require "wdt.core"
local decoding = require "support.decoding"

local M = {}

local function document(rows)
  return '{"list":[' .. table.concat(rows, ",") .. "]}"
end

-- Returns what a decoder adds to its findings while it reads.
local function findings(decoder)
  local found = decoder:findings()
  return ("%d %d %d"):format(found.unknown_fields or 0, found.missing_fields
    or 0, found.retyped_fields or 0)
end

-- An object with the value among members that never change, so that it comes to have a template.
local function row(json, spaced)
  return ('{"a":"1","b":"2","c":"3","d":"4","v":%s%s%s,"z":"5"}'):format(spaced and " \n"
    or "", json, spaced and " " or "")
end

local function options_of(options)
  local copy = { path = "list" }
  for name, value in pairs(options) do copy[name] = value end
  return copy
end

-- The row's `v`, and the findings, out of a decoder that reads `rows` and of which the last row
-- counts.
local function last_of(options, rows)
  local decoder = core.decoder(options)
  decoder:feed(document(rows))
  local value, before
  for _ = 1, #rows do
    before = findings(decoder)
    value = assert(decoder:next())
  end
  assert(decoder:finish())
  local a, b, c = before:match "(%d+) (%d+) (%d+)"
  local d, e, f = findings(decoder):match "(%d+) (%d+) (%d+)"
  decoder:close()
  return decoding.render(value), ("%d %d %d"):format(d - a, e - b, f - c)
end

--- Decodes `json` as the value of a member `v`: at every cut, name by name, by a shape, printed in
-- a template, beside one, and with
-- other space than before; and insists on one result.
-- @tparam string json
-- @tparam table options of the decoder, but for its path
-- @treturn string the row as text
-- @treturn string findings of that row: unknown, missing, retyped
function M.value(json, options)
  options = options_of(options)
  decoding.decode(document{ row(json), row(json) }, options)
  local first, found = last_of(options, { row(json) })
  local function same(rows, way)
    local other, other_found = last_of(options, rows)
    if other ~= first or other_found ~= found then
      error(("%s by %s: %s (%s)\nalone: %s (%s)"):format(
        json, way, other, other_found, first, found), 3)
    end
  end
  local constant, changing, learning = {}, {}, {}
  for i = 1, 40 do
    constant[i] = row(json)
    changing[i] = row(i % 2 == 0 and json or '"other' .. i .. '"')
    learning[i] = row(i < 40 and '"7"' or json)
  end
  same({ row '"x"', row(json) }, "a shape")
  same({ row(json), row '"x"', row(json) }, "a shape of its own")
  same(constant, "a template")
  same(changing, "a member that changes")
  same(learning, "leaving a template")
  learning[40] = row(json, true)
  same(learning, "other space")
  return first, found
end

return M
