/* Deviations of rows from their schema: counted, and the first names remembered. Names only, never
 * values: they are printed in reports. */
#ifndef WDT_DEVIATIONS_H
#define WDT_DEVIATIONS_H

#include "projection.h"

#define WDT_DEVIATIONS_MAX     32 /* names remembered */
#define WDT_DEVIATION_NAME_MAX 64 /* bytes of one; a longer one is only counted */

typedef enum {
    WDT_DEVIATION_UNKNOWN, /* a member the schema does not name */
    WDT_DEVIATION_MISSING, /* one that it names is not there */
    WDT_DEVIATION_RETYPED, /* a value that is not of its type */
    WDT_DEVIATION_KINDS
} wdt_deviation;

typedef struct wdt_deviations {
    uint64_t count[WDT_DEVIATION_KINDS]; /* in the rows handed out */
    uint64_t
        row[WDT_DEVIATION_KINDS]; /* in the row that is being built, which may come to nothing */
    /* Names, those of the row being built among them: they stay when it comes to nothing, for what
     * was learnt of its objects stays as well, and an object like a known one is counted without
     * being looked through for names. */
    unsigned n;
    struct {
        unsigned char kind, name_n;
        unsigned parent; /* node of the object it belongs to */
        char name[WDT_DEVIATION_NAME_MAX];
    } names[WDT_DEVIATIONS_MAX];
} wdt_deviations;

static inline void wdt_deviations_begin(wdt_deviations *f)
{
    for (unsigned i = 0; i < WDT_DEVIATION_KINDS; i++)
        f->row[i] = 0;
}

static inline void wdt_deviations_commit(wdt_deviations *f)
{
    for (unsigned i = 0; i < WDT_DEVIATION_KINDS; i++)
        f->count[i] += f->row[i];
}

/* One more, in an object of that node. */
void wdt_deviations_add(wdt_deviations *f, wdt_deviation kind, const wdt_projection *fields,
                        const wdt_field *node, const char *name, size_t n);
/* Pushes { unknown_fields, missing_fields, retyped_fields = counts, "unknown PATH", ... }. */
void wdt_deviations_push(lua_State *L, const wdt_deviations *f, const wdt_projection *fields);

#endif
