--- A query's sources: every method of every variant, with what reading it has taught.
-- @module wdt.stream.sources
local map = require "wdt.map"
local order = require "wdt.reading.order"
local page_ladder = require "wdt.reading.page_ladder"
local pages = require "wdt.reading.page_size"
local window = require "wdt.reading.window"
local witness = require "wdt.reading.witness"
local ipairs = ipairs

local M = {}

-- Where a method's page size is to be learnt: how, from what other readings of the account know.
local function ladder_of(spec, at, account, heard)
  if not spec.learns_page_size or spec.entries[at].page_max then return nil end
  local kept, method = account.page_sizes, spec.methods[at]
  kept[method] = kept[method] or page_ladder.kept(spec.page_size)
  return page_ladder.new(kept[method], heard, function(size)
    account:emit("page_size", { method = method, rows = size })
  end)
end

-- Makes the record that one method of one variant keeps between its windows.
local function new_source(spec, at, variant, account, heard)
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
    pages = pages.new(spec.page_size, heard), ladder = ladder_of(spec, at, account, heard) }
end

--- Makes the sources of a query.
-- @tparam table spec as `wdt.query.parse` returns it
-- @tparam {string=Account,...} accounts by route (`wdt.calling.account`)
-- @tparam integer flying questions that may be under way beside one
-- @treturn {{table...}...} by variant, then by method: `method`, `route`, `entry`, `params`,
-- `times`, what was learnt of the rows' density (`steer`), order and page size (`pages`; `ladder`,
-- where a larger one is to be learnt), and what a second may be cut by (`cuts`, `facts`, `learnt`,
-- `learnt_count`: see wdt.reading.seek)
function M.new(spec, accounts, flying)
  local sources, heard = {}, witness.new(flying)
  for i, variant in ipairs(spec.variants) do
    sources[i] = {}
    for j = 1, #spec.methods do
      sources[i][j] = new_source(spec, j, variant, accounts[spec.routes[j]], heard)
    end
  end
  return sources
end

return M
