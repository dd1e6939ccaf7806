/* The plan of a core.laying: its tables, what stands under each name in their rows, and the cells
 * laid out so far. */
#ifndef WDT_LAYING_PLAN_H
#define WDT_LAYING_PLAN_H

#include "laying.h"

#define WDT_LAID_TABLES 64
#define WDT_LAYING_KEEP 4194304 /* bytes of a buffer kept between two batches */

/* The use of a name in the rows of a table: a column, a list, or the version of the row without a
 * column. */
typedef struct wdt_laid_field {
    wdt_kind kind;
    int column; /* its place, from 0 on; -1: none */
    int list;   /* the table of its rows; -1: none */
} wdt_laid_field;

typedef struct wdt_laid_table {
    wdt_names names;        /* owned; places: indexes of fields */
    wdt_laid_field *fields; /* owned */
    unsigned fields_n;
    unsigned width;  /* cells of a row */
    unsigned own;    /* of them, the first, which are its key: those of its parent and a counter */
    uint64_t stamp;  /* rows that were ever begun */
    wdt_cell *cells; /* owned: width for each row */
    size_t rows, capacity; /* in rows */
} wdt_laid_table;

typedef struct wdt_laying {
    wdt_laid laid; /* first: how another module sees it */
    wdt_alloc alloc;
    void *ud;
    wdt_dialect dialect;
    char yes[8], no[8];
    wdt_laid_table tables[WDT_LAID_TABLES]; /* the first is that of the list */
    unsigned tables_n;
    int takes_any; /* a name without a column is passed over, whatever it holds */
    unsigned ids;  /* parts of the identity: cells 1 to ids of the first table */
    int modified, version_at, read_at, document_at; /* index of a field; columns; -1: none */
    char *bytes;                                    /* owned: documents and made-up texts */
    size_t bytes_n, bytes_size;
    size_t *first; /* owned: for each row and table the first of its rows there, and one more row */
    size_t rows, first_size;
    wdt_cell account, now;
    char *text; /* owned: what is being written */
    size_t text_size;
} wdt_laying;

/* Returns the argument `self`. */
wdt_laying *wdt_laying_check(lua_State *L);
/* Fills a zeroed plan in from the table at stack index 1; raises on misuse. */
void wdt_laying_read_plan(lua_State *L, wdt_laying *o);
/* Gives all memory back. */
void wdt_laying_free(wdt_laying *o);
/* Makes the row at p cells: the next row of the first table, and those of its lists. Its bytes are
 * the laying's own, and end at `end`. Returns where the row ends, or NULL where it is for Lua to
 * lay out; raises when memory runs out. */
const char *wdt_laying_put_row(lua_State *L, wdt_laying *o, const char *p, const char *end,
                               wdt_extra *extra, wdt_fitted *version);
/* Methods: laying_text.c. */
int wdt_laying_tuples(lua_State *L);
int wdt_laying_array(lua_State *L);

#endif
