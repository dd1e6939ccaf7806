/* Binding of databases to Lua: see binding.h. */
#include "binding.h"

#include <string.h>

void wdt_binding_type(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction close)
{
    luaL_newmetatable(L, type);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

int wdt_binding_fail(lua_State *L, const char *message)
{
    lua_pushnil(L);
    lua_pushstring(L, message);
    return 2;
}

const char *wdt_binding_text(lua_State *L, int i, const char *name, size_t *n)
{
    const char *text = wdt_args_text(L, i, name, n);
    if (memchr(text, 0, *n) != NULL)
        wdt_misuse(L, name, i, "a text without a zero byte");
    return text;
}

void wdt_binding_rows_get(lua_State *L, const wdt_binding_rows *rows, size_t i, wdt_laid_rows *out)
{
    size_t row;
    lua_rawgeti(L, rows->list, (int)i);
    row = (size_t)wdt_args_whole(L, -1, "rows", INT32_MAX);
    if (rows->laid->rows(rows->laid, rows->table, row, out) != 0)
        wdt_misuse(L, "rows", -1, "a row that was laid out, of a table of its plan");
    lua_pop(L, 1);
}

void wdt_binding_rows_check(lua_State *L, int first, wdt_binding_rows *rows)
{
    wdt_laid_rows some;
    rows->laid = luaL_checkudata(L, first, WDT_LAID_TYPE);
    if (rows->laid->version != WDT_LAID_VERSION)
        luaL_error(L, "wdt.core is of another version than this module: build both again");
    rows->table = (size_t)wdt_args_whole(L, first + 1, "table", INT32_MAX);
    if (!lua_istable(L, first + 2))
        wdt_misuse(L, "rows", first + 2, "a list");
    rows->list = first + 2;
    rows->n = lua_rawlen(L, first + 2);
    rows->total = 0;
    for (size_t i = 1; i <= rows->n; i++) {
        wdt_binding_rows_get(L, rows, i, &some);
        rows->total += some.rows;
    }
}

size_t wdt_binding_digits(size_t value, char *out)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}
