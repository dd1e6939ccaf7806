--- Through which gateway a copy was made: a sandbox holds other rows than the account whose name it
-- bears, so neither goes on with the other's copy. A copy that was begun before this was noted is
-- taken for one of the gateway that it goes on with.
-- @module wdt.sync.gateway
local M = {}

M.OTHER = { en = "%s was copied through the gateway %s, this account's is %s: give another "
  .. "database or name; or, where both lead to the same business, adopt = %s (--adopt)",
  zh = "%s 的数据来自网关 %s，而当前账号的网关是 %s：请换一个数据库或名称；若两者确为同一套业务数据，"
    .. "请用 adopt = %s（--adopt）" }

--- The gateway of an account: its edition and address, without scheme and password.
-- @tparam table client `edition`, `account`
-- @treturn string "enterprise api.wangdian.cn/openapi2"
function M.of(client)
  local address = client.account.credentials.url:lower():gsub("^%w+://", ""):gsub("^[^/@]*@", "")
  return client.edition .. " " .. address
end

-- "enterprise HOST/PATH" -> "enterprise", "HOST/PATH"
local function parts(gateway)
  return gateway:match "^(%S+) (.*)$"
end

--- The gateway that a copy may not have been made through: nil where there is nothing against it.
-- Another edition under an account's name is no sandbox of it.
-- @tparam ?string known the copy's; nil: not noted
-- @tparam string gateway the account's
-- @tparam ?string adopt an address that is known to lead to the same business
-- @treturn ?string the address that stands in the way
-- @treturn string the account's
function M.foreign(known, gateway, adopt)
  local edition, address = parts(gateway)
  local other_edition, other = nil, nil
  if known then other_edition, other = parts(known) end
  local same = other_edition ~= edition or other == address or other == adopt
  return not same and other or nil, address
end

return M
