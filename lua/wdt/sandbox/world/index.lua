--- Rows in order of time: one list per clock, brought up to date only when somebody asks.
-- @module wdt.sandbox.world.index
local sort, insert, remove, floor = table.sort, table.insert, table.remove, math.floor

local EXACT = 2 ^ 53

local M = {}

--- Sorts rows by (clock, id). Numbers are sorted instead of rows where both fit into one exact
-- double, because a sort without a comparing function is many times faster.
-- @tparam table rows sorted in place
-- @tparam ?string clock nil: by id alone
function M.sort(rows, clock)
  local n = #rows
  if n < 2 then return rows end
  local row = rows[1]
  local id1, id2, t1, t2 = row.id, row.id, clock and row[clock] or 0, clock and row[clock] or 0
  for i = 2, n do
    row = rows[i]
    local id, t = row.id, clock and row[clock] or 0
    if id < id1 then id1 = id elseif id > id2 then id2 = id end
    if t < t1 then t1 = t elseif t > t2 then t2 = t end
  end
  local wide = id2 - id1 + 1
  if (t2 - t1 + 1) * wide >= EXACT then
    sort(rows, function(a, b)
      local ta, tb = clock and a[clock] or 0, clock and b[clock] or 0
      if ta ~= tb then return ta < tb end
      return a.id < b.id
    end)
    return rows
  end
  local keys, by_key = {}, {}
  for i = 1, n do
    row = rows[i]
    local key = ((clock and row[clock] or 0) - t1) * wide + row.id - id1
    keys[i], by_key[key] = key, row
  end
  sort(keys)
  for i = 1, n do rows[i] = by_key[keys[i]] end
  return rows
end

--- First place whose row is not before (t, id).
function M.lower_bound(list, clock, t, id)
  local lo, hi = 1, #list + 1
  while lo < hi do
    local mid = floor((lo + hi) / 2)
    local row = list[mid]
    local rt = row[clock]
    if rt < t or rt == t and row.id < id then lo = mid + 1 else hi = mid end
  end
  return lo
end

--- Brings a list up to date.
-- @tparam table index `{ clock, list, changes = {old, new, old, new, ...}, n }`; old and new are
-- rows or false
-- @tparam table rows id -> row or false: everything there is
function M.refresh(index, rows)
  local list, clock, changes, n = index.list, index.clock, index.changes, index.n
  if n == 0 then return list end
  if n > 32 and n > #list / 8 then
    list = {}
    local m = 0
    for _, row in pairs(rows) do
      if row and row[clock] then
        m = m + 1
        list[m] = row
      end
    end
    index.list = M.sort(list, clock)
  else
    for i = 1, 2 * n, 2 do
      local old, new = changes[i], changes[i + 1]
      if old and old[clock] then remove(list, M.lower_bound(list, clock, old[clock], old.id)) end
      if new and new[clock] then insert(list, M.lower_bound(list, clock, new[clock], new.id),
        new) end
    end
  end
  index.changes, index.n = {}, 0
  return index.list
end

return M
