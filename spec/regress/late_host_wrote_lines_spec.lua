-- Seen in a chaos of 120 hosts stopped and continued: a host that was stopped beyond its lease, and
-- then went on, wrote a window's lines into files that another host copied on meanwhile. The fence
-- of its state refused the commit only afterwards, and ten lines stood there twice.
local copies = require "support.copies"
local copying = require "support.copying"
local shell = require "support.shell"

-- One's own end of a state whose lease has always run out: each locking takes it over.
local function fenced(state)
  local store = { path = "the state" }
  function store:lock()
    state.fence = (state.fence or 0) + 1
    self.fence = state.fence
    return true
  end
  function store.unlock() end
  function store.load() return state.text end
  function store:renew()
    if self.fence == state.fence then return true end
    return nil, "state: its lease ran out", "state"
  end
  function store:save(text)
    local ok, err, code = self:renew()
    if not ok then return nil, err, code end
    state.text = text
    return true
  end
  return store
end

describe("lines of files", function()
  local folder

  before_each(function() folder = shell.folder() end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  it("are written by one host at a time, and by none that comes back late", function()
    local box, state = copying.small_box(100, 60), {}
    local function open()
      local job, err, code = copying.client_of(box):sync{ name = "copy", what = "stockouts",
        from = copying.FROM, into = "ndjson:" .. folder .. "/lines", state = fenced(state) }
      return job, err, code
    end
    local slow = assert(open())
    local ok, _, code = slow:step(nil, function(n)
      if n ~= 1 then return end
      local _, err, word = open() -- it has been stopped for long
      assert.equal("output", word)
      assert.truthy(err:find("lines is in use by process %d+"), err)
    end)
    assert.is_nil(ok)
    assert.equal("state", code)
    slow:close()
    local quick = assert(open())
    assert(quick:run())
    quick:close()
    local rows, n = copies.lines(folder .. "/lines", "ndjson")
    assert.equal(#copying.truth(box, box.host:time()), n)
    assert.equal(n, copying.size(rows))
  end)

  it("say why their lock can't be had", function()
    shell.must(("mkdir -p %s/lines/.copy.ndjson.journal.lock"):format(folder))
    local job, err, code = copying.client_of(copying.small_box(1, 60)):sync{ name = "copy",
      what = "stockouts", from = copying.FROM, into = "ndjson:" .. folder .. "/lines",
      state = fenced{} }
    assert.is_nil(job)
    assert.equal("output", code)
    assert.truthy(err:find("journal.lock: ", 1, true), err)
  end)
end)
