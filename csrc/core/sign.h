/* Parameters in the order in which they are signed: sign.c and sign_qimen.c share this. The bytes
 * of names and values stay where Lua has them, in the caller's tables, which the caller keeps on
 * the stack while they are used. */
#ifndef WDT_SIGN_H
#define WDT_SIGN_H

#include "core.h"

/* A parameter to be signed. The bytes belong to strings that the caller's tables hold, or are
 * `digits`. */
typedef struct wdt_sign_entry {
    const char *key, *value;
    size_t key_n, value_n;
    char digits[24];
} wdt_sign_entry;

/* Orders entries by the bytes of their keys, for qsort. */
int wdt_sign_compare(const void *a, const void *b);
/* Sorts entries; only then may their values be read. */
void wdt_sign_sort(wdt_sign_entry *entries, size_t n);
/* Collects the entries of the table at `params` except `sign`; pushes the userdata that owns them.
 * `extra` more have room. */
wdt_sign_entry *wdt_sign_collect(lua_State *L, int params, const char *parameter, size_t extra,
                                 size_t *count);
/* Returns the string at index i, or raises at the caller. */
const char *wdt_sign_secret(lua_State *L, int i, const char *name, size_t *n);
/* Copies n bytes: returns where the next ones go. */
char *wdt_sign_put(char *out, const char *bytes, size_t n);

#endif
