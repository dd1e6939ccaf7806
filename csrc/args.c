/* Misuse errors: see args.h. As in "parameter 'secret' is a number, expected a string". */
#include "args.h"

int wdt_misuse(lua_State *L, const char *name, int i, const char *expected)
{
    const char *shown = lua_isnoneornil(L, i) ? "nil" : luaL_typename(L, i);
    return luaL_error(L, "parameter '%s' is %s%s, expected %s", name,
                      lua_isnoneornil(L, i) ? "" : "a ", shown, expected);
}
