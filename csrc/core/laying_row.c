/* A row that is JSON as the cells of tables: the part of core.laying (laying.c) that is done for
 * each byte. */
#include "block.h"
#include "laying_plan.h"

#include <string.h>

/* One row that is being laid out. */
typedef struct laying_row {
    lua_State *L;
    wdt_laying *o;
    const char *end; /* of its bytes */
    wdt_extra extra;
    wdt_fitted version;
} laying_row;

/* ---- values ---- */

/* Reads the string at p, without its escapes. Returns where it ends, or NULL. */
static const char *string_read(laying_row *r, const char *p, wdt_span *out)
{
    const char *made = r->extra.at;
    p = wdt_walk_string(p, &r->extra, out);
    if (p != NULL && r->extra.at != made &&
        (memchr(out->bytes, 0, out->n) != NULL ||
         wdt_utf8_check(out->bytes, r->extra.at) != r->extra.at)) /* half a character */
        return NULL;
    return p;
}

static void cell_put(const laying_row *r, wdt_cell *cell, const wdt_fitted *fitted)
{
    cell->form = fitted->form;
    cell->n = fitted->n;
    cell->at = (size_t)(fitted->bytes - r->o->bytes);
}

/* Copies a literal to where cells can point. Returns 0, or -1 where there is no room. */
static int literal_keep(laying_row *r, wdt_fitted *fitted)
{
    if ((size_t)(r->extra.end - r->extra.at) < fitted->n)
        return -1;
    memcpy(r->extra.at, fitted->bytes, fitted->n);
    fitted->bytes = r->extra.at;
    r->extra.at += fitted->n;
    return 0;
}

/* Lays a scalar out; NULL where it is for Lua to look at. */
static const char *scalar_put(laying_row *r, const char *p, const wdt_laid_field *field,
                              wdt_cell *cell, int is_version)
{
    const wdt_dialect *dialect = &r->o->dialect;
    wdt_fitted fitted;
    wdt_number number;
    wdt_span text;
    const char *end;
    if (*p == 't' || *p == 'f') {
        const int yes = *p == 't';
        if (is_version || memcmp(p, yes ? "true" : "false", yes ? 4 : 5) != 0 ||
            wdt_kind_fit_boolean(field->kind, dialect, yes, &fitted) != 0 ||
            literal_keep(r, &fitted) != 0)
            return NULL;
        cell_put(r, cell, &fitted);
        return p + (yes ? 4 : 5);
    }
    if (*p == '"') {
        end = string_read(r, p, &text);
        if (end == NULL)
            return NULL;
    } else {
        if (wdt_number_read(p, &number) == WDT_NUMBER_FLAW)
            return NULL;
        end = number.end;
        text.bytes = p;
        text.n = (size_t)(end - p);
    }
    if (wdt_kind_fit(field->kind, dialect, text.bytes, text.n, &r->extra, &fitted) != 0)
        return NULL;
    if (field->kind == WDT_KIND_BOOLEAN && fitted.form == WDT_CELL_TEXT &&
        literal_keep(r, &fitted) != 0)
        return NULL;
    if (is_version && wdt_kind_version(text.bytes, text.n, &r->extra, &r->version) != 0)
        return NULL;
    cell_put(r, cell, &fitted);
    return end;
}

/* ---- rows ---- */

/* Makes room for a row of a table, all of it NULL but its key. */
static void row_begin(laying_row *r, unsigned index, unsigned parent, size_t counter)
{
    wdt_laying *o = r->o;
    wdt_laid_table *t = &o->tables[index];
    wdt_cell *cells;
    if (t->rows == t->capacity)
        t->cells = wdt_block_grow(r->L, o->alloc, o->ud, t->cells, &t->capacity, t->rows + 1,
                                  t->width * sizeof *t->cells);
    cells = t->cells + t->rows++ * t->width;
    memset(cells, 0, t->width * sizeof *cells); /* WDT_CELL_NULL is 0 */
    if (index == 0) {
        cells[0] = o->account;
    } else {
        const wdt_laid_table *above = &o->tables[parent];
        memcpy(cells, above->cells + (above->rows - 1) * above->width, above->own * sizeof *cells);
        cells[t->own - 1].form = WDT_CELL_COUNTER;
        cells[t->own - 1].at = counter;
    }
}

static const char *list_put(laying_row *r, const char *p, unsigned parent, unsigned index);

/* Returns the end of `[]` or `{}`, or NULL. */
static const char *empty_skip(const char *p)
{
    const char close = *p == '[' ? ']' : '}';
    p = wdt_skip_space(p + 1);
    return *p == close ? p + 1 : NULL;
}

/* Lays the value of a name out. Returns where it ends, or NULL. */
static const char *member_put(laying_row *r, const char *p, unsigned index, const wdt_name *name)
{
    const wdt_laid_table *t = &r->o->tables[index];
    const wdt_laid_field *field = name != NULL ? &t->fields[name->place] : NULL;
    if (field == NULL && r->o->takes_any)
        return wdt_walk_over(p, r->end);
    if (*p == 'n') /* a null is as good as no member */
        return memcmp(p, "null", 4) == 0 ? p + 4 : NULL;
    if (*p == '[' || *p == '{') {
        const char *end = empty_skip(p);
        if (end != NULL || field == NULL || field->list < 0)
            return end;
        return list_put(r, p, index, (unsigned)field->list);
    }
    if (field == NULL)
        return NULL;
    if (field->column < 0) /* "" says that a list is empty */
        return p[0] == '"' && p[1] == '"' ? p + 2 : NULL;
    return scalar_put(r, p, field, t->cells + (t->rows - 1) * t->width + field->column,
                      index == 0 && name->place == r->o->modified);
}

/* Lays the object at p out as the row that was begun last. Returns where it ends, or NULL. */
static const char *object_put(laying_row *r, const char *p, unsigned index)
{
    wdt_laid_table *t = &r->o->tables[index];
    const uint64_t stamp = ++t->stamp;
    wdt_names_begin(&t->names);
    for (int first = 1; !wdt_walk_ends(&p, '}', first); first = 0) {
        wdt_name *name;
        p = wdt_walk_name(p, &t->names, stamp, &name);
        p = p != NULL ? member_put(r, p, index, name) : NULL;
    }
    return p;
}

/* Lays the rows of a list out; one object in the place of a list is its one row. */
static const char *list_put(laying_row *r, const char *p, unsigned parent, unsigned index)
{
    if (*p == '{') {
        row_begin(r, index, parent, 1);
        return object_put(r, p, index);
    }
    for (size_t n = 1; !wdt_walk_ends(&p, ']', n == 1); n++) {
        if (*p != '{')
            return NULL;
        row_begin(r, index, parent, n);
        p = object_put(r, p, index);
    }
    return p;
}

const char *wdt_laying_put_row(lua_State *L, wdt_laying *o, const char *p, const char *end,
                               wdt_extra *extra, wdt_fitted *version)
{
    laying_row r = {L, o, end, *extra, *version};
    row_begin(&r, 0, 0, 0);
    p = wdt_skip_space(p);
    p = *p == '{' ? object_put(&r, p, 0) : NULL;
    if (p != NULL && o->version_at >= 0) {
        const wdt_laid_table *t = &o->tables[0];
        cell_put(&r, t->cells + (t->rows - 1) * t->width + o->version_at, &r.version);
    }
    *extra = r.extra;
    *version = r.version;
    return p;
}
