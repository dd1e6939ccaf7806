/* Turns one contiguous piece of JSON into one Lua value on the stack, by recursive descent:
 *
 *     {"id":1,"goods":[{"no":"A"}]}   ->   { id = 1, goods = { { no = "A" } } }
 *
 * The reader has made sure of a piece's brackets and closed strings, so the functions here stop at
 * its end without counting bytes; a fault before that end is found by the grammar, and the zeros
 * after the buffer stop a string.
 *
 * An object of a place where objects were seen before goes to value_known.c, a member that a
 * schema gives a type or that is masked to value_typed.c. Both call back into this file for what a
 * value contains: the three are one recursive builder, and the only circle among the C objects. */
#include "value_parts.h"

#include <string.h>

/* ---- containers ---- */

/* A general container keeps three slots a level, so the room that is needed grows with the nesting.
 */
static int stack_has_room(wdt_value *b, unsigned slots)
{
    return lua_checkstack(b->L, (int)slots + 8);
}

/* Opens a container at p. The reader has looked at the depth of a piece; here it is a row's whose
 * end is not known that may be too deep. */
static int container_open(wdt_value *b, const char *p)
{
    if (b->depth < b->depth_limit && stack_has_room(b, 0)) {
        b->depth++;
        return 0;
    }
    wdt_value_fail(b, p, "the Lua stack has no room for so deep a value");
    return -1;
}

/* Reads `"name" :` at p. Returns where the value begins. An escaped name stands in the scratch
 * buffer until the next string. */
static const char *name_read(wdt_value *b, const char *p, wdt_string *name)
{
    if (*p != '"')
        return wdt_value_fail(b, p, "a key was expected");
    p = wdt_string_read(p + 1, name, &b->flaw);
    if (p == NULL || (name->escaped && wdt_value_unescape(b, name) != 0))
        return NULL;
    p = wdt_skip_space(p);
    if (*p != ':')
        return wdt_value_fail(b, p, "a colon was expected");
    return wdt_skip_space(p + 1);
}

/* After a value in a container. Returns where the next one begins; after the closing bracket,
 * with *more = 0. */
static const char *container_next(wdt_value *b, const char *p, char close, int *more)
{
    p = wdt_skip_space(p);
    *more = *p == ',';
    if (*more)
        return wdt_skip_space(p + 1);
    if (*p == close)
        return p + 1;
    return wdt_value_fail(b, p,
                          close == '}' ? "a comma or a brace was expected"
                                       : "a comma or a bracket was expected");
}

/* After an opening bracket: where the first item begins, or after the closing bracket, with *more
 * = 0. */
static const char *container_first(const char *p, char close, int *more)
{
    p = wdt_skip_space(p);
    *more = *p != close;
    return p + !*more;
}

static const char *value_push_object(wdt_value *b, const char *p, wdt_site *site,
                                     const wdt_field *node);

static const char *value_push_array(wdt_value *b, const char *p, wdt_site *site,
                                    const wdt_field *node);

/* Pushes any value but an object's null, which differs from an array's. */
static inline const char *value_push(wdt_value *b, const char *p, wdt_site *site,
                                     const wdt_field *node)
{
    if (*p == '{')
        return value_push_object(b, p, site, node);
    if (*p == '[')
        return value_push_array(b, p, site, node);
    if (node != NULL && node->masked != WDT_MASK_MODE_NONE &&
        *p != 'n') /* where objects should be, whose members are masked */
        return wdt_value_push_masked(b, p);
    return *p == '"' ? wdt_value_push_string(b, p) : wdt_value_push_scalar(b, p);
}

/* The items of an array, at the array's own place: each whole, or what `node` wants of it. */
static const char *value_push_array(wdt_value *b, const char *p, wdt_site *site,
                                    const wdt_field *node)
{
    lua_State *L = b->L;
    int more, n = 0;
    if (container_open(b, p) != 0)
        return NULL;
    p = container_first(p + 1, ']', &more);
    lua_createtable(L, more && site != NULL ? wdt_value_expect(site->items) : 0, 0);
    lua_pushvalue(L, b->array_mt);
    lua_setmetatable(L, -2);
    while (more) {
        p = value_push(b, p, site, node);
        if (p == NULL)
            return NULL;
        lua_rawseti(L, -2, ++n);
        p = container_next(b, p, ']', &more);
        if (p == NULL)
            return NULL;
    }
    if (site != NULL && n > 0)
        site->items = (unsigned)n;
    b->depth--;
    return p;
}

/* Pushes the value of an object's member: a null is what the caller wants it to be. */
const char *wdt_value_push_member(wdt_value *b, const char *p, wdt_site *site,
                                  const wdt_field *node)
{
    if (*p != 'n')
        return value_push(b, p, site, node);
    if (memcmp(p, "null", 4) != 0)
        return wdt_value_fail(b, p, "a value was expected");
    if (b->null != 0)
        lua_pushvalue(b->L, b->null);
    else
        lua_pushnil(b->L);
    return p + 4;
}

/* Pushes the value of a member that is wanted, and puts it into its slot, as it comes, whatever its
 * type. */
const char *wdt_value_take(wdt_value *b, const char *p, wdt_site *site, const wdt_field *field)
{
    const int slot = field != NULL ? field->slot : -1;
    const char first = *p;
    if (wdt_field_is_special(field)) {
        if (slot >= 0 && wdt_value_read_slot(b, p, slot) == NULL)
            return NULL;
        return wdt_value_push_typed(b, p, site, field);
    }
    p = wdt_value_push_member(b, p, site, wdt_field_inside(field));
    if (p != NULL && slot >= 0)
        wdt_value_fill_slot(b, slot, first);
    return p;
}

/* ---- objects, name by name ---- */

/* Key and value are on the stack: into the table below them. The last of two equal keys counts, so
 * that an absent null takes away what its key held before; but a new key with nil might cost a slot
 * of the table. */
void wdt_value_set_member(wdt_value *b)
{
    lua_State *L = b->L;
    if (lua_isnil(L, -1)) {
        lua_pushvalue(L, -2);
        lua_rawget(L, -4);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 3);
            return;
        }
        lua_pop(L, 1);
    }
    lua_rawset(L, -3);
}

/* ---- what a schema says of an object ---- */

/* A member is wanted that may be one the schema does not name. */
static void deviations_note_member(wdt_value *b, const wdt_field *node, const wdt_field *field,
                                   const wdt_string *name, unsigned object)
{
    if (field != NULL && field->type != WDT_TYPE_UNKNOWN)
        wdt_projection_see(b->fields, field, object);
    else
        wdt_deviations_add(b->deviations, WDT_DEVIATION_UNKNOWN, b->fields, node, name->bytes,
                           name->n);
}

/* The first n members of the object are those of `shape`. What is unknown of them was named when
 * the shape was learnt. */
static void deviations_note_shape(wdt_value *b, const wdt_shape *shape, unsigned n, unsigned object)
{
    for (unsigned i = 0; i < n; i++) {
        const wdt_member *member = &shape->members[i];
        if (member->want == WDT_WANT_SKIP)
            continue;
        if (member->field != NULL && member->field->type != WDT_TYPE_UNKNOWN)
            wdt_projection_see(b->fields, member->field, object);
        else
            b->deviations->row[WDT_DEVIATION_UNKNOWN]++;
    }
}

/* Counts what the object lacks, now that it is complete. Each member that was there bears the
 * object's number in its stamp. */
static void deviations_note_missing(wdt_value *b, const wdt_field *node, unsigned object)
{
    for (unsigned i = node->child; i != 0; i = b->fields->nodes[i].next) {
        const wdt_field *field = &b->fields->nodes[i];
        if (field->type != WDT_TYPE_UNKNOWN && field->want != WDT_WANT_SKIP &&
            field->stamp != object)
            wdt_deviations_add(b->deviations, WDT_DEVIATION_MISSING, b->fields, node,
                               field->name.bytes, field->name.n);
    }
}

/* One member of the object, whose table is on the top of the stack; `object` is its number if its
 * members are noted, else 0. */
static const char *object_add_member(wdt_value *b, const char *p, wdt_site *site,
                                     const wdt_field *node, unsigned object)
{
    wdt_string name;
    const char *value = name_read(b, p, &name);
    const wdt_field *field = NULL;
    wdt_want want = WDT_WANT_WHOLE;
    if (value == NULL)
        return NULL;
    if (node != NULL) {
        field = wdt_projection_find(b->fields, node, name.bytes, name.n);
        want = wdt_field_want(node, field);
    }
    if (want == WDT_WANT_SKIP)
        return field != NULL && field->slot >= 0 ? wdt_value_read_slot(b, value, field->slot)
                                                 : wdt_value_skip(b, value);
    if (object != 0)
        deviations_note_member(b, node, field, &name, object);
    lua_pushlstring(b->L, name.bytes, name.n);
    site =
        *value == '{' || *value == '[' ? wdt_site_child(b->shapes, site, name.bytes, name.n) : NULL;
    p = wdt_value_take(b, value, site, field);
    if (p != NULL)
        wdt_value_set_member(b);
    return p;
}

/* Adds the members of the object from p on (after the brace, or after a
 * value), into the table on the top of the stack; then the object is remembered. */
const char *wdt_value_add_members(wdt_value *b, const wdt_object *object, const char *p,
                                  const wdt_shape *shape, unsigned n)
{
    wdt_site *const site = object->site;
    const wdt_field *const node = object->node;
    const int is_record = node != NULL && node->is_record;
    unsigned number = 0;
    int more;
    if (is_record) {
        number = b->fields->objects += b->fields->objects + 1 != 0 ? 1 : 2;
        deviations_note_shape(b, shape, n, number);
    }
    p = n == 0 ? container_first(p, '}', &more) : container_next(b, p, '}', &more);
    for (; p != NULL && more; n++) {
        p = object_add_member(b, p, site, node, number);
        if (p != NULL)
            p = container_next(b, p, '}', &more);
    }
    if (p != NULL && is_record)
        deviations_note_missing(b, node, number);
    if (p != NULL && site != NULL) {
        site->members = n;
        if (n > 0) {
            const wdt_span bytes = {object->start, (size_t)(p - object->start)};
            wdt_shapes_learn(b->shapes, b->L, b->constructors, site, node, bytes);
        }
    }
    return p;
}

/* Calls the form of value_known.c that this processor runs. */
static const char *value_push_known(wdt_value *b, const char *p, wdt_site *site,
                                    const wdt_field *node)
{
#ifdef WDT_HAS_AVX2
    if (wdt_has_avx2())
        return wdt_value_push_known_avx2(b, p, site, node);
#endif
    return wdt_value_push_known(b, p, site, node);
}

/* Pushes the object at p: by a shape of its place where one was learnt and the stack has room for
 * its values twice, else name by name. */
static const char *value_push_object(wdt_value *b, const char *p, wdt_site *site,
                                     const wdt_field *node)
{
    if (container_open(b, p) != 0)
        return NULL;
    if (site != NULL && site->n > 0 && stack_has_room(b, 2 * site->arguments)) {
        p = value_push_known(b, p, site, node);
    } else {
        const wdt_object object = {p, site, node, 0};
        lua_createtable(b->L, 0, site != NULL ? wdt_value_expect(site->members) : 0);
        p = wdt_value_add_members(b, &object, p + 1, NULL, 0);
    }
    b->depth--;
    return p;
}

/* ---- pieces ---- */

/* A piece that is one token can be longer than its value: 12x, nullnull. */
static int piece_close(wdt_value *b, const char *p)
{
    if (p == NULL)
        return -1;
    if (p != b->piece.bytes + b->piece.n) {
        wdt_value_fail(b, p, "a comma or a closing bracket was expected");
        return -1;
    }
    return 0;
}

int wdt_value_build_key(wdt_value *b)
{
    return piece_close(b, wdt_value_push_string(b, b->piece.bytes));
}

int wdt_value_build(wdt_value *b)
{
    b->depth = 0;
    return piece_close(b, wdt_value_push_member(b, b->piece.bytes, NULL, NULL));
}

/* Pushes the row that b->piece begins with. A root that wants everything and knows nothing is as
 * good as none, and spares each member a search of the tree. */
static const char *value_push_row(wdt_value *b)
{
    const wdt_field *root = &b->fields->nodes[0];
    if (root->want == WDT_WANT_WHOLE && root->child == 0)
        root = NULL;
    b->depth = 0;
    return value_push(b, b->piece.bytes, &b->shapes->row, root);
}

int wdt_value_build_row(wdt_value *b)
{
    return piece_close(b, value_push_row(b));
}

const char *wdt_value_build_ahead(wdt_value *b)
{
    const char *end = value_push_row(b);
    /* After a row stands a comma or a bracket. */
    return end != NULL && end < b->piece.bytes + b->piece.n ? end : NULL;
}

/* With rows as JSON nothing but the slots is wanted: the row that is built is empty. */
int wdt_value_build_keys(wdt_value *b)
{
    if (b->fields->nodes[0].child == 0 || *b->piece.bytes != '{')
        return 0;
    if (wdt_value_build_row(b) != 0)
        return -1;
    lua_pop(b->L, 1);
    return 0;
}
