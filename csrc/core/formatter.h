/* core.formatter: what formatter.c (rows that are tables), formatter_document.c (rows that are
 * JSON) and formatter_cell.c (their cells) share. */
#ifndef WDT_FORMATTER_H
#define WDT_FORMATTER_H

#include "core.h"
#include "names.h"

#define WDT_NUMBER_ROOM 340 /* bytes of a number: no %.0f below 2^63 and no %.17g has as many */

/* A path of names, the first of which stands at index `first` of the table of names. */
typedef struct wdt_column {
    unsigned first, n;
    int is_inner; /* it begins with the list whose members are lines */
    int place;    /* of a row that is JSON: its cell among those of the row, or of a member */
} wdt_column;

typedef struct wdt_formatter {
    wdt_alloc alloc;
    void *ud;
    char *text; /* owned: the lines that are being written */
    size_t size, n;
    int excel;        /* digits that Excel would alter are written as ="…" */
    unsigned explode; /* index of the list's name in the table of names; 0: there is none */

    /* Of rows that are JSON. */
    int is_plain;            /* no path but a name in the row, or in a member of the list */
    int takes_any;           /* a name of the row without a column is passed over, whatever it is */
    wdt_names outer, inner;  /* owned; places: a cell, or one of the following */
    size_t outer_n, inner_n; /* cells of a row, of a member */
    wdt_span *cells;         /* owned: bytes of the copy; those of the row, then of each member */
    size_t cells_size;
    char *copy; /* owned: the row's bytes, and strings without their escapes */
    size_t copy_size;
    uint64_t objects; /* that were ever begun */

    unsigned columns_n;
    wdt_column columns[1]; /* columns_n of them; the table of names is the user value */
} wdt_formatter;

/* Places of names that are no cell's. */
enum { WDT_PLACE_ADMITTED = -1, WDT_PLACE_EXPLODE = -2 };

/* Bytes that a cell of n takes at most. */
#define WDT_CELL_ROOM(n) (2 * (n) + 8)

/* Makes room for n more bytes; raises when memory runs out. Returns where they go. */
char *wdt_formatter_room(lua_State *L, wdt_formatter *f, size_t n);
/* Writes a cell to where there is room for it; returns where it ends. */
char *wdt_formatter_put_cell(const wdt_formatter *f, const char *p, size_t n, char *out);
/* Writes a number in the fewest digits that say it; returns how many bytes. */
size_t wdt_formatter_number(double value, char *out);
/* Writes the lines of a row, the n bytes of JSON at p. Returns 0, or -1 where it is for Lua to
 * decode: it is no JSON, or no object, or holds an unknown name, or a table in a cell. */
int wdt_formatter_add_document(lua_State *L, wdt_formatter *f, const char *p, size_t n);

#endif
