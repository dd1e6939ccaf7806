/* The one place that knows which Lua this is: 5.1 (LuaJIT), 5.2, 5.3 or 5.4. Everything else is
 * written against 5.4's API. */
#ifndef WDT_COMPAT_H
#define WDT_COMPAT_H

#include <stdint.h>

#include <lua.h>
#include <lauxlib.h>

#if defined(__GNUC__)
#define WDT_EXPORT __attribute__((visibility("default")))
#else
#define WDT_EXPORT
#endif

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, i) lua_objlen((L), (i))
#endif

#if LUA_VERSION_NUM < 502 && !defined(luaL_newlib) /* LuaJIT has these */
#define luaL_newlibtable(L, l)   lua_createtable((L), 0, (int)(sizeof(l) / sizeof((l)[0]) - 1))
#define luaL_newlib(L, l)        (luaL_newlibtable((L), (l)), wdt_setfuncs((L), (l), 0))
#define luaL_setfuncs(L, l, nup) wdt_setfuncs((L), (l), (nup))

static inline void wdt_setfuncs(lua_State *L, const luaL_Reg *l, int nup)
{
    for (; l->name != NULL; l++) {
        for (int i = 0; i < nup; i++)
            lua_pushvalue(L, -nup);
        lua_pushcclosure(L, l->func, nup);
        lua_setfield(L, -(nup + 2), l->name);
    }
    lua_pop(L, nup);
}
#endif

#if LUA_VERSION_NUM < 504
#define lua_newuserdatauv(L, size, nuvalue) lua_newuserdata((L), (size))
/* One value belongs to a userdata, and it has to be a table, as 5.1 knows no other. */
#if LUA_VERSION_NUM < 502
#define lua_setiuservalue(L, i, n) lua_setfenv((L), (i))
#define lua_getiuservalue(L, i, n) lua_getfenv((L), (i))
#else
#define lua_setiuservalue(L, i, n) lua_setuservalue((L), (i))
#define lua_getiuservalue(L, i, n) lua_getuservalue((L), (i))
#endif
#endif

/* The integer at index i; 0 when there is none. A Lua without integers has them among its numbers,
 * exact up to 2^53. */
static inline int wdt_toint64(lua_State *L, int i, int64_t *n)
{
#if LUA_VERSION_NUM < 503
    const lua_Number number = lua_tonumber(L, i);
    if (lua_type(L, i) != LUA_TNUMBER ||
        !(number >= -9007199254740992.0 && number <= 9007199254740992.0))
        return 0;
    *n = (int64_t)number;
    return (lua_Number)*n == number;
#else
    *n = (int64_t)lua_tointeger(L, i);
    return lua_isinteger(L, i);
#endif
}

/* Pushes an integer if this Lua holds and prints it exactly, else pushes nothing and returns 0. */
static inline int wdt_pushint64(lua_State *L, int64_t n)
{
#if LUA_VERSION_NUM < 503
    if (n <= -INT64_C(100000000000000) || n >= INT64_C(100000000000000)) /* %.14g */
        return 0;
    lua_pushnumber(L, (lua_Number)n);
#else
    if ((int64_t)(lua_Integer)n != n)
        return 0;
    lua_pushinteger(L, (lua_Integer)n);
#endif
    return 1;
}

#endif
