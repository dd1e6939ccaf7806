--- How surely a window was read completely. From the strongest to the weakest:
--
-- | certificate | what it rests on |
-- | --- | --- |
-- | `atomic` | every piece fitted one page: each is a snapshot that the server took at one moment |
-- | `seek` | pages followed a documented time order, each from where the last one ended |
-- | `conserved` | the order was observed, or pieces learnt from rows; all totals balanced |
-- | `swept` | from the last page to the first and page 0 again: complete if rows only left |
-- | `none` | could not be proved; the rows delivered are real, others may be missing |
--
-- @module wdt.reading.certificate
local RANK = { atomic = 1, seek = 2, conserved = 3, swept = 4, none = 5 }

local M = { RANK = RANK }

--- The weaker of two certificates; a chain is as strong as its weakest link.
-- @tparam ?string a
-- @tparam ?string b
-- @treturn ?string
function M.weaker(a, b)
  if a == nil or b ~= nil and RANK[b] > RANK[a] then return b end
  return a
end

return M
