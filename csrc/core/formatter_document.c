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
#include "formatter.h"

#include <string.h>

/* The row that is being read. */
typedef struct document {
    lua_State *L;
    wdt_formatter *f;
    const char *end;         /* of the row */
    char *extra, *extra_end; /* where strings without their escapes go */
    size_t members;
} document;

/* Makes room for `n` items of a block; raises when memory runs out. */
static void *block_grow(document *d, void *block, size_t *size, size_t n, size_t item)
{
    size_t fresh = *size < 64 ? 64 : *size;
    if (n <= *size)
        return block;
    while (fresh < n) {
        if (fresh > SIZE_MAX / 4 / item)
            luaL_error(d->L, "not enough memory");
        fresh *= 2;
    }
    block = d->f->alloc(d->f->ud, block, *size * item, fresh * item);
    if (block == NULL)
        luaL_error(d->L, "not enough memory");
    *size = fresh;
    return block;
}

/* ---- values ---- */

/* Reads the string at p into the cell. Returns where it ends, or NULL. */
static const char *string_take(document *d, const char *p, wdt_text_cell *cell)
{
    wdt_flaw flaw = {NULL, NULL};
    wdt_string string;
    p = wdt_string_read(p + 1, &string, &flaw);
    if (p == NULL)
        return NULL;
    cell->bytes = string.bytes;
    cell->n = string.n;
    if (string.escaped) {
        char *end = NULL;
        if ((size_t)(d->extra_end - d->extra) >= string.n)
            end = wdt_string_decode(&string, d->extra, &flaw);
        if (end == NULL)
            return NULL;
        cell->bytes = d->extra;
        cell->n = (size_t)(end - d->extra);
        d->extra = end;
    }
    return p;
}

/* Reads the number at p into the cell: as the table would have it. Returns as above. */
static const char *number_take(document *d, const char *p, wdt_text_cell *cell)
{
    wdt_number number;
    const wdt_number_kind kind = wdt_number_read(p, &number);
    cell->bytes = p;
    cell->n = (size_t)(number.end - p);
    if (kind == WDT_NUMBER_FLAW)
        return NULL;
    if (kind == WDT_NUMBER_REAL) {
        if (d->extra_end - d->extra < WDT_NUMBER_ROOM)
            return NULL;
        cell->bytes = d->extra;
        cell->n = wdt_formatter_number(number.real, d->extra);
        d->extra += cell->n;
    }
    return number.end;
}

/* Reads a value of a column into its cell; a null is as good as no member. Returns where it ends,
 * or NULL where it is a table, or nothing. */
static const char *value_take(document *d, const char *p, wdt_text_cell *cell)
{
    if (*p == '"')
        return string_take(d, p, cell);
    if (*p == 'n' && memcmp(p, "null", 4) == 0)
        return p + 4;
    if ((*p == 't' && memcmp(p, "true", 4) == 0) || (*p == 'f' && memcmp(p, "false", 5) == 0)) {
        cell->bytes = p;
        cell->n = *p == 't' ? 4 : 5;
        return p + cell->n;
    }
    return *p == '-' || (*p >= '0' && *p <= '9') ? number_take(d, p, cell) : NULL;
}

/* Passes over a value that has no column. Returns where it ends, or NULL. */
static const char *value_pass(const document *d, const char *p)
{
    p = wdt_scan_skip(p, d->end, WDT_DEPTH_MAX - 2);
    return p != NULL && p <= d->end ? p : NULL;
}

/* ---- objects ---- */

static const char *members_read(document *d, const char *p);

/* Reads the value of a name in the row, or in a member of the list: the cells of either begin at
 * index `base`. Returns where it ends, or NULL. */
static const char *field_read(document *d, const char *p, wdt_name *name, int is_inner, size_t base)
{
    const wdt_formatter *f = d->f;
    if (name == NULL) /* Lua tells of it, unless it is null */
        return is_inner || f->takes_any || memcmp(p, "null", 4) == 0 ? value_pass(d, p) : NULL;
    if (name->place >= 0)
        return value_take(d, p, &f->cells[base + (size_t)name->place]);
    return name->place == WDT_PLACE_EXPLODE ? members_read(d, p) : value_pass(d, p);
}

/* Reads the object at p, whose cells begin at index `base` and are empty. Returns where it ends, or
 * NULL. */
static const char *object_read(document *d, const char *p, wdt_names *names, size_t base)
{
    const int is_inner = names == &d->f->inner;
    const uint64_t stamp = ++d->f->objects;
    wdt_names_begin(names);
    p = wdt_skip_space(p + 1);
    if (*p == '}')
        return p + 1;
    for (;;) {
        wdt_flaw flaw = {NULL, NULL};
        wdt_string key;
        wdt_name *name;
        if (*p != '"')
            return NULL;
        p = wdt_string_read(p + 1, &key, &flaw);
        if (p == NULL || key.escaped)
            return NULL;
        p = wdt_skip_space(p);
        if (*p != ':')
            return NULL;
        p = wdt_skip_space(p + 1);
        name = wdt_names_find(names, key.bytes, key.n);
        if (name != NULL) {
            if (name->seen == stamp) /* twice: Lua knows which counts */
                return NULL;
            name->seen = stamp;
        }
        p = field_read(d, p, name, is_inner, base);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        if (*p == '}')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = wdt_skip_space(p + 1);
    }
}

/* Reads a member of the list at p, which has no cells if it is no object. Returns as above. */
static const char *member_read(document *d, const char *p)
{
    wdt_formatter *f = d->f;
    const size_t base = f->outer_n + d->members * f->inner_n;
    wdt_text_cell unused;
    f->cells = block_grow(d, f->cells, &f->cells_size, base + f->inner_n, sizeof *f->cells);
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
    wdt_text_cell unused;
    if (*p == '{')
        return member_read(d, p);
    if (*p != '[')
        return value_take(d, p, &unused);
    p = wdt_skip_space(p + 1);
    if (*p == ']')
        return p + 1;
    for (;;) {
        p = member_read(d, p);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = wdt_skip_space(p + 1);
    }
}

/* ---- lines ---- */

/* Adds the line of a member; of none, its cells are empty. The cells of a line are bytes of the
 * copy, each of which is in one of them at most. */
static void line_add(document *d, size_t member)
{
    wdt_formatter *f = d->f;
    const size_t most =
        WDT_CELL_ROOM((size_t)(d->extra - f->copy)) + f->columns_n * (WDT_CELL_ROOM(0) + 1) + 2;
    char *out = wdt_formatter_room(d->L, f, most);
    const wdt_text_cell *inner = f->cells + f->outer_n + member * f->inner_n;
    for (unsigned i = 0; i < f->columns_n; i++) {
        const wdt_column *c = &f->columns[i];
        const wdt_text_cell *cell = c->is_inner ? inner + c->place : f->cells + c->place;
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
    f->copy = block_grow(d, f->copy, &f->copy_size, room, 1);
    memcpy(f->copy, p, n);
    memset(f->copy + n, 0, WDT_PAD / 2);
    memset(f->copy + n + WDT_PAD / 2, '"', WDT_PAD / 2);
    d->end = f->copy + n;
    d->extra = f->copy + n + WDT_PAD;
    d->extra_end = f->copy + f->copy_size - WDT_PAD;
    return f->copy;
}

int wdt_formatter_add_document(lua_State *L, wdt_formatter *f, const char *p, size_t n)
{
    document d = {L, f, NULL, NULL, NULL, 0};
    size_t member = 0;
    if (!f->is_plain || n > INT32_MAX / 4)
        return -1;
    p = wdt_skip_space(row_copy(&d, p, n));
    f->cells = block_grow(&d, f->cells, &f->cells_size, f->outer_n + 1, sizeof *f->cells);
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
