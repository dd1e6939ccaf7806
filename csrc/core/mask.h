/* Keyed hashes in the place of personal values: the same bytes and key, the same text, always. It
 * is the bytes that count, and nothing is normalised: a number that is sent as 1 here and as 1.0
 * there has two hashes. Personal values are texts, and in a text no spelling may be taken for
 * another. */
#ifndef WDT_MASK_H
#define WDT_MASK_H

#include <stddef.h>

#include <openssl/evp.h>

#define WDT_MASK_PREFIX "mask-"
#define WDT_MASK_HEX    32 /* digits: 128 bits */
#define WDT_MASK_SIZE                                                                              \
    (sizeof WDT_MASK_PREFIX - 1 + WDT_MASK_HEX) /* 37: columns for such values hold 40 */

typedef struct wdt_masker {
    EVP_MD_CTX *context;                /* owned; NULL: there is no key */
    unsigned char inner[64], outer[64]; /* the padded key of HMAC */
} wdt_masker;

/* Takes the key: HMAC-SHA-256 under it of "wdt mask 1" is what values are hashed with. 0, or -1
 * when OpenSSL can't. */
int wdt_mask_begin(wdt_masker *masker, const char *key, size_t n);
void wdt_mask_end(wdt_masker *masker);
/* Writes WDT_MASK_SIZE bytes: the prefix and the first 128 bits of the HMAC in hexadecimal. 0, or
 * -1 when OpenSSL can't. */
int wdt_mask_text(wdt_masker *masker, const char *bytes, size_t n, char *out);

#endif
