/* See digest.h. One call of OpenSSL's each, so nothing has to be given back when Lua raises.
 *
 *     "abc"  ->  90 01 50 98 ...  ->  "900150983cd24fb0d6963f7d28e17f72" */
#include "args.h"
#include "digest.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Pushes the results for an OpenSSL without MD5. */
static int digest_refused(lua_State *L)
{
    lua_pushnil(L);
    lua_pushliteral(L, "config: OpenSSL refuses MD5, which the gateways sign with: is only a FIPS "
                       "provider loaded?");
    lua_pushliteral(L, "config");
    return 3;
}

int wdt_digest_push(lua_State *L, wdt_digest kind, wdt_span key, wdt_span text, int upper)
{
    const char *const hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const EVP_MD *const hash = kind == WDT_DIGEST_HMAC_SHA256 ? EVP_sha256() : EVP_md5();
    unsigned char digest[EVP_MAX_MD_SIZE];
    char out[2 * EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int done;
    if (kind == WDT_DIGEST_MD5)
        done = EVP_Digest(text.bytes, text.n, digest, &size, hash, NULL) == 1;
    else
        done =
            key.n <= INT_MAX && HMAC(hash, key.bytes, (int)key.n, (const unsigned char *)text.bytes,
                                     text.n, digest, &size) != NULL;
    if (!done)
        return digest_refused(L);
    for (unsigned i = 0; i < size; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    lua_pushlstring(L, out, 2 * (size_t)size);
    return 1;
}

/* Returns the string at index i, or raises at the caller. */
static wdt_span text_check(lua_State *L, int i, const char *name)
{
    wdt_span text;
    if (lua_type(L, i) != LUA_TSTRING)
        wdt_misuse(L, name, i, "a string");
    text.bytes = lua_tolstring(L, i, &text.n);
    return text;
}

/* core.md5(text) -> 32 hex digits | nil, err, code */
int wdt_digest_md5(lua_State *L)
{
    const wdt_span none = {NULL, 0}, text = text_check(L, 1, "text");
    return wdt_digest_push(L, WDT_DIGEST_MD5, none, text, 0);
}

/* core.hmac_sha256(key, text) -> 64 hex digits | nil, err, code */
int wdt_digest_hmac_sha256(lua_State *L)
{
    const wdt_span key = text_check(L, 1, "key"), text = text_check(L, 2, "text");
    return wdt_digest_push(L, WDT_DIGEST_HMAC_SHA256, key, text, 0);
}
