/* The parts of the recursive builder: value.c, value_scalar.c, value_typed.c and value_known.c
 * share this, and no other file includes it. A function that takes a place in the bytes returns the
 * place after what it has read, or NULL and b->flaw; `site` is the place in a row (NULL: not
 * remembered), `node` what is known and wanted there (NULL: nothing and everything). */
#ifndef WDT_VALUE_PARTS_H
#define WDT_VALUE_PARTS_H

#include "core.h"

/* An object that is being built. */
typedef struct wdt_object {
    const char *start;     /* its brace */
    wdt_site *site;        /* its place, or NULL */
    const wdt_field *node; /* the wishes for it, or NULL */
    int base;              /* stack index where the table goes; its values stand above */
} wdt_object;

/* Takes the escapes out of a string, into the scratch buffer. 0, or -1 and a flaw. */
int wdt_value_unescape(wdt_value *b, wdt_string *string);
/* Pushes the string, number or word at p. A null becomes the light userdata NULL here; of an
 * object's members only wdt_value_push_member decides what it is. */
const char *wdt_value_push_scalar(wdt_value *b, const char *p);
/* Pushes a string that has escapes in it, or flaws. */
const char *wdt_value_push_hard_string(wdt_value *b, const char *p);
/* Pushes the value of an object's member. */
const char *wdt_value_push_member(wdt_value *b, const char *p, wdt_site *site,
                                  const wdt_field *node);
/* Sets the flaw of the piece; returns NULL. */
const char *wdt_value_fail(wdt_value *b, const char *at, const char *what);
/* Reads the string whose opening quote stands at p, without its escapes: those were taken out into
 * the scratch buffer, which has room for WDT_PAD more bytes. */
const char *wdt_value_read_string(wdt_value *b, const char *p, wdt_string *string);
/* Pushes a number by the number rule; `kind` and `number` say what stands at p. */
void wdt_value_push_number(wdt_value *b, const char *p, wdt_number_kind kind,
                           const wdt_number *number);
/* Pushes the value of a member that a schema gives a type, or that is masked; the second, if it is
 * a string. */
const char *wdt_value_push_typed(wdt_value *b, const char *p, wdt_site *site,
                                 const wdt_field *field);
const char *wdt_value_push_typed_string(wdt_value *b, const char *p, const wdt_field *field);
/* Pushes a keyed hash in the place of a value other than null. */
const char *wdt_value_push_masked(wdt_value *b, const char *p);
/* Puts the member whose key and value are on the stack into the table below them. */
void wdt_value_set_member(wdt_value *b);
/* Puts the value on the top of the stack, whose first byte is `first`, into its slot, if it is a
 * scalar other than null. */
void wdt_value_fill_slot(wdt_value *b, int slot, char first);
/* Reads the value of a member that is not wanted in the row itself, and puts it into its slot. */
const char *wdt_value_read_slot(wdt_value *b, const char *p, int slot);
/* Pushes the value of a member that is wanted, as its node says, and puts it into its slot, if it
 * has one. */
const char *wdt_value_take(wdt_value *b, const char *p, wdt_site *site, const wdt_field *field);
/* The members of the object, from p on (after the brace, or after the n-th
 * value), name by name into the table on the top of the stack; then the object is remembered. The
 * first n are those of `shape`. */
const char *wdt_value_add_members(wdt_value *b, const wdt_object *object, const char *p,
                                  const wdt_shape *shape, unsigned n);
/* Pushes an object of a place where objects were seen before. Stack slots for all its members must
 * be there, twice. */
const char *wdt_value_push_known(wdt_value *b, const char *p, wdt_site *site,
                                 const wdt_field *node);
/* value_known.c, compiled for processors with AVX2. */
const char *wdt_value_push_known_avx2(wdt_value *b, const char *p, wdt_site *site,
                                      const wdt_field *node);

/* The size to make a table for, when its like was this large the last time. */
static inline int wdt_value_expect(unsigned last)
{
    return (int)(last < WDT_PRESIZE_MAX ? last : WDT_PRESIZE_MAX);
}

/* Pushes the string whose first byte stands at p: the place of its closing quote. Nearly all are
 * plain, and are pushed from where they stand. */
static WDT_ALWAYS_INLINE const char *wdt_value_push_text(wdt_value *b, const char *p)
{
    unsigned high = 0;
    const char *end = wdt_find_special(p, &high);
    const size_t n = (size_t)(end - p);
    if (*end != '"' || (high != 0 && !wdt_is_cjk(p, n) && wdt_utf8_check(p, end) != end)) {
        end = wdt_value_push_hard_string(b, p - 1);
        return end != NULL ? end - 1 : NULL;
    }
    lua_pushlstring(b->L, p, n);
    return end;
}

/* Pushes the string whose opening quote stands at p. */
static WDT_ALWAYS_INLINE const char *wdt_value_push_string(wdt_value *b, const char *p)
{
    p = wdt_value_push_text(b, p + 1);
    return p != NULL ? p + 1 : NULL;
}

/* Passes over a value no one wants. */
static inline const char *wdt_value_skip(wdt_value *b, const char *p)
{
    const char *after = wdt_scan_skip(p, b->piece.bytes + b->piece.n, b->depth_limit - b->depth);
    return after != NULL ? after : wdt_value_fail(b, p, "a value was expected");
}

#endif
