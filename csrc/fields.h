/* Which members of a row are wanted. */
#ifndef WDT_FIELDS_H
#define WDT_FIELDS_H

#include "compat.h"
#include "json.h"

#define WDT_KEYS_MAX 8       /* names in `keys` */
#define WDT_FIELDS_MAX 1024  /* names in all paths of `fields` and `keys` together */

typedef enum { WDT_SKIP, WDT_SOME, WDT_WHOLE } wdt_want;

/* A name in the tree of wanted fields. Node 0 is the row itself; 0 as a link means none. */
typedef struct wdt_field {
    wdt_span name;
    wdt_want want;        /* WDT_SOME: only what the children say */
    int slot;             /* index in `keys`, or -1 */
    unsigned child, next;
} wdt_field;

typedef struct wdt_fields {
    wdt_field *nodes;     /* owned, by lua_Alloc: the nodes, then the bytes of their names */
    size_t size;
    unsigned n;
} wdt_fields;

/* Reads the lists at stack indexes `fields` (or nil: everything) and `keys` (or nil); raises on misuse. With `keys_only` no
 * field is wanted. What it allocates is owned by *out from the first moment. Returns the number of keys. */
unsigned wdt_fields_read(lua_State *L, int fields, int keys, int keys_only, wdt_fields *out, wdt_alloc alloc, void *ud);
/* The child of `parent` with this name, or NULL. */
const wdt_field *wdt_fields_find(const wdt_fields *fields, const wdt_field *parent, const char *name, size_t n);

#endif
