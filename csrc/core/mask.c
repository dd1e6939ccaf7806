/* Hashes personal values: HMAC-SHA-256 (RFC 2104) by hand over one digest context. Begun again
 * with the same digest a context allocates nothing, which the interfaces that OpenSSL offers for
 * HMAC, in one version or another, all do.
 *
 *     key "k", text "13812345678"  ->  "mask-" and the first 32 hex digits of the HMAC
 *
 * The hash is keyed with a value derived from the user's key, so that it is of no use as another
 * HMAC under the same key. */
#include "mask.h"

#include <string.h>

#include <openssl/crypto.h>

#define SHA256_SIZE 32
#define LABEL       "wdt mask 1"

/* Hashes `pad` and n bytes into `out`. 0, or -1 when OpenSSL refuses. */
static int masker_digest(EVP_MD_CTX *context, const unsigned char *pad, const void *bytes, size_t n,
                         unsigned char *out)
{
    return EVP_DigestInit_ex(context, NULL, NULL) == 1 && EVP_DigestUpdate(context, pad, 64) == 1 &&
                   EVP_DigestUpdate(context, bytes, n) == 1 &&
                   EVP_DigestFinal_ex(context, out, NULL) == 1
               ? 0
               : -1;
}

/* HMAC: the hash of the outer pad and the hash of the inner pad and the bytes. */
static int masker_hmac(wdt_masker *masker, const void *bytes, size_t n, unsigned char *out)
{
    if (masker_digest(masker->context, masker->inner, bytes, n, out) != 0)
        return -1;
    return masker_digest(masker->context, masker->outer, out, SHA256_SIZE, out);
}

/* Pads a key of at most 64 bytes with zeros, in both ways that HMAC wants. */
static void masker_set_key(wdt_masker *masker, const unsigned char *key, size_t n)
{
    for (size_t i = 0; i < 64; i++) {
        const unsigned char byte = i < n ? key[i] : 0;
        masker->inner[i] = byte ^ 0x36;
        masker->outer[i] = byte ^ 0x5c;
    }
}

int wdt_mask_begin(wdt_masker *masker, const char *key, size_t n)
{
    unsigned char derived[SHA256_SIZE];
    int result = -1;
    masker->context = EVP_MD_CTX_new();
    if (masker->context == NULL || EVP_DigestInit_ex(masker->context, EVP_sha256(), NULL) != 1)
        return -1;
    if (n <= 64) {
        masker_set_key(masker, (const unsigned char *)key, n);
    } else { /* a long key is hashed first */
        if (EVP_DigestUpdate(masker->context, key, n) != 1 ||
            EVP_DigestFinal_ex(masker->context, derived, NULL) != 1)
            return -1;
        masker_set_key(masker, derived, sizeof derived);
    }
    if (masker_hmac(masker, LABEL, sizeof LABEL - 1, derived) == 0) {
        masker_set_key(masker, derived, sizeof derived);
        result = 0;
    }
    OPENSSL_cleanse(derived, sizeof derived);
    return result;
}

/* The keys are wiped: memory that is given back may be read by another. */
void wdt_mask_end(wdt_masker *masker)
{
    EVP_MD_CTX_free(masker->context);
    masker->context = NULL;
    OPENSSL_cleanse(masker->inner, sizeof masker->inner);
    OPENSSL_cleanse(masker->outer, sizeof masker->outer);
}

int wdt_mask_text(wdt_masker *masker, const char *bytes, size_t n, char *out)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char code[SHA256_SIZE];
    if (masker_hmac(masker, bytes, n, code) != 0)
        return -1;
    memcpy(out, WDT_MASK_PREFIX, sizeof WDT_MASK_PREFIX - 1);
    out += sizeof WDT_MASK_PREFIX - 1;
    for (unsigned i = 0; i < WDT_MASK_HEX / 2; i++) {
        *out++ = hex[code[i] >> 4];
        *out++ = hex[code[i] & 15];
    }
    return 0;
}
