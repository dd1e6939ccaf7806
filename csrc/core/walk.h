/* Steps over a row that is JSON, for those who put its values into cells without a table of Lua's:
 * core.formatter and core.laying.
 *
 *     for (int first = 1; !wdt_walk_ends(&p, '}', first); first = 0) {
 *         p = wdt_walk_name(p, names, stamp, &name);
 *         p = p != NULL ? where the value at p ends : NULL;
 *     }
 *
 * Whatever is not plain, such as a name that comes twice, ends the walk with NULL: such a row is
 * for Lua to decode. The bytes are a copy behind which more may be read, as those in a reader's
 * buffer (reader.h). */
#ifndef WDT_WALK_H
#define WDT_WALK_H

#include "names.h"

/* Where made-up texts go: such as a string without its escapes. */
typedef struct wdt_extra {
    char *at, *end;
} wdt_extra;

/* Reads the string at p, whose bytes are its own or, where it has escapes, made up in `extra` with
 * a zero after them. Returns where it ends, or NULL. */
static inline const char *wdt_walk_string(const char *p, wdt_extra *extra, wdt_span *out)
{
    wdt_flaw flaw = {NULL, NULL};
    wdt_string string;
    char *end;
    p = wdt_string_read(p + 1, &string, &flaw);
    if (p == NULL)
        return NULL;
    out->bytes = string.bytes;
    out->n = string.n;
    if (!string.escaped)
        return p;
    if ((size_t)(extra->end - extra->at) <= string.n)
        return NULL;
    end = wdt_string_decode(&string, extra->at, &flaw);
    if (end == NULL)
        return NULL;
    *end = 0;
    out->bytes = extra->at;
    out->n = (size_t)(end - extra->at);
    extra->at = end;
    return p;
}

/* Passes over the value at p, of which nothing is wanted. Returns where it ends, `end` at the
 * latest, or NULL. */
static inline const char *wdt_walk_over(const char *p, const char *end)
{
    p = wdt_scan_skip(p, end, WDT_DEPTH_MAX - 2);
    return p != NULL && p <= end ? p : NULL;
}

/* Returns true at the end of an object or list, which `close` says, or of the walk: *p is then
 * where it ends, or NULL. Else *p stands at the next member or item. `first`: none has been read.
 */
static inline int wdt_walk_ends(const char **p, char close, int first)
{
    const char *at = *p;
    if (at == NULL)
        return 1;
    at = wdt_skip_space(at + first);
    if (*at == close) {
        *p = at + 1;
        return 1;
    }
    if (first) {
        *p = at;
        return 0;
    }
    *p = *at == ',' ? wdt_skip_space(at + 1) : NULL;
    return *p == NULL;
}

/* Reads the name at p and what separates it from its value. `stamp` is of no object before, by
 * which a name that comes twice is found. Returns where the value begins, or NULL; *name is NULL
 * where the set has none such. */
static inline const char *wdt_walk_name(const char *p, wdt_names *names, uint64_t stamp,
                                        wdt_name **name)
{
    wdt_flaw flaw = {NULL, NULL};
    wdt_string key;
    if (*p != '"')
        return NULL;
    p = wdt_string_read(p + 1, &key, &flaw);
    if (p == NULL || key.escaped)
        return NULL;
    p = wdt_skip_space(p);
    if (*p != ':')
        return NULL;
    *name = wdt_names_find(names, key.bytes, key.n);
    if (*name != NULL) {
        if ((*name)->seen == stamp)
            return NULL;
        (*name)->seen = stamp;
    }
    return wdt_skip_space(p + 1);
}

#endif
