/* wdt.posix: what keeping state safe and being a command take and plain Lua lacks: fsync, a lock
 * that dies with its holder, a flag for signals, writing that signals do not break, a terminal's
 * width. No policy, no library but libc, no call back into Lua.
 *
 * An error is `nil, message` as io.open gives it; the callers in Lua add their code. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <time.h>
#include <unistd.h>

#include "posix.h"

/* posix.now() -> monotonic seconds */
static int posix_now(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* posix.pid() -> integer */
static int posix_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

WDT_EXPORT int luaopen_wdt_posix(lua_State *L);

WDT_EXPORT int luaopen_wdt_posix(lua_State *L)
{
    static const luaL_Reg functions[] = {{"now", posix_now}, {"pid", posix_pid}, {NULL, NULL}};
    luaL_newlib(L, functions);
    wdt_posix_add_files(L);
    wdt_posix_add_terminal(L);
    wdt_posix_add_signals(L);
    return 1;
}
