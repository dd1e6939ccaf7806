/* MD5 and HMAC of texts, as hexadecimal digits. */
#ifndef WDT_DIGEST_H
#define WDT_DIGEST_H

#include "compat.h"
#include "text.h"

typedef enum { WDT_DIGEST_MD5, WDT_DIGEST_HMAC_MD5, WDT_DIGEST_HMAC_SHA256 } wdt_digest;

/* Pushes the digest of `text`, under `key` for the HMACs, in lower-case or upper-case digits.
 * Returns 1, or 3 (nil, err, code) where OpenSSL refuses. */
int wdt_digest_push(lua_State *L, wdt_digest kind, wdt_span key, wdt_span text, int upper);

/* core.md5, core.hmac_sha256 */
int wdt_digest_md5(lua_State *L);
int wdt_digest_hmac_sha256(lua_State *L);

#endif
