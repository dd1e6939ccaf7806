/* The interfaces that the files of wdt.core share: values, options, and the functions that
 * module.c registers. What is about bytes alone, without Lua, has headers of its own (reader.h,
 * scan.h, text.h, convert.h). */
#ifndef WDT_CORE_H
#define WDT_CORE_H

#include "args.h"
#include "compat.h"
#include "deviations.h"
#include "mask.h"
#include "shape.h"
#include "sink.h"

/* ---- value.c: JSON to Lua values ---- */

/* Where value.c finds things on the Lua stack of the call that it serves. It owns nothing: all that
 * it points to is the decoder's, which outlives the call, and the stack's. */
typedef struct wdt_value {
    lua_State *L;
    wdt_projection *fields;
    const wdt_projection *wanted; /* of a row as JSON, NULL: all of it */
    wdt_shapes *shapes;
    wdt_deviations *deviations; /* NULL when there is no schema */
    wdt_masker *masker;
    wdt_day *day;
    int constructors; /* the table of the shapes' constructors */
    int array_mt;     /* the arrays' metatable */
    int null;         /* the value for null in objects, 0: absent */
    int datetime;     /* the function for times, 0: none */
    int slots;        /* the first of the values after the row */
    char **scratch;   /* owned by the decoder: for strings without their escapes */
    size_t *scratch_size;
    wdt_alloc alloc;
    void *ud;
    unsigned depth;       /* containers open now ... */
    unsigned depth_limit; /* ... and at most */
    wdt_span piece;       /* what is being decoded */
    wdt_flaw flaw;        /* what is wrong with it */
    /* The function for times has raised: its error stands in its place on the stack. */
    int raised;
} wdt_value;

/* Pushes the value of b->piece. 0, or -1 and b->flaw; then what stands on the stack is undefined.
 */
int wdt_value_build(wdt_value *b);
/* Pushes the row b->piece, of which only the wanted fields are built, and puts the values of
 * `keys` and the clock into their slots. Returns as wdt_value_build. */
int wdt_value_build_row(wdt_value *b);
/* Pushes a row that is likely complete but whose end is not known yet. Returns where it ends, or
 * NULL, which decides nothing: the row may just not be complete. */
const char *wdt_value_build_ahead(wdt_value *b);
/* Puts the values of `keys` and the clock into their slots and pushes nothing. */
int wdt_value_build_keys(wdt_value *b);
/* Puts the time that the clock shows into the first slot: epoch seconds of a text
 * (wdt_convert_time), of seconds or of milliseconds; nil for anything else. There must be a clock.
 */
void wdt_value_set_time(wdt_value *b);
/* Pushes the string token b->piece (a key). */
int wdt_value_build_key(wdt_value *b);
/* Pushes the bytes of b->piece without the whitespace between its tokens. */
int wdt_raw_build(wdt_value *b);
/* Pushes a row that is likely complete: see wdt_value_build_ahead. */
const char *wdt_raw_build_ahead(wdt_value *b);
/* Pushes the members of the row b->piece that b->wanted tells, as their bytes; and of a row that is
 * likely complete: see wdt_value_build_ahead. */
int wdt_raw_build_part(wdt_value *b);
const char *wdt_raw_build_part_ahead(wdt_value *b);
/* Room for n bytes in the scratch buffer; raises when memory runs out. */
char *wdt_value_scratch(wdt_value *b, size_t n);

/* ---- options.c: the options of a decoder, in the table at stack index `options`; all raise on
 * misuse ---- */

/* Every name in the table must be one of `names`, which end with NULL; `prefix` stands before it in
 * the error. */
void wdt_option_names(lua_State *L, int options, const char *const *names, const char *prefix);
/* Pushes an option, or nil. No metamethod is asked, so that no Lua runs inside. */
void wdt_option_push(lua_State *L, int options, const char *name);
/* Fills in all limits, the default where one is not given. */
void wdt_option_limits(lua_State *L, int options, wdt_limits *limits);
/* The path, cut at its dots; the reader keeps spans of *names, which the caller owns from the first
 * moment. */
void wdt_option_path(lua_State *L, int options, wdt_reader *reader, char **names, size_t *size);
/* The key of `mask`: there has to be one with it, and none without. */
void wdt_option_mask_key(lua_State *L, int options, wdt_masker *masker);
/* Returns true if rows are wanted as JSON. */
int wdt_option_as(lua_State *L, int options);
/* Reads what is known and wanted of members (see wdt_projection_read); with `raw` what is wanted
 * goes into a tree of its own, which has no node where that is everything. */
void wdt_option_projection(lua_State *L, int options, int raw, wdt_projection *fields,
                           wdt_projection *wanted, wdt_alloc alloc, void *ud);

/* ---- decoder.c, formatter.c, laying.c, sign.c, sign_qimen.c ---- */

#define WDT_ARRAY_TYPE "wdt.array" /* the registry's name of the arrays' metatable */

int wdt_decoder_new(lua_State *L);
void wdt_decoder_register(lua_State *L);
int wdt_formatter_new(lua_State *L);
int wdt_laying_new(lua_State *L);
void wdt_laying_register(lua_State *L);
void wdt_formatter_register(lua_State *L);
int wdt_sign_enterprise(lua_State *L);
int wdt_sign_ultimate(lua_State *L);
int wdt_sign_top(lua_State *L);
int wdt_sign_nested(lua_State *L);

#endif
