/* core.sign.enterprise and core.sign.ultimate: the text that a request is signed by, and its MD5.
 *
 *     enterprise  { sid = "a", page = 1 }, "secret"
 *                 04-page:0001-1;03-sid:0001-asecret
 *     ultimate    { sid = "a" }, body "[]", "secret"
 *                 secretbody[]sidasecret
 *
 * The text is put together in a userdata, so that whatever raises leaves nothing over. Its size is
 * known before a byte is written. */
#include "digest.h"
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int wdt_sign_compare(const void *a, const void *b)
{
    const wdt_sign_entry *x = a, *y = b;
    const size_t n = x->key_n < y->key_n ? x->key_n : y->key_n;
    const int order = memcmp(x->key, y->key, n);
    return order != 0 ? order : (x->key_n > y->key_n) - (x->key_n < y->key_n);
}

/* Sorts by the bytes of the keys. Entries move, so only now can a value point into its own entry.
 */
void wdt_sign_sort(wdt_sign_entry *entries, size_t n)
{
    qsort(entries, n, sizeof *entries, wdt_sign_compare);
    for (size_t i = 0; i < n; i++)
        if (entries[i].value == NULL)
            entries[i].value = entries[i].digits;
}

/* Collects the entries of the table at `params` except `sign`; pushes the userdata that owns them.
 * `extra` more have room. */
wdt_sign_entry *wdt_sign_collect(lua_State *L, int params, const char *parameter, size_t extra,
                                 size_t *count)
{
    size_t n = extra, i = 0;
    wdt_sign_entry *entries;
    lua_pushnil(L);
    while (lua_next(L, params)) {
        lua_pop(L, 1);
        n++;
    }
    entries = lua_newuserdatauv(L, (n + 1) * sizeof *entries, 0);
    lua_pushnil(L);
    while (lua_next(L, params)) {
        wdt_sign_entry *e = &entries[i];
        int64_t integer = 0;
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "parameter '%s' has a key that is a %s, expected names only", parameter,
                       luaL_typename(L, -2));
        e->key = lua_tolstring(L, -2, &e->key_n);
        if (lua_type(L, -1) == LUA_TSTRING) {
            e->value = lua_tolstring(L, -1, &e->value_n);
        } else {
            if (!wdt_toint64(L, -1, &integer))
                luaL_error(L, "parameter '%s.%s' is a %s, expected a string or an integer",
                           parameter, e->key, luaL_typename(L, -1));
            e->value = NULL;
            e->value_n = (size_t)snprintf(e->digits, sizeof e->digits, "%lld", (long long)integer);
        }
        lua_pop(L, 1);
        if (e->key_n != 4 || memcmp(e->key, "sign", 4) != 0)
            i++;
    }
    *count = i;
    return entries;
}

/* Pushes the results of a signature over the n bytes at `text`, which a userdata on the stack
 * holds. */
static int digest_answer(lua_State *L, const char *text, size_t n, int with_text)
{
    const wdt_span none = {NULL, 0}, signed_text = {text, n};
    const int results = wdt_digest_push(L, WDT_DIGEST_MD5, none, signed_text, 0);
    if (results != 1 || !with_text)
        return results;
    lua_pushlstring(L, text, n);
    return 2;
}

/* Every piece of a signed text is copied here; its size was computed before. */
char *wdt_sign_put(char *out, const char *bytes, size_t n)
{
    memcpy(out, bytes, n);
    return out + n;
}

const char *wdt_sign_secret(lua_State *L, int i, const char *name, size_t *n)
{
    if (lua_type(L, i) != LUA_TSTRING)
        wdt_misuse(L, name, i, "a string");
    return lua_tolstring(L, i, n);
}

/* ---- enterprise ---- */

/* Returns the length of a text, in bytes or in code points; raises when it is not UTF-8. */
static size_t text_length(lua_State *L, const char *text, size_t n, const char *key, int in_bytes)
{
    size_t count = 0;
    if (wdt_utf8_check(text, text + n) != text + n)
        luaL_error(L, "parameter 'params.%s' is not UTF-8, expected UTF-8 text", key);
    if (in_bytes)
        return n;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

#define LENGTHS_MAX 48 /* two lengths of up to 20 digits, '-', ':', '-', ';' */

/* True if argument i asks for lengths in bytes; false for "characters", and without it. */
static int option_lengths(lua_State *L, int i)
{
    const char *lengths = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : NULL;
    if (lua_isnoneornil(L, i) || (lengths != NULL && strcmp(lengths, "characters") == 0))
        return 0;
    if (lengths == NULL || strcmp(lengths, "bytes") != 0)
        wdt_misuse(L, "lengths", i, "\"characters\" or \"bytes\"");
    return 1;
}

/* core.sign.enterprise(params, appsecret [, with_text [, lengths]])
 *   -> 32 hex digits [, the signed text] | nil, err, code
 * For each parameter LL-key:VVVV-value, joined by semicolons; then the secret. Lengths are counted
 * in code points ("characters", the default: so does the vendor's client) or in "bytes". */
int wdt_sign_enterprise(lua_State *L)
{
    const int with_text = lua_toboolean(L, 3), in_bytes = option_lengths(L, 4);
    size_t n, secret_n, size;
    wdt_sign_entry *entries;
    const char *secret;
    char *text, *out;
    if (!lua_istable(L, 1))
        return wdt_misuse(L, "params", 1, "a table");
    secret = wdt_sign_secret(L, 2, "appsecret", &secret_n);
    lua_settop(L, 2);
    entries = wdt_sign_collect(L, 1, "params", 0, &n);
    wdt_sign_sort(entries, n);
    size = secret_n;
    for (size_t i = 0; i < n; i++)
        size += entries[i].key_n + entries[i].value_n + LENGTHS_MAX;
    out = text = lua_newuserdatauv(L, size + 1, 0);
    for (size_t i = 0; i < n; i++) {
        const wdt_sign_entry *e = &entries[i];
        const size_t key_length = text_length(L, e->key, e->key_n, e->key, in_bytes);
        const size_t value_length = text_length(L, e->value, e->value_n, e->key, in_bytes);
        char length[LENGTHS_MAX];
        int digits;
        if (i > 0)
            *out++ = ';';
        digits = snprintf(length, sizeof length, "%02llu-", (unsigned long long)key_length);
        out = wdt_sign_put(out, length, (size_t)digits);
        out = wdt_sign_put(out, e->key, e->key_n);
        digits = snprintf(length, sizeof length, ":%04llu-", (unsigned long long)value_length);
        out = wdt_sign_put(out, length, (size_t)digits);
        out = wdt_sign_put(out, e->value, e->value_n);
    }
    out = wdt_sign_put(out, secret, secret_n);
    return digest_answer(L, text, (size_t)(out - text), with_text);
}

/* ---- ultimate ---- */

/* core.sign.ultimate(query, body, secret [, with_text]) -> 32 hex digits [, the signed text] | nil,
 * err, code The secret, each key and value of the query and of `body`, the secret again. */
int wdt_sign_ultimate(lua_State *L)
{
    const int with_text = lua_toboolean(L, 4);
    size_t n, body_n, secret_n, size;
    wdt_sign_entry *entries;
    const char *body, *secret;
    char *text, *out;
    if (!lua_istable(L, 1))
        return wdt_misuse(L, "query", 1, "a table");
    body = wdt_sign_secret(L, 2, "body", &body_n);
    secret = wdt_sign_secret(L, 3, "secret", &secret_n);
    lua_settop(L, 3);
    lua_pushliteral(L, "body");
    lua_rawget(L, 1);
    if (!lua_isnil(L, -1))
        return wdt_misuse(L, "query.body", -1, "nothing: the body is a parameter of its own");
    entries = wdt_sign_collect(L, 1, "query", 1, &n);
    entries[n].key = "body";
    entries[n].key_n = 4;
    entries[n].value = body;
    entries[n].value_n = body_n;
    n++;
    wdt_sign_sort(entries, n);
    size = 2 * secret_n;
    for (size_t i = 0; i < n; i++)
        size += entries[i].key_n + entries[i].value_n;
    out = text = lua_newuserdatauv(L, size + 1, 0);
    out = wdt_sign_put(out, secret, secret_n);
    for (size_t i = 0; i < n; i++) {
        out = wdt_sign_put(out, entries[i].key, entries[i].key_n);
        out = wdt_sign_put(out, entries[i].value, entries[i].value_n);
    }
    out = wdt_sign_put(out, secret, secret_n);
    return digest_answer(L, text, (size_t)(out - text), with_text);
}
