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

#define INT_END 9223372036854775808.0 /* 2^63 */

const char *wdt_value_fail(wdt_value *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return NULL;
}

/* The buffer grows and never shrinks here: decoder:reset() gives a large one back. */
char *wdt_value_scratch(wdt_value *b, size_t n)
{
    if (n > *b->scratch_size) {
        const size_t size = n < 4096 ? 4096 : n;
        char *scratch = b->alloc(b->ud, *b->scratch, *b->scratch_size, size);
        if (scratch == NULL)
            luaL_error(b->L, "not enough memory");
        *b->scratch = scratch;
        *b->scratch_size = size;
    }
    return *b->scratch;
}

/* ---- scalars ---- */

/* Takes the escapes out of a string, into the scratch buffer. */
static int string_unescape(wdt_value *b, wdt_string *string)
{
    char *out, *end;
    if (!string->escaped)
        return 0;
    out = wdt_value_scratch(b, string->n + WDT_PAD);
    end = wdt_string_decode(string, out, &b->flaw);
    if (end == NULL)
        return -1;
    string->bytes = out;
    string->n = (size_t)(end - out);
    return 0;
}

const char *wdt_value_read_string(wdt_value *b, const char *p, wdt_string *string)
{
    p = wdt_string_read(p + 1, string, &b->flaw);
    return p != NULL && string_unescape(b, string) == 0 ? p : NULL;
}

/* An escape, a flaw or text that is not ASCII: rare enough to be a call. */
const char *wdt_value_push_hard_string(wdt_value *b, const char *p)
{
    wdt_string string;
    p = wdt_value_read_string(b, p, &string);
    if (p != NULL)
        lua_pushlstring(b->L, string.bytes, string.n);
    return p;
}

void wdt_value_push_number(wdt_value *b, const char *p, wdt_number_kind kind,
                           const wdt_number *number)
{
    if (kind == WDT_NUMBER_REAL)
        lua_pushnumber(b->L, (lua_Number)number->real);
    else if (kind != WDT_NUMBER_INTEGER || !wdt_pushint64(b->L, number->integer))
        lua_pushlstring(b->L, p, (size_t)(number->end - p));
}

/* Pushes the number at p by the number rule: exact, or as the text that was sent. */
static const char *value_push_number(wdt_value *b, const char *p)
{
    wdt_number number;
    const wdt_number_kind kind = wdt_number_read(p, &number);
    if (kind == WDT_NUMBER_FLAW)
        return wdt_value_fail(b, p, "a number is malformed");
    wdt_value_push_number(b, p, kind, &number);
    return number.end;
}

/* Pushes the string, number or word at p. A null becomes the light userdata NULL here; of an
 * object's members only wdt_value_push_member decides what it is. */
static const char *value_push_scalar(wdt_value *b, const char *p)
{
    switch (*p) {
    case '"': return wdt_value_push_string(b, p);
    case 't':
        if (memcmp(p, "true", 4) != 0)
            break;
        lua_pushboolean(b->L, 1);
        return p + 4;
    case 'f':
        if (memcmp(p, "false", 5) != 0)
            break;
        lua_pushboolean(b->L, 0);
        return p + 5;
    case 'n':
        if (memcmp(p, "null", 4) != 0)
            break;
        lua_pushlightuserdata(b->L, NULL);
        return p + 4;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return value_push_number(b, p);
    default: break;
    }
    return wdt_value_fail(b, p, "a value was expected");
}

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
    if (p == NULL || string_unescape(b, name) != 0)
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

/* Passes over a value no one wants. */
const char *wdt_value_skip(wdt_value *b, const char *p)
{
    const char *after = wdt_scan_skip(p, b->piece.bytes + b->piece.n, b->depth_limit - b->depth);
    return after != NULL ? after : wdt_value_fail(b, p, "a value was expected");
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
    return value_push_scalar(b, p);
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

/* Puts the value of a row's member that is asked for by name into its slot, if it is a scalar other
 * than null. It is on the top of the stack. */
void wdt_value_fill_slot(wdt_value *b, int slot, char first)
{
    if (first == '{' || first == '[' || first == 'n')
        lua_pushnil(b->L);
    else
        lua_pushvalue(b->L, -1);
    lua_replace(b->L, b->slots + slot);
}

/* Reads the value of a member that is not wanted in the row itself, or not as it comes, and puts
 * it into its slot. */
const char *wdt_value_read_slot(wdt_value *b, const char *p, int slot)
{
    const char first = *p;
    if (first == '{' || first == '[') {
        p = wdt_value_skip(b, p);
        lua_pushnil(b->L);
    } else {
        p = value_push_scalar(b, p);
    }
    if (p == NULL)
        return NULL;
    wdt_value_fill_slot(b, slot, first);
    lua_pop(b->L, 1);
    return p;
}

/* Pushes a number as a time: epoch seconds, or milliseconds (the ultimate edition sends both),
 * without their fraction. */
static void epoch_push(lua_State *L, int i)
{
    int64_t epoch;
    if (!wdt_toint64(L, i, &epoch) || epoch > WDT_MILLISECONDS) {
        double seconds = (double)lua_tonumber(L, i);
        if (seconds > WDT_MILLISECONDS)
            seconds /= 1000;
        if (!(seconds > -INT_END && seconds < INT_END)) {
            lua_pushnumber(L, (lua_Number)seconds);
            return;
        }
        epoch = (int64_t)seconds;
        epoch -= (double)epoch > seconds;
    }
    if (!wdt_pushint64(L, epoch))
        lua_pushnumber(L, (lua_Number)epoch);
}

void wdt_value_set_time(wdt_value *b)
{
    lua_State *L = b->L;
    const int clock = b->slots + b->fields->clock, type = lua_type(L, clock);
    size_t n = 0;
    const char *text = type == LUA_TSTRING ? lua_tolstring(L, clock, &n) : NULL;
    int64_t epoch;
    if (type == LUA_TNUMBER)
        epoch_push(L, clock);
    else if (text == NULL || !wdt_convert_time(text, n, b->day, &epoch) || !wdt_pushint64(L, epoch))
        lua_pushnil(L);
    lua_replace(L, b->slots);
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
    return value_push(b, b->piece.bytes, &b->shapes->sites[0], root);
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
