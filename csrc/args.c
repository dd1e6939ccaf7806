/* Misuse errors: see args.h. As in "parameter 'secret' is a number, expected a string". */
#include "args.h"

#include <stdio.h>

int wdt_misuse(lua_State *L, const char *name, int i, const char *expected)
{
    const char *shown = lua_isnoneornil(L, i) ? "nil" : luaL_typename(L, i);
    return luaL_error(L, "parameter '%s' is %s%s, expected %s", name,
                      lua_isnoneornil(L, i) ? "" : "a ", shown, expected);
}

const char *wdt_args_text(lua_State *L, int i, const char *name, size_t *n)
{
    if (!lua_isstring(L, i))
        wdt_misuse(L, name, i, "a string");
    return lua_tolstring(L, i, n);
}

double wdt_args_number(lua_State *L, int i, const char *name, double low, double high)
{
    const double value = (double)lua_tonumber(L, i);
    char expected[64];
    if (lua_isnumber(L, i) && value >= low && value <= high)
        return value;
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    wdt_misuse(L, name, i, expected);
    return 0;
}

int64_t wdt_args_whole(lua_State *L, int i, const char *name, int64_t high)
{
    const double value = wdt_args_number(L, i, name, 0, (double)high);
    if (value != (double)(int64_t)value)
        wdt_misuse(L, name, i, "a whole number");
    return (int64_t)value;
}
