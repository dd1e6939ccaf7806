-- Memory that runs out where the transport asks the system for it: a realloc that refuses what
-- wdt.curl asks for is loaded before the system's. Not under sanitizers, which have one themselves.
local peer = require "support.peer"
local shell = require "support.shell"

local REFUSE = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
void *realloc(void *block, size_t size)
{
    static void *(*given)(void *, size_t);
    Dl_info of;
    if (given == NULL)
        *(void **)&given = dlsym(RTLD_NEXT, "realloc");
    if (dladdr(__builtin_return_address(0), &of) && strstr(of.dli_fname, "/wdt/curl.so") != NULL)
        return NULL;
    return given(block, size);
}
]]

local FETCH = [[
local curl, core = require "wdt.curl", require "wdt.core"
local pool = curl.pool()
local exchange = pool:open(core.decoder{ path = "list" }, arg[1], arg[2], {}, 5, 5, 10)
local more, err, code
repeat more, err, code = exchange:pull() until not more
print(err, code, exchange:pull())
exchange:close()
exchange:close()
]]

describe("wdt.curl without memory #memory", function()
  it("fails with limit where the header lines find none", function()
    local folder, server = shell.folder(), peer.start()
    shell.write(folder .. "/refuse.c", REFUSE)
    shell.write(folder .. "/fetch.lua", FETCH)
    shell.must(("cc -shared -fPIC -o %s/refuse.so %s/refuse.c -ldl"):format(folder, folder))
    local url = ("http://127.0.0.1:%d/"):format(server.plain)
    local line = ("%s %s/fetch.lua %s %s"):format(shell.lua, folder, url,
      shell.quote(peer.answer '{"list":[]}'))
    local told = shell.must(("LD_PRELOAD=%s/refuse.so %s"):format(folder, line))
    local plain = shell.must(line)
    server:close()
    shell.must("rm -rf " .. shell.quote(folder))
    local err = ("limit: memory ran out for the response headers of 127.0.0.1:%d"):format(
      server.plain)
    assert.equal(("%s\tlimit\tnil\t%s\tlimit\n"):format(err, err), told)
    assert.equal("nil\tnil\tfalse\n", plain)
  end)
end)
