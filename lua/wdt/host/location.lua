--- Which location of its configuration nginx serves this request, or runs this timer, by.
--
-- Whom a location trusts (`lua_ssl_trusted_certificate`) can't be asked for, and a kept connection
-- is not verified again: so it is only for the location that has verified it. nginx keeps a
-- location's settings in one place until it is reloaded, and each request refers to that.
-- @module wdt.host.location
local pcall, require, tostring, tonumber = pcall, require, tostring, tonumber

local M = {}

-- How every ngx_http_request_t begins, and the first of its fields, "HTTP".
local HEAD = [[
  typedef struct {
    uint32_t signature;
    void *connection;
    void **ctx, **main_conf, **srv_conf, **loc_conf;
  } wdt_request_head;
]]
local SIGNATURE = 0x50545448

local function reader()
  local with_ffi, ffi = pcall(require, "ffi")
  local with_base, base = pcall(require, "resty.core.base")
  if not (with_ffi and with_base and base.get_request and ffi.os == "Linux") then return nil end
  ffi.cdef(HEAD)
  return function()
    local request = base.get_request()
    if not request then return nil end
    local head = ffi.cast("wdt_request_head *", request)
    if tonumber(head.signature) ~= SIGNATURE then return nil end
    return tostring(ffi.cast("uintptr_t", head.loc_conf))
  end
end

--- A text of its own for each location.
-- @function id
-- @treturn ?string nil where that can't be told
M.id = reader() or function() return nil end

return M
