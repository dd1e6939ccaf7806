/* The members of a row that are known or wanted, as one tree of names: from `fields`, `keys`,
 * `clock`, `types` and `mask` of a decoder's options. A node says for a member, at whatever depth,
 * if it is wanted, its type, if it is masked, and the slot that its value goes into besides. */
#ifndef WDT_PROJECTION_H
#define WDT_PROJECTION_H

#include "compat.h"
#include "reader.h"
#include "convert.h"

#define WDT_KEYS_MAX 8 /* names in `keys` */
#define WDT_PROJECTION_MAX                                                                         \
    1024 /* names in all paths of `fields`, `keys`, `types` and `mask` together */

typedef enum { WDT_WANT_SKIP, WDT_WANT_SOME, WDT_WANT_WHOLE } wdt_want;

/* Which part of a value is replaced by a keyed hash: none; the members of it, and the value itself
 * where it holds none, for it may say as much in another way; the value, whatever it is. */
typedef enum { WDT_MASK_MODE_NONE, WDT_MASK_MODE_CHILDREN, WDT_MASK_MODE_WHOLE } wdt_mask_mode;

/* A name in the tree. Node 0 is the row itself; 0 as a link means none. */
typedef struct wdt_field {
    wdt_span name;
    wdt_want want; /* WDT_WANT_SOME: only what the children say */
    wdt_type type; /* as the schema says */
    wdt_mask_mode masked;
    int slot;          /* where its value goes that is handed out after the row, or -1 */
    int is_record;     /* the schema names its members ... */
    unsigned expected; /* ... and so many of those are wanted */
    unsigned parent, child, next;
    unsigned chain; /* the next one in its bucket */
    unsigned stamp; /* the object it was seen in last: see wdt_projection_see */
} wdt_field;

typedef struct wdt_projection {
    wdt_field *nodes; /* owned, by lua_Alloc: the nodes, the buckets, then the bytes of the names */
    unsigned *buckets;    /* the first node of each bucket, by a hash of parent and name */
    unsigned last_bucket; /* a power of two less one */
    size_t size;
    unsigned n;
    unsigned slots; /* values after a row: the time, if there is a clock, and those of `keys` */
    int clock; /* the slot that takes what the clock shows, -1 without one; the time goes into slot
                  0 */
    unsigned objects; /* that were looked through for what they lack */
} wdt_projection;

/* Where the options stand on the stack: lists `fields` (nil: everything), `keys` and `mask` (or
 * nil), the name `clock` (or nil), and `types` (or nil), a table from names to "any", "text", ...
 * or, for a list of records, to such a table. */
typedef struct wdt_projection_options {
    int fields, keys, clock, types, mask;
    int keys_only; /* no field is wanted */
} wdt_projection_options;

/* Reads the options; raises on misuse. What it allocates is owned by *out from the first moment. */
void wdt_projection_read(lua_State *L, const wdt_projection_options *options, wdt_projection *out,
                         wdt_alloc alloc, void *ud);
/* The child of `parent` with this name, or NULL. */
const wdt_field *wdt_projection_find(const wdt_projection *fields, const wdt_field *parent,
                                     const char *name, size_t n);

/* Returns the node that speaks of a member's own members, or NULL where there is nothing to say. */
static inline const wdt_field *wdt_field_inside(const wdt_field *field)
{
    return field != NULL && field->child != 0 ? field : NULL;
}

/* Returns how much is wanted of a member whose node is `field` (or NULL), in an object whose node
 * is `node`. */
static inline wdt_want wdt_field_want(const wdt_field *node, const wdt_field *field)
{
    return field != NULL                  ? field->want
           : node->want == WDT_WANT_WHOLE ? WDT_WANT_WHOLE
                                          : WDT_WANT_SKIP;
}

/* Returns true if the value is looked at before it is handed on, string or not. */
static inline int wdt_field_is_special(const wdt_field *field)
{
    return field != NULL && (field->masked != WDT_MASK_MODE_NONE || field->type > WDT_TYPE_ANY);
}

/* Returns true if a string is looked at before it is handed on. */
static inline int wdt_field_changes_strings(const wdt_field *field)
{
    return field != NULL && (field->masked != WDT_MASK_MODE_NONE || field->type > WDT_TYPE_DECIMAL);
}

/* Notes that a member was seen in the object of that number. */
static inline void wdt_projection_see(wdt_projection *fields, const wdt_field *field,
                                      unsigned object)
{
    fields->nodes[field - fields->nodes].stamp = object;
}

#endif
