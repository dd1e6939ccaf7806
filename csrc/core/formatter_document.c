/* core.formatter: a row that is JSON as lines of CSV, in one pass over its bytes and without a
 * table of Lua's.
 *
 *     columns { {"no"}, {"goods", "sku"} }, explode "goods"
 *     row     {"goods":[{"sku":"x"},{"sku":"y"}],"other":{},"no":"A,1"}
 *
 *     "A,1",x
 *     "A,1",y
 *
 * Fields come in any order, so that their places are noted first. Decoding the row and writing the
 * table (formatter.c) is the model that a spec holds this file against; whatever is not plain goes
 * that way. */
#include "block.h"
#include "formatter.h"
#include "walk.h"

#include <string.h>

/* The row that is being read. */
typedef struct document {
    lua_State *L;
    wdt_formatter *f;
    const char *end; /* of the row */
    wdt_extra extra;
    size_t members;
} document;

/* ---- values ---- */

/* Reads the number at p into the cell: as the table would have it. Returns where it ends, or NULL.
 */
static const char *number_take(document *d, const char *p, wdt_span *cell)
{
    wdt_number number;
    const wdt_number_kind kind = wdt_number_read(p, &number);
    cell->bytes = p;
    cell->n = (size_t)(number.end - p);
    if (kind == WDT_NUMBER_FLAW)
        return NULL;
    if (kind == WDT_NUMBER_REAL) {
        if (d->extra.end - d->extra.at < WDT_NUMBER_ROOM)
            return NULL;
        cell->bytes = d->extra.at;
        cell->n = wdt_formatter_number(number.real, d->extra.at);
        d->extra.at += cell->n;
    }
    return number.end;
}

/* Reads a value of a column into its cell; a null is as good as no member. Returns where it ends,
 * or NULL where it is a table, or nothing. */
static const char *value_take(document *d, const char *p, wdt_span *cell)
{
    if (*p == '"')
        return wdt_walk_string(p, &d->extra, cell);
    if (*p == 'n' && memcmp(p, "null", 4) == 0)
        return p + 4;
    if ((*p == 't' && memcmp(p, "true", 4) == 0) || (*p == 'f' && memcmp(p, "false", 5) == 0)) {
        cell->bytes = p;
        cell->n = *p == 't' ? 4 : 5;
        return p + cell->n;
    }
    return *p == '-' || (*p >= '0' && *p <= '9') ? number_take(d, p, cell) : NULL;
}

/* ---- objects ---- */

static const char *members_read(document *d, const char *p);

/* Reads the value of a name in the row, or in a member of the list: the cells of either begin at
 * index `base`. Returns where it ends, or NULL. */
static const char *field_read(document *d, const char *p, const wdt_name *name, int is_inner,
                              size_t base)
{
    const wdt_formatter *f = d->f;
    if (name == NULL) /* Lua tells of it, unless it is null */
        return is_inner || f->takes_any || memcmp(p, "null", 4) == 0 ? wdt_walk_over(p, d->end)
                                                                     : NULL;
    if (name->place >= 0)
        return value_take(d, p, &f->cells[base + (size_t)name->place]);
    return name->place == WDT_PLACE_EXPLODE ? members_read(d, p) : wdt_walk_over(p, d->end);
}

/* Reads the object at p, whose cells begin at index `base` and are empty. Returns as above. */
static const char *object_read(document *d, const char *p, wdt_names *names, size_t base)
{
    const int is_inner = names == &d->f->inner;
    const uint64_t stamp = ++d->f->objects;
    wdt_names_begin(names);
    for (int first = 1; !wdt_walk_ends(&p, '}', first); first = 0) {
        wdt_name *name;
        p = wdt_walk_name(p, names, stamp, &name);
        p = p != NULL ? field_read(d, p, name, is_inner, base) : NULL;
    }
    return p;
}

/* Reads a member of the list at p, which has no cells if it is no object. Returns as above. */
static const char *member_read(document *d, const char *p)
{
    wdt_formatter *f = d->f;
    const size_t base = f->outer_n + d->members * f->inner_n;
    wdt_span unused;
    f->cells = wdt_block_grow(d->L, f->alloc, f->ud, f->cells, &f->cells_size, base + f->inner_n,
                              sizeof *f->cells);
    memset(f->cells + base, 0, f->inner_n * sizeof *f->cells);
    d->members++;
    if (*p == '{')
        return object_read(d, p, &f->inner, base);
    return value_take(d, p, &unused);
}

/* Reads the members of the list at p; an object in its place is its only member. Returns as above.
 */
static const char *members_read(document *d, const char *p)
{
    wdt_span unused;
    if (*p == '{')
        return member_read(d, p);
    if (*p != '[')
        return value_take(d, p, &unused);
    for (int first = 1; !wdt_walk_ends(&p, ']', first); first = 0)
        p = member_read(d, p);
    return p;
}

/* ---- lines ---- */

/* Adds the line of a member; of none, its cells are empty. The cells of a line are bytes of the
 * copy, each of which is in one of them at most. */
static void line_add(document *d, size_t member)
{
    wdt_formatter *f = d->f;
    const size_t most =
        WDT_CELL_ROOM((size_t)(d->extra.at - f->copy)) + f->columns_n * (WDT_CELL_ROOM(0) + 1) + 2;
    char *out = wdt_formatter_room(d->L, f, most);
    const wdt_span *inner = f->cells + f->outer_n + member * f->inner_n;
    for (unsigned i = 0; i < f->columns_n; i++) {
        const wdt_column *c = &f->columns[i];
        const wdt_span *cell = c->is_inner ? inner + c->place : f->cells + c->place;
        if (i > 0)
            *out++ = ',';
        if (!c->is_inner || member < d->members)
            out = wdt_formatter_put_cell(f, cell->bytes, cell->n, out);
    }
    *out++ = '\r';
    *out++ = '\n';
    f->n = (size_t)(out - f->text);
}

/* Copies the row to where bytes may be read after its end, as end_bytes in reader.c has them. */
static const char *row_copy(document *d, const char *p, size_t n)
{
    wdt_formatter *f = d->f;
    const size_t room = 2 * n + 2 * WDT_NUMBER_ROOM + 3 * WDT_PAD;
    f->copy = wdt_block_grow(d->L, f->alloc, f->ud, f->copy, &f->copy_size, room, 1);
    memcpy(f->copy, p, n);
    memset(f->copy + n, 0, WDT_PAD / 2);
    memset(f->copy + n + WDT_PAD / 2, '"', WDT_PAD / 2);
    d->end = f->copy + n;
    d->extra.at = f->copy + n + WDT_PAD;
    d->extra.end = f->copy + f->copy_size - WDT_PAD;
    return f->copy;
}

int wdt_formatter_add_document(lua_State *L, wdt_formatter *f, const char *p, size_t n)
{
    document d = {L, f, NULL, {NULL, NULL}, 0};
    size_t member = 0;
    if (!f->is_plain || n > INT32_MAX / 4)
        return -1;
    p = wdt_skip_space(row_copy(&d, p, n));
    f->cells = wdt_block_grow(L, f->alloc, f->ud, f->cells, &f->cells_size, f->outer_n + 1,
                              sizeof *f->cells);
    memset(f->cells, 0, f->outer_n * sizeof *f->cells);
    if (*p != '{')
        return -1;
    p = object_read(&d, p, &f->outer, 0);
    if (p == NULL || wdt_skip_space(p) != d.end)
        return -1;
    do
        line_add(&d, member);
    while (++member < d.members);
    return 0;
}
