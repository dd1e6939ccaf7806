/* core.sign.top and core.sign.nested: the two signatures of the Qimen route.
 *
 * TOP's is over everything that is sent, sorted by name, names and values one after the other:
 *
 *     { v = "2.0", app_key = "1" }  ->  md5:  MD5(secret app_key1v2.0 secret)
 *                                       hmac: HMAC(secret, app_key1v2.0)
 *
 * The nested one is the ultimate edition's, over the fields that it reads itself. Tables, and texts
 * that are JSON objects or lists, are flattened, sorted by name at each level:
 *
 *     { pager = '{"page_no":1}', list = { "a", "b" } }  ->  MD5(secret listab pagerpage_no1 secret)
 *
 * The pieces are collected in a Lua table, so that whatever raises leaves nothing over. */
#include "digest.h"
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- TOP ---- */

/* core.sign.top(params, secret, method [, with_text]) -> upper-case hex digits [, the signed text]
 * | nil, err, code `method`: "md5", "hmac" (HMAC-MD5) or "hmac-sha256". `sign` is left out; an
 * empty value is misuse. */
int wdt_sign_top(lua_State *L)
{
    static const char *const methods[] = {"md5", "hmac", "hmac-sha256", NULL};
    static const wdt_digest kinds[] = {WDT_DIGEST_MD5, WDT_DIGEST_HMAC_MD5, WDT_DIGEST_HMAC_SHA256};
    const int with_text = lua_toboolean(L, 4);
    size_t n, secret_n, size;
    wdt_sign_entry *entries;
    const char *secret, *method;
    char *text, *out;
    wdt_span key, signed_text;
    int kind = 0, results;
    if (!lua_istable(L, 1))
        return wdt_misuse(L, "params", 1, "a table");
    secret = wdt_sign_secret(L, 2, "secret", &secret_n);
    method = wdt_sign_secret(L, 3, "method", &n);
    while (methods[kind] != NULL && strcmp(methods[kind], method) != 0)
        kind++;
    if (methods[kind] == NULL)
        return luaL_error(
            L, "parameter 'method' is '%s', expected \"md5\", \"hmac\" or \"hmac-sha256\"", method);
    lua_settop(L, 3);
    entries = wdt_sign_collect(L, 1, "params", 0, &n);
    wdt_sign_sort(entries, n);
    size = 2 * secret_n;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].value_n == 0)
            return luaL_error(L,
                              "parameter 'params.%s' is empty, expected none: clients differ in "
                              "whether TOP signs it",
                              entries[i].key);
        size += entries[i].key_n + entries[i].value_n;
    }
    out = text = lua_newuserdatauv(L, size + 1, 0);
    if (kinds[kind] == WDT_DIGEST_MD5)
        out = wdt_sign_put(out, secret, secret_n);
    for (size_t i = 0; i < n; i++) {
        out = wdt_sign_put(out, entries[i].key, entries[i].key_n);
        out = wdt_sign_put(out, entries[i].value, entries[i].value_n);
    }
    if (kinds[kind] == WDT_DIGEST_MD5)
        out = wdt_sign_put(out, secret, secret_n);
    key.bytes = secret;
    key.n = secret_n;
    signed_text.bytes = text;
    signed_text.n = (size_t)(out - text);
    results = wdt_digest_push(L, kinds[kind], key, signed_text, 1);
    if (results != 1 || !with_text)
        return results;
    lua_pushlstring(L, text, (size_t)(out - text));
    return 2;
}

/* ---- nested ---- */

#define PARTS       3  /* the table of pieces, on the stack */
#define ARRAY_MT    4  /* the metatable of lists */
#define NESTING_MAX 32 /* levels of tables and of texts that are JSON */

typedef struct flat {
    lua_State *L;
    lua_Integer n; /* pieces */
    size_t size;   /* their bytes */
} flat;

/* Pops a string: the next piece. */
static void flat_add(flat *f)
{
    size_t n;
    lua_tolstring(f->L, -1, &n);
    f->size += n;
    lua_rawseti(f->L, PARTS, (int)++f->n);
}

/* Returns true for nil and for core.null. */
static int value_is_null(lua_State *L, int i)
{
    return lua_isnil(L, i) || (lua_islightuserdata(L, i) && lua_touserdata(L, i) == NULL);
}

/* Replaces the text on the stack's top by its table, if it is a JSON object or list. Returns 1,
 * else 0: then it is signed as the text that it is. */
static int text_parse(lua_State *L)
{
    size_t n, used;
    const char *text = lua_tolstring(L, -1, &n);
    char *padded;
    wdt_scan scan;
    wdt_value b;
    char *scratch;
    size_t scratch_size;
    while (n > 0 && strchr(" \n\r\t", *text) != NULL && *text != '\0') {
        text++;
        n--;
    }
    while (n > 0 && strchr(" \n\r\t", text[n - 1]) != NULL && text[n - 1] != '\0')
        n--;
    if (n == 0 || (*text != '{' && *text != '['))
        return 0;
    padded =
        lua_newuserdatauv(L, n + WDT_PAD, 0); /* as the decoder's buffer ends: zeros, then quotes */
    memcpy(padded, text, n);
    memset(padded + n, 0, WDT_PAD / 2);
    memset(padded + n + WDT_PAD / 2, '"', WDT_PAD / 2);
    wdt_scan_begin(&scan, *padded, 0, NESTING_MAX);
    if (wdt_scan_run(&scan, padded, n, &used) != WDT_SCAN_END || used != n) {
        lua_pop(L, 1);
        return 0;
    }
    scratch_size = n + WDT_PAD; /* no string is longer, so it never grows */
    scratch = lua_newuserdatauv(L, scratch_size, 0);
    memset(&b, 0, sizeof b);
    b.L = L;
    b.array_mt = ARRAY_MT;
    lua_pushlightuserdata(L, NULL);
    b.null = lua_gettop(L);
    b.scratch = &scratch;
    b.scratch_size = &scratch_size;
    b.depth_limit = NESTING_MAX;
    b.piece.bytes = padded;
    b.piece.n = n;
    n = (size_t)lua_gettop(L);
    if (wdt_value_build(&b) != 0) {
        lua_settop(L, (int)n - 3);
        return 0;
    }
    lua_replace(L, (int)n - 3); /* the text */
    lua_settop(L, (int)n - 3);
    return 1;
}

static void flat_value(flat *f, unsigned depth, const char *name);

/* Adds the items of the list on the stack's top. */
static void flat_list(flat *f, unsigned depth, const char *name)
{
    lua_State *L = f->L;
    const int table = lua_gettop(L);
    for (int i = 1;; i++) {
        lua_rawgeti(L, table, i);
        if (lua_isnil(L, -1))
            break;
        flat_value(f, depth, name);
    }
    lua_pop(L, 1);
}

/* True for what only the system around the signature reads. */
static int entry_is_left_out(const wdt_sign_entry *e)
{
    return strcmp(e->key, "wdt3_customer_id") == 0 || strcmp(e->key, "wdt_sign") == 0 ||
           strcmp(e->key, "sign") == 0;
}

/* Adds the members of the object on the stack's top, by the bytes of their names. */
static void flat_object(flat *f, unsigned depth, const char *name)
{
    lua_State *L = f->L;
    const int table = lua_gettop(L);
    size_t n = 0, i = 0;
    wdt_sign_entry *entries;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        n++;
    }
    entries = lua_newuserdatauv(L, (n + 1) * sizeof *entries, 0);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "parameter 'fields%s%s' has a key that is a %s, expected names only",
                       *name != '\0' ? "." : "", name, luaL_typename(L, -2));
        entries[i].key = lua_tolstring(L, -2, &entries[i].key_n);
        i += !value_is_null(L, -1);
        lua_pop(L, 1);
    }
    qsort(entries, i, sizeof *entries, wdt_sign_compare);
    for (size_t k = 0; k < i; k++) {
        const wdt_sign_entry *e = &entries[k];
        if (depth == 0 && entry_is_left_out(e))
            continue;
        lua_pushlstring(L, e->key, e->key_n);
        lua_pushvalue(L, -1);
        flat_add(f);
        lua_rawget(L, table);
        flat_value(f, depth, depth == 0 ? e->key : name);
    }
    lua_pop(L, 1);
}

/* Returns true if the table on the stack's top is a list: it bears the arrays' metatable, or has a
 * first item. */
static int table_is_list(lua_State *L)
{
    int list;
    if (lua_getmetatable(L, -1)) {
        list = lua_rawequal(L, -1, ARRAY_MT);
        lua_pop(L, 1);
        if (list)
            return 1;
    }
    lua_rawgeti(L, -1, 1);
    list = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return list;
}

/* Adds and pops the value on the stack's top. `name`: of the field that it belongs to, for errors.
 */
static void flat_value(flat *f, unsigned depth, const char *name)
{
    lua_State *L = f->L;
    int64_t integer = 0;
    char digits[24];
    if (depth >= NESTING_MAX)
        luaL_error(L, "parameter 'fields.%s' is nested deeper than %d levels", name, NESTING_MAX);
    luaL_checkstack(L, 16, "wdt.sign");
    if (lua_type(L, -1) == LUA_TSTRING && !text_parse(L)) {
        flat_add(f);
        return;
    }
    switch (lua_type(L, -1)) {
    case LUA_TTABLE:
        if (table_is_list(L))
            flat_list(f, depth + 1, name);
        else
            flat_object(f, depth + 1, name);
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
        flat_add(f);
        break;
    default:
        if (value_is_null(L, -1))
            break;
        if (!wdt_toint64(L, -1, &integer))
            luaL_error(L,
                       "parameter 'fields.%s' holds a %s, expected texts, whole numbers, booleans "
                       "and tables of them",
                       name, luaL_typename(L, -1));
        lua_pushlstring(L, digits,
                        (size_t)snprintf(digits, sizeof digits, "%lld", (long long)integer));
        flat_add(f);
        break;
    }
    lua_pop(L, 1);
}

/* Replaces the method at the stack's top, if it has a scene's prefix: 3ldsmu02o9.wdt.a.b is signed
 * as wdt.a.b. */
static void scene_strip(lua_State *L)
{
    const char *name = lua_tostring(L, -1), *from = strstr(name, ".wdt.");
    if (strncmp(name, "wdt.", 4) != 0 && from != NULL) {
        lua_pushstring(L, from + 1);
        lua_remove(L, -2);
    }
}

/* Pushes a copy of the fields whose method has no scene. */
static void fields_push(lua_State *L)
{
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING &&
            strcmp(lua_tostring(L, -2), "method") == 0)
            scene_strip(L);
        lua_rawset(L, -4);
    }
}

/* core.sign.nested(fields, secret [, with_text]) -> 32 hex digits [, the signed text] | nil, err,
 * code `fields`: texts, whole numbers, booleans and tables; null, wdt3_customer_id, wdt_sign and
 * sign are left out. */
int wdt_sign_nested(lua_State *L)
{
    const int with_text = lua_toboolean(L, 3);
    size_t secret_n;
    const char *secret;
    char *text, *out;
    const wdt_span none = {NULL, 0};
    wdt_span signed_text;
    int results;
    flat f = {0};
    if (!lua_istable(L, 1))
        return wdt_misuse(L, "fields", 1, "a table");
    secret = wdt_sign_secret(L, 2, "secret", &secret_n);
    lua_settop(L, 2);
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, WDT_ARRAY_TYPE);
    f.L = L;
    fields_push(L);
    flat_object(&f, 0, "");
    out = text = lua_newuserdatauv(L, f.size + 2 * secret_n + 1, 0);
    out = wdt_sign_put(out, secret, secret_n);
    for (int i = 1; i <= (int)f.n; i++) {
        size_t n;
        const char *part;
        lua_rawgeti(L, PARTS, i);
        part = lua_tolstring(L, -1, &n);
        out = wdt_sign_put(out, part, n);
        lua_pop(L, 1);
    }
    out = wdt_sign_put(out, secret, secret_n);
    signed_text.bytes = text;
    signed_text.n = (size_t)(out - text);
    results = wdt_digest_push(L, WDT_DIGEST_MD5, none, signed_text, 0);
    if (results != 1 || !with_text)
        return results;
    lua_pushlstring(L, text, (size_t)(out - text));
    return 2;
}
