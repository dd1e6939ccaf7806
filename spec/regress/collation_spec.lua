-- A dense second was cut by shops; the server's collation takes "A" and "a" for one, and half of
-- the rows were missing from a window that was called `conserved`.
local model = require "support.model"

-- Reads 20 rows of one second in pages of 10: as many of shops that differ in capitals as a page
-- shows, and as many of another shop.
local function read(order, twins)
  local server = { rows = {}, order = order }
  for i = 1, 20 do
    server.rows[i] = { id = i, time = 7, version = 1, shop_no = i > 10 and "Z"
      or i % 2 == 1 and "A" or "a" }
  end
  local w = model.shared(10, { cuts = { { param = "shop_no", field = "shop_no" } } })
  w.start, w.stop = 0, 60
  -- Asked for "A" it answers with one of the two, or with both.
  server.page = function(s, ask)
    local shop = ask.params and ask.params.shop_no
    if shop ~= "A" and shop ~= "a" then return model.page(s, ask) end
    local rows = {}
    for _, row in ipairs(s.rows) do
      if row.shop_no == twins or twins == "both" and row.shop_no:lower() == "a" then
        rows[#rows + 1] = row end
    end
    local total = #rows
    while #rows > ask.page_size do rows[#rows] = nil end
    return rows, total
  end
  local result = model.read(server, w)
  return result.found, result.certificate
end

describe("a dense second whose shops are one for the server", function()
  for _, order in ipairs{ "id_asc", "id_desc" } do
    for _, twins in ipairs{ "A", "a", "both" } do
      it(("certifies nothing that is missing: %s, %s"):format(order, twins), function()
        local found, certificate = read(order, twins)
        assert.is_true(found == 20 or certificate == "none", found .. " " .. certificate)
      end)
    end
  end
end)
