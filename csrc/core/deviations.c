/* Counts what rows have that their schema does not say, and prints it for decoder:findings().
 *
 *     row {"id":1,"new":2}, schema {id, shop}   ->   unknown 1 "new", missing 1 "shop"
 *
 * A name is remembered with its parent's node, and its path is put together only when it is asked
 * for. */
#include "deviations.h"

#include <string.h>

/* A name is remembered once; after WDT_DEVIATIONS_MAX names, or where it is too long, it is only
 * counted. */
void wdt_deviations_add(wdt_deviations *f, wdt_deviation kind, const wdt_projection *fields,
                        const wdt_field *node, const char *name, size_t n)
{
    const unsigned parent = (unsigned)(node - fields->nodes);
    f->row[kind]++;
    if (f->n == WDT_DEVIATIONS_MAX || n > WDT_DEVIATION_NAME_MAX)
        return;
    for (unsigned i = 0; i < f->n; i++)
        if (f->names[i].kind == kind && f->names[i].parent == parent && f->names[i].name_n == n &&
            memcmp(f->names[i].name, name, n) == 0)
            return;
    f->names[f->n].kind = (unsigned char)kind;
    f->names[f->n].name_n = (unsigned char)n;
    f->names[f->n].parent = parent;
    memcpy(f->names[f->n].name, name, n);
    f->n++;
}

/* Adds the names that lead to a node, each with a dot after it. */
static void path_add(luaL_Buffer *path, const wdt_projection *fields, unsigned node)
{
    if (node == 0)
        return;
    path_add(path, fields, fields->nodes[node].parent);
    luaL_addlstring(path, fields->nodes[node].name.bytes, fields->nodes[node].name.n);
    luaL_addchar(path, '.');
}

void wdt_deviations_push(lua_State *L, const wdt_deviations *f, const wdt_projection *fields)
{
    static const char *const words[] = {"unknown ", "missing ", "retyped "};
    static const char *const names[] = {"unknown_fields", "missing_fields", "retyped_fields"};
    lua_createtable(L, (int)f->n, WDT_DEVIATION_KINDS);
    for (unsigned i = 0; i < WDT_DEVIATION_KINDS; i++) {
        if (!wdt_pushint64(L, (int64_t)f->count[i]))
            lua_pushnumber(L, (lua_Number)f->count[i]);
        lua_setfield(L, -2, names[i]);
    }
    for (unsigned i = 0; i < f->n; i++) {
        luaL_Buffer text;
        luaL_buffinit(L, &text);
        luaL_addstring(&text, words[f->names[i].kind]);
        path_add(&text, fields, f->names[i].parent);
        luaL_addlstring(&text, f->names[i].name, f->names[i].name_n);
        luaL_pushresult(&text);
        lua_rawseti(L, -2, (int)i + 1);
    }
}
