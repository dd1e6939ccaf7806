/* wdt.posix: what keeping state safe and being a command take and plain Lua lacks: fsync, a lock
 * that dies with its holder, a flag for signals, writing that signals do not break, a terminal's
 * width. No policy, no library but libc, no call back into Lua.
 *
 * An error is `nil, message` as io.open gives it; the callers in Lua add their code. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <errno.h>
#include <string.h>
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

#define MAX_WORDS 64

/* posix.exec{ program, argument... } -> nil, message: the program, looked for on PATH, takes the
 * place of this process and keeps its id, so that signals reach it; no return where that works */
static int posix_exec(lua_State *L)
{
    char *words[MAX_WORDS + 1];
    int n = 0;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, MAX_WORDS + 4, NULL); /* the words stay there, so that Lua keeps them */
    for (;; n++) {
        lua_rawgeti(L, 1, n + 1);
        if (lua_isnil(L, -1))
            break;
        if (n == MAX_WORDS)
            return luaL_argerror(L, 1, "more than 64 words");
        luaL_checktype(L, -1, LUA_TSTRING);
        words[n] = (char *)lua_tostring(L, -1);
    }
    if (n == 0)
        return luaL_argerror(L, 1, "no program");
    words[n] = NULL;
    execvp(words[0], words);
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", words[0], strerror(errno));
    return 2;
}

WDT_EXPORT int luaopen_wdt_posix(lua_State *L);

WDT_EXPORT int luaopen_wdt_posix(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"now", posix_now}, {"pid", posix_pid}, {"exec", posix_exec}, {NULL, NULL}};
    luaL_newlib(L, functions);
    wdt_posix_add_files(L);
    wdt_posix_add_terminal(L);
    wdt_posix_add_signals(L);
    wdt_posix_add_notify(L);
    return 1;
}
