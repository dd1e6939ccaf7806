/* Hands on the members of a row that are wanted, as their own bytes (`as = "json"` with `fields`).
 *
 *     { "id" : 1, "no": "CK1", "list": [{"a": 1.50, "b": 2}] }   ->   {"id":1,"list":[{"a":1.50}]}
 *                                                                     fields: id, list.a
 *
 * A walk along the tree of wanted names copies what it finds into the scratch buffer, without the
 * whitespace between tokens; the rest is passed over. What is copied is never longer than what was
 * read. It is checked: strings, numbers and words as where a value is built, a list or object that
 * is wanted as a whole as in a row that is (raw.c). */
#include "core.h"

#include <string.h>

#define NAME_MAX_BYTES 1024 /* of a name with escapes that can be a wanted one */

/* The text being written: it stands in the scratch buffer, which moves as it grows. */
typedef struct part {
    wdt_value *b;
    size_t n;
} part;

static const char *part_put_value(part *out, const char *p, const wdt_field *node);

/* Sets the flaw of the row; returns NULL. */
static const char *part_fail(part *out, const char *at, const char *what)
{
    out->b->flaw.at = at;
    out->b->flaw.what = what;
    return NULL;
}

static void part_put(part *out, const char *bytes, size_t n)
{
    char *to = wdt_value_scratch(out->b, out->n + n);
    memcpy(to + out->n, bytes, n);
    out->n += n;
}

/* Grows by doubling, since a row is put there piece by piece. */
static void part_make_room(part *out, size_t n)
{
    const size_t size = *out->b->scratch_size;
    if (out->n + n > size)
        wdt_value_scratch(out->b, out->n + n > 2 * size ? out->n + n : 2 * size);
}

/* Puts a list or an object that is wanted as a whole, packed. */
static const char *part_put_whole(part *out, const char *p)
{
    wdt_value *b = out->b;
    const size_t present = (size_t)(b->piece.bytes + b->piece.n - p);
    wdt_survey survey = {NULL, 0, 0, 0, 0};
    wdt_scan scan;
    size_t used;
    do {
        survey.out = *b->scratch != NULL ? *b->scratch + out->n : NULL;
        survey.room = *b->scratch_size - out->n;
        wdt_scan_begin(&scan, *p, b->depth, b->depth_limit);
        if (wdt_scan_survey(&scan, p, present, &used, &survey) != WDT_SCAN_END || survey.flawed)
            return part_fail(out, p,
                             "a list or an object is not JSON, as far as that is looked at");
        part_make_room(out, used + WDT_PACK_ROOM);
    } while (survey.spaced && survey.out == NULL);
    if (survey.spaced)
        out->n += survey.packed;
    else
        part_put(out, p, used);
    return p + used;
}

/* Puts a string, a number or a word. */
static const char *part_put_scalar(part *out, const char *p)
{
    wdt_string string;
    wdt_number number;
    const char *end = NULL;
    if (*p == '"')
        end = wdt_string_read(p + 1, &string, &out->b->flaw);
    else if (*p == 't' || *p == 'n')
        end = memcmp(p, *p == 't' ? "true" : "null", 4) == 0 ? p + 4 : NULL;
    else if (*p == 'f')
        end = memcmp(p, "false", 5) == 0 ? p + 5 : NULL;
    else if (wdt_number_read(p, &number) != WDT_NUMBER_FLAW)
        end = number.end;
    if (end == NULL)
        return *p == '"' ? NULL : part_fail(out, p, "a value was expected");
    part_make_room(out, (size_t)(end - p));
    part_put(out, p, (size_t)(end - p));
    return end;
}

/* Finds the node of a name; *field is NULL where it is not wanted. 0, or -1 and the flaw. */
static int part_find(part *out, const wdt_field *node, uint64_t lengths, const wdt_string *name,
                     const wdt_field **field)
{
    char plain[NAME_MAX_BYTES];
    wdt_span span = {name->bytes, name->n};
    if (name->escaped) {
        const char *end = NULL;
        if (name->n <= sizeof plain)
            end = wdt_string_decode(name, plain, &out->b->flaw);
        else
            part_fail(out, name->bytes, "a name with escapes is longer than 1024 bytes");
        if (end == NULL)
            return -1;
        span.bytes = plain;
        span.n = (size_t)(end - plain);
    }
    *field = lengths >> (span.n & 63) & 1
                 ? wdt_projection_find(out->b->wanted, node, span.bytes, span.n)
                 : NULL;
    return 0;
}

/* The lengths of the names that are wanted of an object, a bit each: of nearly all of its members
 * the length alone tells that they are not. */
static uint64_t part_lengths(const part *out, const wdt_field *node)
{
    const wdt_field *nodes = out->b->wanted->nodes;
    uint64_t lengths = 0;
    for (unsigned i = node->child; i != 0; i = nodes[i].next)
        lengths |= UINT64_C(1) << (nodes[i].name.n & 63);
    return lengths;
}

/* Passes over a member, or puts it after a comma if it is wanted and others stand before it. */
static const char *part_put_member(part *out, const char *p, const wdt_field *node,
                                   uint64_t lengths, int *others)
{
    wdt_value *b = out->b;
    const char *const key = p;
    const wdt_field *field;
    wdt_string name;
    size_t key_n;
    if (*p != '"')
        return part_fail(out, p, "a key was expected");
    p = wdt_string_read(p + 1, &name, &b->flaw);
    if (p == NULL)
        return NULL;
    key_n = (size_t)(p - key);
    p = wdt_skip_space(p);
    if (*p != ':')
        return part_fail(out, p, "a colon was expected");
    p = wdt_skip_space(p + 1);
    if (part_find(out, node, lengths, &name, &field) != 0)
        return NULL;
    if (field == NULL) {
        const char *end = wdt_scan_skip(p, b->piece.bytes + b->piece.n, b->depth_limit - b->depth);
        return end != NULL ? end : part_fail(out, p, "a value was expected");
    }
    part_make_room(out, key_n + 2);
    if (*others)
        part_put(out, ",", 1);
    *others = 1;
    part_put(out, key, key_n);
    part_put(out, ":", 1);
    return part_put_value(out, p, field);
}

/* Puts a container: of an object the wanted members, of a list what is wanted of each item. */
static const char *part_put_container(part *out, const char *p, const wdt_field *node)
{
    const char close = *p == '{' ? '}' : ']';
    const uint64_t lengths = close == '}' ? part_lengths(out, node) : 0;
    int others = 0, more;
    if (out->b->depth >= out->b->depth_limit)
        return part_fail(out, p, "a value is nested too deep");
    out->b->depth++;
    part_make_room(out, 2);
    part_put(out, p, 1);
    p = wdt_skip_space(p + 1);
    more = *p != close;
    while (more) {
        p = close == '}' ? part_put_member(out, p, node, lengths, &others)
                         : part_put_value(out, p, node);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        more = *p == ',';
        if (!more && *p != close)
            return part_fail(out, p, "a comma was expected");
        if (more && close == ']')
            part_put(out, ",", 1);
        if (more)
            p = wdt_skip_space(p + 1);
    }
    part_put(out, &close, 1);
    out->b->depth--;
    return p + 1;
}

/* Puts a value of which `node` says what is wanted. */
static const char *part_put_value(part *out, const char *p, const wdt_field *node)
{
    if (*p != '{' && *p != '[')
        return part_put_scalar(out, p);
    return node->want == WDT_WANT_WHOLE ? part_put_whole(out, p) : part_put_container(out, p, node);
}

/* Pushes what is wanted of the row. Returns where the row ends, or NULL and the flaw. */
static const char *part_build(wdt_value *b)
{
    part out = {b, 0};
    const char *end;
    b->depth = 0;
    end = part_put_value(&out, b->piece.bytes, &b->wanted->nodes[0]);
    if (end != NULL)
        lua_pushlstring(b->L, *b->scratch, out.n);
    return end;
}

int wdt_raw_build_part(wdt_value *b)
{
    const char *end = part_build(b);
    if (end != NULL && end != b->piece.bytes + b->piece.n) {
        b->flaw.at = end;
        b->flaw.what = "a comma or a closing bracket was expected";
        return -1;
    }
    return end != NULL ? 0 : -1;
}

const char *wdt_raw_build_part_ahead(wdt_value *b)
{
    const char *end = part_build(b);
    if (end == NULL || end >= b->piece.bytes + b->piece.n)
        return NULL;
    b->piece.n = (size_t)(end - b->piece.bytes);
    return wdt_value_build_keys(b) == 0 ? end : NULL;
}
