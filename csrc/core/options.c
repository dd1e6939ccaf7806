/* Reads and checks the options of a decoder. Every one is read by lua_rawget, so that no
 * metamethod runs, and misuse raises at the caller with the option's name:
 *
 *     { limits = { depth = 0 } }   ->   parameter 'limits.depth' is 0, expected an integer from 1
 * ..
 */
#include "core.h"

#include <string.h>

/* Default limits: bytes, except depth. Rows have none. */
#define DEPTH_DEFAULT    64
#define BODY_DEFAULT     268435456
#define ROW_DEFAULT      16777216
#define ENVELOPE_DEFAULT 16777216
#define LIMIT_MAX        9007199254740992.0 /* 2^53: what every Lua counts exactly */

void wdt_option_push(lua_State *L, int options, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, options);
}

void wdt_option_names(lua_State *L, int table, const char *const *names, const char *prefix)
{
    lua_pushnil(L);
    while (lua_next(L, table)) {
        int known = 0;
        for (const char *const *name = names; *name != NULL && lua_type(L, -2) == LUA_TSTRING;
             name++)
            known |= strcmp(*name, lua_tostring(L, -2)) == 0;
        if (!known) {
            const char *shown =
                lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
            luaL_error(L, "parameter '%s%s' is unknown", prefix, shown);
        }
        lua_pop(L, 1);
    }
}

/* Returns the limit of that name, `usual` where it is not given; raises where it is no whole
 * number from 1 to `most`. */
static size_t limit_read(lua_State *L, int limits, const char *name, double usual, double most)
{
    double value = usual;
    wdt_option_push(L, limits, name);
    if (!lua_isnil(L, -1)) {
        value = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
        if (!(value >= 1 && value <= most && (double)(size_t)value == value))
            luaL_error(L, "parameter 'limits.%s' is %s, expected an integer from 1 to %f", name,
                       lua_type(L, -1) == LUA_TNUMBER ? lua_tostring(L, -1) : luaL_typename(L, -1),
                       most);
    }
    lua_pop(L, 1);
    return (size_t)value;
}

/* At most SIZE_MAX / 4, so that sums of sizes cannot overflow. */
void wdt_option_limits(lua_State *L, int options, wdt_limits *out)
{
    static const char *const names[] = {"depth", "body", "row", "envelope", "rows", NULL};
    const double most = (double)SIZE_MAX / 4 < LIMIT_MAX ? (double)(SIZE_MAX / 4) : LIMIT_MAX;
    int limits;
    wdt_option_push(L, options, "limits");
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
    } else if (!lua_istable(L, -1)) {
        wdt_misuse(L, "limits", -1, "a table");
    }
    limits = lua_gettop(L);
    wdt_option_names(L, limits, names, "limits.");
    out->depth = limit_read(L, limits, "depth", DEPTH_DEFAULT, WDT_DEPTH_MAX);
    out->body = limit_read(L, limits, "body", BODY_DEFAULT, most);
    out->row = limit_read(L, limits, "row", ROW_DEFAULT, most);
    out->envelope = limit_read(L, limits, "envelope", ENVELOPE_DEFAULT, most);
    out->rows = limit_read(L, limits, "rows", 0, most);
    lua_pop(L, 1);
}

/* The names are copied: the string that holds the path may be collected before the decoder is. */
void wdt_option_path(lua_State *L, int options, wdt_reader *reader, char **names, size_t *size)
{
    const char *expected = "names joined by dots, at most 8";
    const char *path;
    size_t n, begin = 0;
    wdt_option_push(L, options, "path");
    if (!lua_isnil(L, -1)) {
        if (lua_type(L, -1) != LUA_TSTRING)
            wdt_misuse(L, "path", -1, expected);
        path = lua_tolstring(L, -1, &n);
        *names = reader->alloc(reader->ud, NULL, 0, n + 1);
        if (*names == NULL)
            luaL_error(L, "not enough memory");
        *size = n + 1;
        memcpy(*names, path, n + 1);
        for (size_t i = 0; i <= n; i++) {
            if (i < n && path[i] != '.')
                continue;
            if (i == begin || reader->path_n == WDT_PATH_MAX)
                wdt_misuse(L, "path", -1, expected);
            reader->path[reader->path_n].bytes = *names + begin;
            reader->path[reader->path_n].n = i - begin;
            reader->path_n++;
            begin = i + 1;
        }
    }
    lua_pop(L, 1);
}

int wdt_option_as(lua_State *L, int options)
{
    int raw = 0;
    wdt_option_push(L, options, "as");
    if (!lua_isnil(L, -1)) {
        const char *as = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        raw = strcmp(as, "json") == 0;
        if (!raw && strcmp(as, "table") != 0)
            wdt_misuse(L, "as", -1, "\"table\" or \"json\"");
    }
    lua_pop(L, 1);
    return raw;
}

/* Pushes an option that must be a table or nil, and returns its index. With `raw` it must be nil:
 * rows are handed on as they are. */
static int table_push(lua_State *L, int options, const char *name, int raw, const char *expected)
{
    wdt_option_push(L, options, name);
    if (!lua_isnil(L, -1) && raw)
        wdt_misuse(L, name, -1, "nothing, because as = \"json\" hands on values as they come");
    if (!lua_isnil(L, -1) && !lua_istable(L, -1))
        wdt_misuse(L, name, -1, expected);
    return lua_gettop(L);
}

void wdt_option_projection(lua_State *L, int options, int raw, wdt_projection *fields,
                           wdt_projection *wanted, wdt_alloc alloc, void *ud)
{
    const int top = lua_gettop(L);
    wdt_projection_options places;
    places.keys = table_push(L, options, "keys", 0, "a list of strings");
    places.fields = table_push(L, options, "fields", 0, "a list of strings");
    places.types = table_push(L, options, "types", raw, "a table of types");
    places.mask = table_push(L, options, "mask", raw, "a list of strings");
    wdt_option_push(L, options, "clock");
    places.clock = lua_gettop(L);
    places.keys_only = raw;
    if (raw && !lua_isnil(L, places.fields)) {
        const int listed = places.fields;
        lua_pushnil(L);
        places.fields = lua_gettop(L);
        wdt_projection_read(L, &places, fields, alloc, ud);
        places.keys = places.clock = places.fields;
        places.fields = listed;
        places.keys_only = 0;
        fields = wanted;
    }
    wdt_projection_read(L, &places, fields, alloc, ud);
    lua_settop(L, top);
}

/* A mask without a key, or a key without a mask, is a mistake that would leave personal values
 * open: both raise. */
void wdt_option_mask_key(lua_State *L, int options, wdt_masker *masker)
{
    size_t n;
    const char *key;
    int masked;
    wdt_option_push(L, options, "mask");
    masked = !lua_isnil(L, -1);
    wdt_option_push(L, options, "mask_key");
    if (masked ? lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) == 0 : !lua_isnil(L, -1))
        wdt_misuse(L, "mask_key", -1, masked ? "a text that is not empty" : "nothing without mask");
    if (masked) {
        key = lua_tolstring(L, -1, &n);
        if (wdt_mask_begin(masker, key, n) != 0)
            luaL_error(L, "config: OpenSSL refuses SHA-256, which masks are made with");
    }
    lua_pop(L, 2);
}
