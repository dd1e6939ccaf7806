/* What rows had that their schema does not say: counted, and the first names remembered. Names
 * only, never values. */
#ifndef WDT_FINDINGS_H
#define WDT_FINDINGS_H

#include "projection.h"

#define WDT_FINDINGS_MAX 32      /* names remembered */
#define WDT_FINDING_NAME_MAX 64  /* bytes of one; a longer one is only counted */

typedef enum {
    WDT_FOUND_UNKNOWN, /* a member the schema does not name */
    WDT_FOUND_MISSING, /* one that it names is not there */
    WDT_FOUND_RETYPED, /* a value that is not of its type */
    WDT_FOUND_KINDS
} wdt_found;

typedef struct wdt_findings {
    uint64_t count[WDT_FOUND_KINDS]; /* in the rows handed out */
    uint64_t row[WDT_FOUND_KINDS];   /* in the row that is being built, which may come to nothing */
    /* Names, those of the row being built among them: they stay when it comes to nothing, for what
     * was learnt of its objects stays as well, and an object like a known one is counted without
     * being looked through for names. */
    unsigned n;
    struct {
        unsigned char kind, name_n;
        unsigned parent;             /* node of the object it belongs to */
        char name[WDT_FINDING_NAME_MAX];
    } names[WDT_FINDINGS_MAX];
} wdt_findings;

static inline void wdt_findings_begin(wdt_findings *f)
{
    for (unsigned i = 0; i < WDT_FOUND_KINDS; i++)
        f->row[i] = 0;
}

static inline void wdt_findings_commit(wdt_findings *f)
{
    for (unsigned i = 0; i < WDT_FOUND_KINDS; i++)
        f->count[i] += f->row[i];
}

/* One more, in an object of that node. */
void wdt_findings_add(wdt_findings *f, wdt_found kind, const wdt_fields *fields,
                      const wdt_field *node, const char *name, size_t n);
/* Pushes { unknown_fields, missing_fields, retyped_fields = counts, "unknown PATH", ... }. */
void wdt_findings_push(lua_State *L, const wdt_findings *f, const wdt_fields *fields);

#endif
