/* Makes the N-th allocation of a run of the core, or of a database's module, fail, for every N, and
 * looks at what becomes of it.
 *
 *     allocation SCRIPT [FIRST [LAST]]
 *
 * The script is run in a fresh Lua state whose allocator counts. It is run once to count, then once
 * for each N in which the N-th allocation fails, and once in which all from the N-th on fail. Each
 * run must end well, or with an error that says that memory ran out, and must leave nothing
 * allocated when the state has been closed. What a script asserts is its own affair: an assertion
 * that fails is neither. Run under ASan this is also a search for memory used when it is gone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_wdt_core(lua_State *L);
int luaopen_wdt_sqlite(lua_State *L);

typedef struct account {
    unsigned long count;   /* allocations so far */
    unsigned long fail_at; /* the one that fails, 0: none */
    int for_good;          /* and all after it */
    size_t bytes;          /* allocated now */
} account;

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size)
{
    account *a = ud;
    void *fresh;
    if (new_size == 0) {
        if (block != NULL)
            a->bytes -= old_size;
        free(block);
        return NULL;
    }
    if (block == NULL)
        old_size = 0;          /* Lua passes a type here */
    if (new_size > old_size) { /* making a block smaller never fails: Lua relies on it */
        a->count++;
        if (a->fail_at != 0 && (a->count == a->fail_at || (a->for_good && a->count > a->fail_at)))
            return NULL;
    }
    fresh = realloc(block, new_size);
    if (fresh == NULL)
        abort();
    a->bytes += new_size - old_size;
    return fresh;
}

static void open_modules(lua_State *L)
{
    luaL_requiref(L, "wdt.core", luaopen_wdt_core, 0);
    luaL_requiref(L, "wdt.sqlite", luaopen_wdt_sqlite, 0);
    lua_pop(L, 2);
}

static int run(lua_State *L)
{
    luaL_openlibs(L);
    open_modules(L);
    if (luaL_loadfile(L, lua_touserdata(L, 1)) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

/* Runs the script; -1 when it ends in a way it must not. */
static int attempt(char *script, account *a)
{
    lua_State *L = lua_newstate(allocate, a);
    int result = 0;
    if (L != NULL) {
        lua_pushcfunction(L, run);
        lua_pushlightuserdata(L, script);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
            const char *message = lua_tostring(L, -1);
            if (message == NULL || strstr(message, "memory") == NULL || a->fail_at == 0) {
                fprintf(stderr, "allocation %lu: %s\n", a->fail_at,
                        message != NULL ? message : "(no message)");
                result = -1;
            }
        }
        lua_close(L);
    }
    if (a->bytes != 0) {
        fprintf(stderr, "allocation %lu: %zu bytes are left\n", a->fail_at, a->bytes);
        result = -1;
    }
    return result;
}

int main(int argc, char **argv)
{
    account a = {0, 0, 0, 0};
    unsigned long total, first, last, failures = 0;
    if (argc < 2 || attempt(argv[1], &a) != 0)
        return 2;
    total = a.count;
    first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    last = argc > 3 ? strtoul(argv[3], NULL, 10) : total;
    for (unsigned long n = first; n <= last; n++) {
        for (int for_good = 0; for_good < 2; for_good++) {
            memset(&a, 0, sizeof a);
            a.fail_at = n;
            a.for_good = for_good;
            failures += attempt(argv[1], &a) != 0;
        }
    }
    printf("%lu allocations, each made to fail: %lu runs ended badly\n", total, failures);
    return failures != 0;
}
