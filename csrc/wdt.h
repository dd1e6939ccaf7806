/* What the files of wdt.core share. */
#ifndef WDT_H
#define WDT_H

#include "compat.h"
#include "json.h"
#include "sink.h"

/* ---- fields.c: which members of a row are wanted ---- */

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

/* Reads the lists at stack indexes `fields` (or nil: everything) and `keys` (or nil); raises on misuse. What it allocates
 * is owned by *out from the first moment. Returns the number of keys. */
unsigned wdt_fields_read(lua_State *L, int fields, int keys, int rows_whole, wdt_fields *out, wdt_alloc alloc, void *ud);
/* The child of `parent` with this name, or NULL. */
const wdt_field *wdt_fields_find(const wdt_fields *fields, const wdt_field *parent, const char *name, size_t n);

/* ---- build.c: JSON to Lua values ---- */

/* Where build.c finds things on the Lua stack of the call that it serves. */
typedef struct wdt_build {
    lua_State *L;
    const wdt_fields *fields;
    int array_mt;         /* the arrays' metatable */
    int null;             /* the value for null in objects, 0: absent */
    int slots;            /* the first of the values of `keys` */
    char **scratch;       /* owned by the decoder: for strings without their escapes */
    size_t *scratch_size;
    wdt_alloc alloc;
    void *ud;
    wdt_span piece;       /* what is being decoded */
    wdt_flaw flaw;        /* what is wrong with it */
} wdt_build;

/* Pushes the value of b->piece. 0, or -1 and b->flaw; then what stands on the stack is undefined. */
int wdt_build_value(wdt_build *b);
/* The same for a row, of which only the wanted fields are built, and the values of `keys` put into their slots. */
int wdt_build_row(wdt_build *b);
/* Puts the values of `keys` into their slots and pushes nothing. */
int wdt_build_keys(wdt_build *b);
/* Pushes the string token b->piece (a key). */
int wdt_build_key(wdt_build *b);
/* Pushes the bytes of b->piece without the whitespace between its tokens. */
int wdt_build_raw(wdt_build *b);
/* Whether b->piece is null. */
int wdt_build_is_null(const wdt_build *b);
/* Room for n bytes in the scratch buffer; raises when memory runs out. */
char *wdt_build_scratch(wdt_build *b, size_t n);

/* ---- decoder.c, sign.c ---- */

#define WDT_ARRAY_TYPE "wdt.array" /* the registry's name of the arrays' metatable */

int wdt_decoder_new(lua_State *L);
void wdt_decoder_register(lua_State *L);
int wdt_sign_enterprise(lua_State *L);
int wdt_sign_ultimate(lua_State *L);

/* Raises at the caller: "parameter 'NAME' is VALUE, expected WHAT". The value at index i is described, never quoted: it may
 * be a secret. */
int wdt_misuse(lua_State *L, const char *name, int i, const char *expected);

#endif
