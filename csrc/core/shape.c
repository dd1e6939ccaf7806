/* Learns shapes (shape.h) from objects that were read name by name, and keeps them within bounds.
 *
 *     {"id":7,"no":"A1"}   gaps  {"id":   ,"no":   }      names  id  no
 *
 * Learning goes over the object's bytes twice: once to measure, once to copy gaps and names into
 * one block of memory. The sender of the documents decides what there is to learn, so learning is
 * paid with credit, which objects that pass by earn back slowly; without it a page of objects that
 * are all different would cost a compiled Lua function each. */
#include "shape.h"

#include <string.h>

/* `shapes` is zeroed before and stays in its place; `fields` belongs to the decoder and lives as
 * long. */
void wdt_shapes_init(wdt_shapes *shapes, const wdt_projection *fields, wdt_alloc alloc, void *ud)
{
    shapes->alloc = alloc;
    shapes->ud = ud;
    shapes->fields = fields;
    shapes->sites[0] = &shapes->row;
    shapes->n = 1; /* the row's place is there from the beginning */
    shapes->credit = WDT_LEARN_CREDIT;
}

/* Gives a shape's memory back. Its constructor stays in the table of constructors until another
 * takes its index. */
static void shape_drop(wdt_shapes *shapes, wdt_shape *shape)
{
    wdt_template_drop(shapes, shape);
    shapes->size -= shape->size;
    shapes->alloc(shapes->ud, shape, shape->size, 0);
}

/* Idempotent: a decoder is closed by hand, and again by the collector. */
void wdt_shapes_free(wdt_shapes *shapes)
{
    for (unsigned i = 0; i < shapes->n; i++) {
        wdt_site *site = shapes->sites[i];
        for (unsigned k = 0; k < site->n; k++)
            shape_drop(shapes, site->shapes[k]);
        if (i > 0)
            shapes->alloc(shapes->ud, site, sizeof *site + site->name_n, 0);
    }
    memset(&shapes->row, 0, sizeof shapes->row);
    shapes->n = 0;
    if (shapes->draft != NULL)
        shape_drop(shapes, shapes->draft);
    shapes->draft = NULL;
}

/* ---- places ---- */

/* A member's place has room among WDT_SITES_MAX, or is not remembered: its objects are then read
 * name by name. */
wdt_site *wdt_site_child(wdt_shapes *shapes, wdt_site *site, const char *name, size_t n)
{
    wdt_site *child;
    const size_t size = sizeof *child + n;
    if (site == NULL)
        return NULL;
    for (child = site->child; child != NULL; child = child->next)
        if (child->name_n == n && memcmp(child->name, name, n) == 0)
            return child;
    if (shapes->n == WDT_SITES_MAX || n == 0 || n > WDT_SHAPES_BYTES_MAX ||
        size > WDT_SHAPES_BYTES_MAX - shapes->size)
        return NULL;
    child = shapes->alloc(shapes->ud, NULL, 0, size);
    if (child == NULL)
        return NULL;
    memset(child, 0, sizeof *child);
    memcpy(child + 1, name, n);
    child->name = (const char *)(child + 1);
    child->name_n = n;
    shapes->sites[shapes->n++] = child;
    child->next = site->child;
    site->child = child;
    shapes->size += size;
    return child;
}

/* Objects of one kind often differ in a member or two only, so that shapes share their beginning.
 */
wdt_shape *wdt_site_variant(const wdt_site *site, const wdt_shape *shape, unsigned i, const char *p)
{
    const wdt_member *member = &shape->members[i];
    for (unsigned k = 0; k < site->n; k++) {
        wdt_shape *other = site->shapes[k];
        const wdt_member *theirs = &other->members[i];
        /* The gaps are stored one after the other, so a common beginning, with the same names in
         * it, is one comparison. */
        if (other == shape || other->n < i || theirs->gap != member->gap ||
            memcmp(other->bytes, shape->bytes, member->gap) != 0)
            continue;
        if (wdt_match(p, other->bytes + theirs->gap, theirs->gap_n))
            return other;
    }
    return NULL;
}

/* The shape was found at another place than the first: it goes there. */
void wdt_shape_lead(wdt_site *site, wdt_shape *shape)
{
    unsigned k = 1;
    while (site->shapes[k] != shape)
        k++;
    memmove(site->shapes + 1, site->shapes, k * sizeof *site->shapes);
    site->shapes[0] = shape;
}

/* ---- learning ---- */

/* Measured of an object: its members, and the bytes that its gaps and names take. */
typedef struct sum {
    unsigned n;
    size_t gaps, names; /* bytes */
} sum;

/* Reads the name at p: where its value begins. Everything was checked when the object was built. */
static const char *name_read(const char *p, wdt_string *name)
{
    wdt_flaw flaw;
    p = wdt_string_read(wdt_skip_space(p) + 1, name, &flaw);
    return wdt_skip_space(wdt_skip_space(p) + 1);
}

/* Writes the name without its escapes; nearly all have none. Returns where it ends. */
static char *name_write(const wdt_string *name, char *out)
{
    wdt_flaw flaw;
    if (name->escaped)
        return wdt_string_decode(name, out, &flaw);
    memcpy(out, name->bytes, name->n);
    return out + name->n;
}

/* Goes through the members of the object and adds up what they need, or fills in `shape`. 0, or -1
 * when it is too much. */
static int object_measure(const char *p, const char *end, sum *total, wdt_shape *shape)
{
    const char *gap = p;
    char *bytes = shape != NULL ? shape->bytes : NULL,
         *names = bytes != NULL ? bytes + total->gaps : NULL;
    memset(total, 0, sizeof *total);
    p = wdt_skip_space(p + 1);
    while (*p != '}') {
        wdt_string name;
        p = name_read(p + (*p == ','), &name);
        if (shape != NULL) {
            wdt_member *member = &shape->members[total->n];
            member->gap = (uint32_t)total->gaps;
            member->gap_n = (uint32_t)(p - gap);
            memcpy(bytes + total->gaps, gap, member->gap_n);
            member->name = (uint32_t)(names - bytes);
            member->name_n = (uint32_t)(name_write(&name, names) - names);
            names += member->name_n;
        }
        total->gaps += (size_t)(p - gap);
        total->names += name.n;
        total->n++;
        if (total->n > WDT_SHAPE_FIELDS_MAX || total->gaps + total->names > WDT_SHAPE_BYTES_MAX)
            return -1;
        gap = wdt_scan_skip(p, end, WDT_DEPTH_MAX);
        p = wdt_skip_space(gap);
    }
    if (shape != NULL) {
        wdt_member *member = &shape->members[total->n];
        memset(member, 0, sizeof *member);
        member->gap = (uint32_t)total->gaps;
        member->gap_n = (uint32_t)(end - gap);
        memcpy(bytes + total->gaps, gap, member->gap_n);
    }
    total->gaps += (size_t)(end - gap);
    return 0;
}

/* Returns true if both members bear one name. */
static int member_equals(const wdt_shape *shape, const wdt_member *a, const wdt_member *b)
{
    return a->name_n == b->name_n &&
           memcmp(shape->bytes + a->name, shape->bytes + b->name, a->name_n) == 0;
}

/* Two members of one name are not for a constructor, in which it would stand twice. */
static int shape_has_twins(const wdt_shape *shape)
{
    for (unsigned i = 1; i < shape->n; i++)
        for (unsigned k = 0; k < i; k++)
            if (member_equals(shape, &shape->members[i], &shape->members[k]))
                return 1;
    return 0;
}

/* Says what is known and wanted of each member, and counts those that deviate from the schema once
 * for all objects of this shape. */
static void shape_mark_members(wdt_shape *shape, const wdt_projection *fields,
                               const wdt_field *node)
{
    unsigned known = 0, unknown = 0;
    for (unsigned i = 0; i < shape->n; i++) {
        wdt_member *member = &shape->members[i];
        member->want = WDT_WANT_WHOLE;
        member->slot = -1;
        member->field = NULL;
        member->site = NULL;
        if (node != NULL) {
            member->field =
                wdt_projection_find(fields, node, shape->bytes + member->name, member->name_n);
            member->want = wdt_field_want(node, member->field);
        }
        if (member->field != NULL)
            member->slot = member->field->slot;
        if (member->want != WDT_WANT_SKIP) {
            member->argument = shape->arguments++;
            if (member->field != NULL && member->field->type != WDT_TYPE_UNKNOWN)
                known++;
            else
                unknown++;
        }
        if (member->slot >= 0)
            member->string = WDT_STRING_USE_SPECIAL;
        else if (member->want == WDT_WANT_SKIP)
            member->string = WDT_STRING_USE_PASS;
        else
            member->string = wdt_field_changes_strings(member->field) ? WDT_STRING_USE_CONVERT
                                                                      : WDT_STRING_USE_PUSH;
    }
    if (node != NULL && node->is_record) {
        shape->unknown = unknown;
        shape->missing = node->expected - known;
    }
}

/* ---- keeping it ---- */

/* Makes the shape of an object as the draft, or leaves none. */
static int draft_make(wdt_shapes *shapes, const wdt_field *node, wdt_span object, sum *total)
{
    wdt_shape *shape;
    size_t size;
    if (object_measure(object.bytes, object.bytes + object.n, total, NULL) != 0 || total->n == 0)
        return -1;
    size = sizeof *shape + (total->n + 1) * sizeof *shape->members + total->gaps + total->names +
           WDT_PAD;
    if (size > WDT_SHAPES_BYTES_MAX - shapes->size)
        return -1;
    shape = shapes->alloc(shapes->ud, NULL, 0, size);
    if (shape == NULL)
        return -1;
    memset(shape, 0, size);
    shape->size = size;
    shape->n = total->n;
    shape->training = WDT_TRAINING;
    shape->members = (wdt_member *)(void *)(shape + 1);
    shape->bytes = (char *)(shape->members + total->n + 1);
    shapes->size += size;
    shapes->draft = shape;
    if (object_measure(object.bytes, object.bytes + object.n, total, shape) != 0 ||
        shape_has_twins(shape))
        return -1;
    shape_mark_members(shape, shapes->fields, node);
    return 0;
}

/* The draft is a field of `shapes` and no local variable, so that it is found again when Lua
 * raises in the middle. */
static void draft_drop(wdt_shapes *shapes)
{
    if (shapes->draft != NULL)
        shape_drop(shapes, shapes->draft);
    shapes->draft = NULL;
}

/* A place that is full gives up the shape that served longest ago; the new one takes over the
 * index of its constructor. */
void wdt_shapes_learn(wdt_shapes *shapes, lua_State *L, int table, wdt_site *site,
                      const wdt_field *node, wdt_span object)
{
    const int full = site->n == WDT_SHAPES_MAX;
    sum total;
    wdt_shapes_earn(shapes, 1);
    if (shapes->credit == 0)
        return;
    shapes->credit--;
    draft_drop(shapes); /* memory may have run out at this place before */
    if (draft_make(shapes, node, object, &total) == 0 &&
        wdt_template_push_constructor(L, shapes->draft, NULL) == 0) {
        wdt_shape *shape = shapes->draft;
        shape->ref = full ? site->shapes[site->n - 1]->ref : 2 * (int)shapes->refs + 1;
        lua_rawseti(L, table, shape->ref);
        if (full)
            shape_drop(shapes, site->shapes[--site->n]);
        else
            shapes->refs++;
        shapes->draft = NULL;
        memmove(site->shapes + 1, site->shapes, site->n * sizeof *site->shapes);
        site->shapes[0] = shape;
        site->n++;
        if (shape->arguments > site->arguments)
            site->arguments = shape->arguments;
    }
    draft_drop(shapes);
}
