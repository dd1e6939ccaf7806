/* Builds objects that are like one that stood at the same place before (shape.h). The names are
 * not read: the bytes between two values are compared with those of last time, and the values go
 * onto the Lua stack as the arguments of a function that makes the whole table.
 *
 *     bytes      {"id":  7  ,"no":"  A1  "}
 *     shape       gap0  v0    gap1   v1  gap2      function(a000, a001) return { id = .., no = .. }
 *
 * Where the bytes differ, another shape of the place may go on from there; where none does, a
 * table is made of the values so far and the rest is read name by name. A template (template.c)
 * also holds the values that never change, so that a whole run of members is one comparison. */
#include "value_parts.h"

/* The bytes went another way than any shape before member i, at p: makes a table of the values so
 * far, which stand above stack index `base`, puts it in their place, and goes on name by name. */
static const char *shape_leave(wdt_value *b, const wdt_object *object, const char *p,
                               const wdt_shape *shape, unsigned i)
{
    const int base = object->base;
    lua_State *L = b->L;
    lua_createtable(L, 0, wdt_value_expect(object->site->members));
    for (unsigned k = 0; k < i; k++) {
        const wdt_member *member = &shape->members[k];
        if (member->want == WDT_WANT_SKIP)
            continue;
        lua_pushlstring(L, shape->bytes + member->name, member->name_n);
        lua_pushvalue(L, base + 1 + (int)member->argument);
        wdt_value_set_member(b);
    }
    lua_replace(L, base);
    lua_settop(L, base);
    return wdt_value_add_members(b, object, i == 0 ? p + 1 : p, shape, i);
}

/* Pushes what is wanted of a member whose name is known, if it is not the common case. */
static const char *member_take_other(wdt_value *b, const char *p, wdt_site *site,
                                     const wdt_shape *shape, wdt_member *member)
{
    const char first = *(p = wdt_skip_space(p)); /* there may be more space than the shape's */
    if (member->want == WDT_WANT_SKIP)
        return member->slot >= 0 ? wdt_value_read_slot(b, p, member->slot) : wdt_value_skip(b, p);
    if (member->site == NULL && (first == '{' || first == '['))
        member->site = wdt_site_child(b->shapes, site, shape->bytes + member->name, member->name_n);
    return wdt_value_take(b, p, member->site, member->field);
}

/* Counts the deviations that every object of this shape has, which were found when the shape was
 * learnt. */
static inline void shape_note(wdt_value *b, const wdt_shape *shape)
{
    if (shape->unknown != 0)
        b->deviations->row[WDT_DEVIATION_UNKNOWN] += shape->unknown;
    if (shape->missing != 0)
        b->deviations->row[WDT_DEVIATION_MISSING] += shape->missing;
}

/* Takes the value at p as the member of a shape. Strings are by far the most values, so they are
 * looked at first. */
static inline const char *member_take(wdt_value *b, const char *p, wdt_site *site,
                                      const wdt_shape *shape, wdt_member *member)
{
    if (*p == '"') {
        if (member->string == WDT_STRING_USE_PUSH)
            return wdt_value_push_string(b, p);
        if (member->string == WDT_STRING_USE_PASS)
            return wdt_string_skip(p + 1);
        if (member->string == WDT_STRING_USE_CONVERT)
            return wdt_value_push_typed_string(b, p, member->field);
    }
    return member_take_other(b, p, site, shape, member);
}

/* The object at p, which seems to be of this shape, from member i on. The constructor stands at
 * stack index `base`, the values of the members before i above it. With `observe`, looks out for
 * members that never change. Leaves the table at `base`. */
static const char *shape_build(wdt_value *b, const wdt_object *object, const char *p,
                               wdt_shape *shape, unsigned i, int observe)
{
    wdt_site *const site = object->site;
    for (;; i++) {
        wdt_member *member = &shape->members[i];
        const char *value;
        if (!wdt_match(p, shape->bytes + member->gap, member->gap_n)) {
            wdt_shape *other = wdt_site_variant(site, shape, i, p);
            if (other == NULL)
                return shape_leave(b, object, p, shape, i);
            shape = other;
            member = &shape->members[i];
            lua_rawgeti(b->L, b->constructors, shape->ref);
            lua_replace(b->L, object->base);
        }
        value = p += member->gap_n;
        if (i == shape->n)
            break;
        p = member_take(b, p, site, shape, member);
        if (p == NULL)
            return NULL;
        if (observe)
            wdt_member_observe(member, value, p);
    }
    lua_call(b->L, (int)shape->arguments, 1);
    shape_note(b, shape);
    wdt_shape_served(b->shapes, site, shape);
    if (shape->training > 0 && --shape->training == 0)
        wdt_template_make(b->shapes, b->L, b->constructors, shape);
    return p;
}

/* The object at `start` fitted its shape's template up to the step `reached` only, and p is after
 * the value before. Puts what the shape's own constructor needs so far on top of the stack, from
 * what the template's has got above `base` and from the constants, and goes on there. */
static const char *template_leave(wdt_value *b, const wdt_object *object, const char *p,
                                  wdt_shape *shape, const wdt_step *reached)
{
    wdt_object rest = *object;
    const int base = object->base;
    lua_State *L = b->L;
    wdt_template *template = shape->template;
    const wdt_step *step = template->steps;
    const unsigned n = reached == step ? 0 : reached[-1].member + 1;
    const int anew = ++template->misses >= WDT_MISSES_MAX &&
                     template->hits < WDT_MISSES_SHARE * template->misses;
    const int top = lua_gettop(L);
    lua_rawgeti(L, b->constructors, shape->ref);
    for (unsigned i = 0; i < n; i++) {
        wdt_member *member = &shape->members[i];
        const int changes = step->member == i;
        if (member->want != WDT_WANT_SKIP && changes)
            lua_pushvalue(L, base + 1 + (int)step->position);
        else if (member->want != WDT_WANT_SKIP &&
                 member_take(b, member->value, object->site, shape, member) == NULL)
            return NULL;
        step += changes;
    }
    rest.base = top + 1;
    p = shape_build(b, &rest, p, shape, n, 1);
    if (p == NULL)
        return NULL;
    lua_replace(L, base);
    lua_settop(L, base);
    if (anew) {
        wdt_template_make(b->shapes, L, b->constructors, shape);
    } else if (template->misses >= WDT_MISSES_MAX) {
        template->hits = template->misses = 0;
    }
    return p;
}

/* Goes on over strings that are not wanted, as long as the bytes are the template's: to the first
 * step that is something else. */
static WDT_ALWAYS_INLINE const wdt_step *template_pass_strings(const wdt_step *step,
                                                               const char **at)
{
    const char *p = *at;
    while (step->string == WDT_STRING_USE_PASS && wdt_match(p, step->gap, step->gap_n)) {
        p += step->gap_n;
        p = wdt_ends_at(p, step->length) ? p + step->length : wdt_find_quote(p);
        step++;
    }
    *at = p;
    return step;
}

/* An object of a place where objects were seen before: as long as it goes on like one of those, no
 * name is read. */
const char *wdt_value_push_known(wdt_value *b, const char *p, wdt_site *site, const wdt_field *node)
{
    lua_State *L = b->L;
    const wdt_object object = {p, site, node, lua_gettop(L) + 1};
    wdt_shape *shape = site->shapes[0];
    wdt_template *template = shape->template;
    const wdt_step *last;
    if (template == NULL || !template->ready) {
        lua_rawgeti(L, b->constructors, shape->ref);
        return shape_build(b, &object, p, shape, 0, shape->training > 0);
    }
    lua_rawgeti(L, b->constructors, shape->ref + 1);
    last = template->steps + template->n;
    for (const wdt_step *step = template->steps;; step++) {
        step = template_pass_strings(step, &p);
        if (!wdt_match(p, step->gap, step->gap_n)) {
            const int in_string =
                step > template->steps && step[-1].string != WDT_STRING_USE_SPECIAL;
            if (in_string && *p == '\\') /* a string that is passed over does not end here */
                p = wdt_string_skip(p) - 1;
            if (!wdt_match(p, step->gap, step->gap_n))
                return template_leave(b, &object, p + in_string, shape, step);
        }
        p += step->gap_n;
        if (step == last)
            break;
        if (step->string == WDT_STRING_USE_PUSH)
            p = wdt_value_push_text(b, p);
        else if (step->string == WDT_STRING_USE_PASS)
            p = wdt_find_quote(p);
        else
            p = member_take(b, p, site, shape, &shape->members[step->member]);
        if (p == NULL)
            return NULL;
    }
    lua_call(L, (int)template->arguments, 1);
    shape_note(b, shape);
    template->hits++;
    wdt_shape_served(b->shapes, site, shape);
    return p;
}
