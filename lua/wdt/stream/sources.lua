--- A query's sources: every method of every variant, with what reading it has taught.
-- @module wdt.stream.sources
local map = require "wdt.map"
local order = require "wdt.reading.order"
local pages = require "wdt.reading.page_size"
local window = require "wdt.reading.window"
local witness = require "wdt.reading.witness"
local ipairs = ipairs

local M = {}

-- Makes the record that one method of one variant keeps between its windows.
local function new_source(spec, at, variant, heard)
  local cuts, params, entry = {}, variant.params, spec.entries[at]
  local sorted = spec.range and entry.sorted[variant.clock]
  if sorted and params[sorted[1]] == nil then
    params = { [sorted[1]] = sorted[2] }
    map.add(params, variant.params)
  else
    sorted = nil
  end
  for _, cut in ipairs(entry.cuts) do
    if variant.params[cut.param] == nil then cuts[#cuts + 1] = cut end
  end
  local facts = {} -- the fields that decoders tell (wdt.stream.decoders)
  for i, cut in ipairs(spec.entry.cuts) do facts[i] = cut.field end
  return { method = spec.methods[at], route = spec.routes[at], entry = entry, params = params,
    times = spec.times[at],
    steer = window.steer(),
    order = order.new(sorted and sorted[3]), cuts = cuts, facts = facts, learnt = {},
    learnt_count = {},
    pages = pages.new(spec.page_size, heard) }
end

--- Makes the sources of a query.
-- @tparam table spec as `wdt.query.parse` returns it
-- @tparam integer flying questions that may be under way beside one
-- @treturn {{table...}...} by variant, then by method: `method`, `route`, `entry`, `params`,
-- `times`, what was learnt of the rows' density (`steer`), order and page size (`pages`), and what
-- a second may be cut by (`cuts`, `facts`, `learnt`, `learnt_count`: see wdt.reading.seek)
function M.new(spec, flying)
  local sources, heard = {}, witness.new(flying)
  for i, variant in ipairs(spec.variants) do
    sources[i] = {}
    for j = 1, #spec.methods do sources[i][j] = new_source(spec, j, variant, heard) end
  end
  return sources
end

return M
