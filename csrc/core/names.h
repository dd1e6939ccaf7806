/* A set of names that the objects of a list hold, such as those of columns. Rows have their fields
 * in one order mostly, so that each name remembers which one came after it; a hash table finds the
 * others. No Lua here. */
#ifndef WDT_NAMES_H
#define WDT_NAMES_H

#include "reader.h"

#define WDT_NAMES_MAX 4096 /* names in a set */

typedef struct wdt_name {
    size_t at, n;      /* its bytes, counted from the set's */
    uint64_t seen;     /* free for the user: the object that held it last */
    unsigned follower; /* index of the name that came after it in the object before */
    int place;         /* free for the user */
} wdt_name;

/* Zeroed at first, but for the allocator. */
typedef struct wdt_names {
    wdt_alloc alloc; /* owns all blocks */
    void *ud;
    wdt_name *items;
    char *bytes;
    unsigned *slots; /* hash table of indexes + 1; 0: free */
    size_t bytes_n, bytes_size;
    unsigned n, items_size, slots_n;
    unsigned last; /* the name that was found last */
} wdt_names;

/* Adds a name, or finds it where it is one already. NULL where memory or WDT_NAMES_MAX does not
 * suffice; then nothing has changed. */
wdt_name *wdt_names_add(wdt_names *names, const char *bytes, size_t n, int place);
/* Begins an object: its first name is likely that of the first object. */
void wdt_names_begin(wdt_names *names);
/* Returns the name, or NULL. */
wdt_name *wdt_names_find(wdt_names *names, const char *bytes, size_t n);
/* Gives all memory back. */
void wdt_names_free(wdt_names *names);

#endif
