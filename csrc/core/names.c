/* The set of names that names.h describes: an array of names in the order in which they were added,
 * their bytes in one block, and an open hash table of twice as many slots at least. */
#include "names.h"

#include <string.h>

/* FNV-1a. */
static unsigned name_hash(const char *bytes, size_t n)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619U;
    return hash;
}

static int name_is(const wdt_names *names, const wdt_name *name, const char *bytes, size_t n)
{
    return name->n == n && memcmp(names->bytes + name->at, bytes, n) == 0;
}

/* Returns the slot of a name: that of its index, or the free one where it would go. */
static unsigned *name_slot(const wdt_names *names, const char *bytes, size_t n)
{
    unsigned i = name_hash(bytes, n) & (names->slots_n - 1);
    while (names->slots[i] != 0 && !name_is(names, &names->items[names->slots[i] - 1], bytes, n))
        i = (i + 1) & (names->slots_n - 1);
    return &names->slots[i];
}

/* Makes the table of slots anew, twice as large. Returns 0, or -1. */
static int slots_grow(wdt_names *names)
{
    const unsigned size = names->slots_n == 0 ? 32 : names->slots_n * 2, old = names->slots_n;
    unsigned *slots = names->alloc(names->ud, NULL, 0, size * sizeof *slots);
    if (slots == NULL)
        return -1;
    memset(slots, 0, size * sizeof *slots);
    if (names->slots != NULL)
        names->alloc(names->ud, names->slots, old * sizeof *slots, 0);
    names->slots = slots;
    names->slots_n = size;
    for (unsigned i = 0; i < names->n; i++)
        *name_slot(names, names->bytes + names->items[i].at, names->items[i].n) = i + 1;
    return 0;
}

static int items_grow(wdt_names *names)
{
    const unsigned size = names->items_size == 0 ? 16 : names->items_size * 2;
    wdt_name *items = names->alloc(names->ud, names->items, names->items_size * sizeof *items,
                                   size * sizeof *items);
    if (items == NULL)
        return -1;
    names->items = items;
    names->items_size = size;
    return 0;
}

static int bytes_grow(wdt_names *names, size_t n)
{
    size_t size = names->bytes_size == 0 ? 512 : names->bytes_size;
    char *bytes;
    while (size - names->bytes_n < n)
        if ((size *= 2) > SIZE_MAX / 4)
            return -1;
    bytes = names->alloc(names->ud, names->bytes, names->bytes_size, size);
    if (bytes == NULL)
        return -1;
    names->bytes = bytes;
    names->bytes_size = size;
    return 0;
}

wdt_name *wdt_names_add(wdt_names *names, const char *bytes, size_t n, int place)
{
    wdt_name *name = names->n > 0 ? wdt_names_find(names, bytes, n) : NULL;
    if (name != NULL)
        return name;
    if (names->n == WDT_NAMES_MAX || n > SIZE_MAX / 4 ||
        (names->n == names->items_size && items_grow(names) != 0) ||
        (2 * (names->n + 1) > names->slots_n && slots_grow(names) != 0) ||
        (n > names->bytes_size - names->bytes_n && bytes_grow(names, n) != 0))
        return NULL;
    name = &names->items[names->n];
    memset(name, 0, sizeof *name);
    name->at = names->bytes_n;
    name->n = n;
    name->place = place;
    name->follower = names->n + 1;
    if (n > 0)
        memcpy(names->bytes + names->bytes_n, bytes, n);
    *name_slot(names, bytes, n) = ++names->n;
    names->bytes_n += n;
    return name;
}

void wdt_names_begin(wdt_names *names)
{
    names->last = WDT_NAMES_MAX;
}

wdt_name *wdt_names_find(wdt_names *names, const char *bytes, size_t n)
{
    const unsigned likely = names->last < names->n ? names->items[names->last].follower : 0;
    unsigned found = likely + 1;
    if (names->n == 0)
        return NULL;
    if (likely >= names->n || !name_is(names, &names->items[likely], bytes, n)) {
        found = *name_slot(names, bytes, n);
        if (found == 0)
            return NULL;
        if (names->last < names->n)
            names->items[names->last].follower = found - 1;
    }
    names->last = found - 1;
    return &names->items[names->last];
}

void wdt_names_free(wdt_names *names)
{
    if (names->items != NULL)
        names->alloc(names->ud, names->items, names->items_size * sizeof *names->items, 0);
    if (names->bytes != NULL)
        names->alloc(names->ud, names->bytes, names->bytes_size, 0);
    if (names->slots != NULL)
        names->alloc(names->ud, names->slots, names->slots_n * sizeof *names->slots, 0);
    names->items = NULL;
    names->bytes = NULL;
    names->slots = NULL;
    names->n = names->items_size = names->slots_n = 0;
    names->bytes_n = names->bytes_size = 0;
}
