/* Shapes: knowledge of the objects that stand at the same place of one row after another.
 *
 * A shape is the list of an object's names together with the exact bytes between its values. As
 * long as the bytes agree, a name need not be read, checked or pushed: one comparison of the bytes
 * between two values says that the next value belongs to the same name as last time. A shape
 * carries a Lua function that makes a table of that many members in one go.
 *
 * Some members hardly ever change: a shape that has served for a while gets a template, in which
 * their values are printed in advance. They are compared together with the bytes around them, and
 * the template's own constructor knows them.
 *
 * The one who sends the documents decides what there is to learn, so everything here is bounded.
 */
#ifndef WDT_SHAPE_H
#define WDT_SHAPE_H

#include "compat.h"
#include "projection.h"
#include "text.h"

#define WDT_SITES_MAX  64 /* places remembered */
#define WDT_SHAPES_MAX 4  /* shapes remembered of one place */
/* Members of a shape: a Lua function has at most 200 parameters. */
#define WDT_SHAPE_FIELDS_MAX 190
#define WDT_SHAPE_BYTES_MAX  32768  /* bytes between the values of one shape */
#define WDT_SHAPES_BYTES_MAX 524288 /* memory of all shapes together */
#define WDT_LEARN_CREDIT     32     /* shapes that may be learnt at once ... */
#define WDT_LEARN_OBJECTS    64     /* ... and the objects after which one more may be learnt */
#define WDT_LEARN_SHARE      4      /* objects that no shape served count for one of them */
#define WDT_CONSTANT_MAX     24     /* bytes of a value that can be printed in a template */
#define WDT_LENGTH_MAX       31     /* bytes of a string whose end can be guessed ... */
#define WDT_LENGTH_NONE      63     /* ... and what stands for any length */
#define WDT_TRAINING         16     /* objects after which a shape gets its template */
#define WDT_CONSTANTS_MIN    4      /* constants that make a template worth having */
/* Objects that did not fit a template, before it is made anew without the members that changed,
 * unless WDT_MISSES_SHARE times as many did fit. */
#define WDT_MISSES_MAX   8
#define WDT_MISSES_SHARE 8
/* Members or items that a table is made for in advance, at most: a size that was once large must
 * not make every later table large. */
#define WDT_PRESIZE_MAX 256

/* The registry's name of the constructors that decoders share, by their source; weak. */
#define WDT_CONSTRUCTORS_TYPE "wdt.constructors"

struct wdt_site;

/* How a string of a member is treated: looked at closer, pushed, passed over, or read as its type
 * says. */
typedef enum {
    WDT_STRING_USE_SPECIAL,
    WDT_STRING_USE_PUSH,
    WDT_STRING_USE_PASS,
    WDT_STRING_USE_CONVERT
} wdt_string_use;

/* A member of a shape; the last one stands for the closing brace. */
typedef struct wdt_member {
    /* The bytes before its value, after the value before (or from the brace on): an offset into the
     * shape's `bytes`. */
    uint32_t gap, gap_n;
    /* Its name, without escapes: an offset as well. */
    uint32_t name, name_n;
    wdt_want want;
    int slot; /* see wdt_field */
    wdt_string_use string;
    unsigned argument;      /* which argument of the constructor it is, when it is wanted */
    const wdt_field *field; /* what is known and wanted of it, NULL: nothing is known */
    struct wdt_site *site;  /* its objects, NULL as long as none were seen */
    unsigned char varies;   /* it has had two values, or one that cannot be a constant */
    unsigned char mixed;    /* it has had a value that is no string */
    unsigned char ragged;   /* it has had values of different lengths, or a long one */
    unsigned char length;   /* bytes of its last value, as JSON; 0: none seen */
    unsigned char value_n;  /* bytes of its only value so far, as JSON; 0: none seen */
    /* That value and a zero. Readers may look at WDT_PAD bytes from here: a member follows, the
     * shape's bytes, and its padding. */
    char value[WDT_CONSTANT_MAX + 1];
} wdt_member;

/* A member of a shape that changes; the last one stands for the closing brace. If all it has had so
 * far were strings to be pushed or passed over, its quotes are part of the gaps around it: then
 * nothing but its end need be looked for. */
typedef struct wdt_step {
    const char
        *gap; /* the bytes between it and the changing member before it, constants included */
    uint32_t gap_n;
    unsigned member;       /* its index in the shape */
    wdt_string_use string; /* what to do with what stands between the quotes;
                              WDT_STRING_USE_SPECIAL: they are not in the gaps */
    unsigned length;       /* bytes that so far stood between the quotes, or WDT_LENGTH_NONE */
    unsigned position; /* its place among the arguments of the template's constructor, when it is
                          wanted */
} wdt_step;

typedef struct wdt_template {
    size_t size; /* of this block of memory */
    int ready;   /* its constructor is in the table */
    unsigned n, arguments;
    unsigned hits, misses;
    wdt_step *steps; /* n + 1; within this block, as are the bytes */
    char *bytes;
} wdt_template;

typedef struct wdt_shape {
    size_t size; /* of this block of memory: the struct, its members, their bytes, padding */
    int ref; /* its constructor's index in the table of constructors; its template's stands after it
              */
    unsigned n, arguments;
    unsigned unknown, missing; /* wanted members that the schema does not name; those it names that
                                  are not there */
    unsigned training;         /* objects until it gets a template; 0: it has had its chance */
    wdt_template *template;    /* owned, or NULL */
    wdt_member *members;       /* n + 1; within this block, as are the bytes */
    char *bytes;               /* the gaps, one after the other, then the names */
} wdt_shape;

/* A place in a row: the row itself, or a member of an object at another place. The items of a list
 * share its place. */
typedef struct wdt_site {
    struct wdt_site *child, *next; /* among `sites` of wdt_shapes */
    const char *name;              /* name_n bytes after the site, in its block; the row has none */
    size_t name_n;
    wdt_shape *shapes[WDT_SHAPES_MAX]; /* owned; the one that served last comes first */
    unsigned n, arguments;             /* arguments: the most that a shape takes */
    unsigned members, items;           /* of the last object and the last list: sizes to expect */
} wdt_site;

typedef struct wdt_shapes {
    wdt_alloc alloc;
    void *ud;
    const wdt_projection *fields; /* the decoder's, as the allocator's `ud` is the state's */
    wdt_site row;
    wdt_site *sites[WDT_SITES_MAX]; /* the first is the row; the others are owned */
    unsigned n;
    wdt_shape *draft;   /* owned: the one that is being learnt */
    int null_is_absent; /* a null can be a constant */
    int has_datetime;   /* a function makes something of times */
    size_t size;        /* of all that is owned */
    unsigned refs, credit;
    unsigned worth; /* of the objects since the last credit: see wdt_shapes_earn */
} wdt_shapes;

void wdt_shapes_init(wdt_shapes *shapes, const wdt_projection *fields, wdt_alloc alloc, void *ud);
void wdt_shapes_free(wdt_shapes *shapes);

/* Remembers `object` as a shape of `site`, if it may; the constructor goes into the
 * table at stack index `table`. `node` says what is wanted of it, NULL everything. Raises only when
 * Lua's memory runs out, and then nothing has changed. */
void wdt_shapes_learn(wdt_shapes *shapes, lua_State *L, int table, wdt_site *site,
                      const wdt_field *node, wdt_span object);

/* The place of a member of the objects at `site`, NULL when there is no room to remember it. */
wdt_site *wdt_site_child(wdt_shapes *shapes, wdt_site *site, const char *name, size_t n);

/* Another shape of the site that agrees with `shape` before member i, and whose gap before member i
 * stands at p. */
wdt_shape *wdt_site_variant(const wdt_site *site, const wdt_shape *shape, unsigned i,
                            const char *p);

/* Moves a shape of the site, which is not the first, to the front. */
void wdt_shape_lead(wdt_site *site, wdt_shape *shape);

/* Counts an object towards the credit: WDT_LEARN_SHARE if a shape served it, else 1. Those count as
 * well, or else a page of odd objects, which spends all credit and leaves no shape that serves,
 * would end learning for good; but they count less, for most of what is learnt then is in vain. */
static inline void wdt_shapes_earn(wdt_shapes *shapes, unsigned worth)
{
    shapes->worth += worth;
    if (shapes->worth >= WDT_LEARN_OBJECTS * WDT_LEARN_SHARE) {
        shapes->worth = 0;
        shapes->credit += shapes->credit < WDT_LEARN_CREDIT;
    }
}

/* The shape has served: it is tried first the next time, for objects of one kind mostly come in
 * runs. Inline: every object that is built ends with it. */
static inline void wdt_shape_served(wdt_shapes *shapes, wdt_site *site, wdt_shape *shape)
{
    if (site->shapes[0] != shape)
        wdt_shape_lead(site, shape);
    wdt_shapes_earn(shapes, WDT_LEARN_SHARE);
}

/* Pushes the Lua function that makes a table from the arguments of a shape, or of its template; -1
 * if Lua will not have it. */
int wdt_template_push_constructor(lua_State *L, const wdt_shape *shape,
                                  const wdt_template *template);
/* Makes the table of the constructors that decoders share. */
void wdt_template_register(lua_State *L);
/* A value of a member, the JSON bytes [value, end): whether it is always the same. */
void wdt_member_observe(wdt_member *member, const char *value, const char *end);
/* Makes a template of what a shape's members have been so far, if it may and if it is worth while;
 * the constructor goes into the table at stack index `table`. Takes the place of an older one. */
void wdt_template_make(wdt_shapes *shapes, lua_State *L, int table, wdt_shape *shape);
void wdt_template_drop(wdt_shapes *shapes, wdt_shape *shape);

#endif
