--- Sentences that sound like a throttle, in words that no document tells.
-- @module wdt.edition.throttle
local ipairs = ipairs

-- Parts of such sentences, in lower case; plain text.
local WORDS = { "频繁", "频率", "频次", "限流", "流控", "并发", "过快", "太快", "次数超", "超过次数",
  "调用次数", "请求次数", "访问次数", "请求过多", "调用过多", "访问过多", "too many requests",
  "too many calls", "too frequent", "rate limit", "rate exceeded", "throttl", "qps" }

local M = {}

--- True if a refusal may mean that too many calls were made.
-- @tparam string message the gateway's words
-- @treturn boolean
function M.sounds_like(message)
  message = message:lower()
  for _, word in ipairs(WORDS) do
    if message:find(word, 1, true) then return true end
  end
  return false
end

return M
