/* wdt.curl: transfers (transfer.c) as Lua objects; and the clock, sleep and chance that go with
 * them.
 *
 * Who references whom: an exchange references its pool and its decoder (user value). The pool's
 * list of transfers in flight is no Lua reference: only the holder of an exchange can ask for its
 * result, so when no one holds it any more it is collected, and that takes it out of the multi
 * first and shuts its connection. So a loop left early ends under a Lua without to-be-closed
 * variables. Finalizers run newest first: an exchange goes before its decoder and its pool; a pool
 * that is closed earlier detaches its exchanges itself.
 */
#define _DEFAULT_SOURCE /* clock_gettime, nanosleep, getentropy under -std=c99 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include "args.h"
#include "transfer.h"

#define POOL_TYPE     "wdt.curl.pool"
#define EXCHANGE_TYPE "wdt.curl.exchange"

/* Pushes nil, text, code: the results of every failure. The text begins with the code. */
static int error_push(lua_State *L, const char *code, const char *text)
{
    lua_pushnil(L);
    lua_pushstring(L, text);
    lua_pushstring(L, code);
    return 3;
}

/* ---- exchange ------------------------------------------------------------ */

/* Returns the exchange at stack index 1, or raises. */
static wdt_exchange *exchange_check(lua_State *L)
{
    return luaL_checkudata(L, 1, EXCHANGE_TYPE);
}

/* The decoder's own error, by its feed of nothing. */
static int exchange_tell_refusal(lua_State *L)
{
    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, 2);
    lua_getfield(L, -1, "feed");
    lua_insert(L, -2);
    lua_pushliteral(L, "");
    lua_call(L, 2, 3);
    return lua_isnil(L, -3)
               ? 3
               : error_push(L, "closed",
                            "closed: the decoder refused the answer and was reset since");
}

/* exchange:pull() -> true when the decoder has got more, another transfer has ended, or a quarter
 * of a second has passed (ask it, and pull again) | false when the answer is complete | nil, err,
 * code When the decoder refuses its bytes, one pull says true (the rows before the fault, then the
 * fault, come out of decoder:next()); every later one returns the decoder's own error. */
static int exchange_pull(lua_State *L)
{
    wdt_exchange *x = exchange_check(L);
    if (x->outcome == WDT_OUTCOME_IN_FLIGHT)
        wdt_exchange_wait(x);
    if (x->outcome == WDT_OUTCOME_CLOSED)
        return error_push(L, "closed", "closed: the exchange was closed");
    if (x->seen != x->fed || x->outcome == WDT_OUTCOME_IN_FLIGHT) {
        x->seen = x->fed;
        lua_pushboolean(L, 1);
        return 1;
    }
    if (x->outcome == WDT_OUTCOME_FAILED)
        return error_push(L, x->code, x->text);
    if (x->outcome == WDT_OUTCOME_REFUSED)
        return exchange_tell_refusal(L);
    lua_pushboolean(L, 0);
    return 1;
}

/* exchange:await(ticket) -> true when `pull` would not wait; else false, and pool:news() tells the
 * ticket, an integer above 0, once it would not. For a loop that drives the pool by `turn` */
static int exchange_await(lua_State *L)
{
    wdt_exchange *x = exchange_check(L);
    const double ticket = wdt_args_number(L, 2, "ticket", 1, 9007199254740992.0);
    lua_pushboolean(L, wdt_exchange_await(x, (long long)ticket));
    return 1;
}

/* exchange:poll() -> true when the answer is complete or has failed, else false; never waits */
static int exchange_poll(lua_State *L)
{
    wdt_exchange *x = exchange_check(L);
    if (x->outcome == WDT_OUTCOME_IN_FLIGHT)
        wdt_exchange_poke(x);
    lua_pushboolean(L, x->outcome != WDT_OUTCOME_IN_FLIGHT);
    return 1;
}

/* exchange:header(name) -> value of the first such header of the answer | nil */
static int exchange_header(lua_State *L)
{
    wdt_exchange *x = exchange_check(L);
    size_t name_bytes, bytes = 0;
    const char *name = wdt_args_text(L, 2, "name", &name_bytes);
    const char *value = wdt_exchange_header(x, name, name_bytes, &bytes);
    if (value != NULL)
        lua_pushlstring(L, value, bytes);
    else
        lua_pushnil(L);
    return 1;
}

/* exchange:close(): idempotent; also __gc and __close */
static int exchange_close(lua_State *L)
{
    wdt_exchange_close(exchange_check(L));
    return 0;
}

/* exchange.status -> integer | nil; exchange.bytes -> integer; exchange.sent -> true once the
 * request may have left this machine, even in part; and the methods (upvalue) */
static int exchange_index(lua_State *L)
{
    wdt_exchange *x = exchange_check(L);
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "status") == 0 && x->status != 0)
        lua_pushinteger(L, (lua_Integer)x->status);
    else if (strcmp(key, "bytes") == 0)
        lua_pushinteger(L, (lua_Integer)x->bytes);
    else if (strcmp(key, "sent") == 0)
        lua_pushboolean(L, x->easy != NULL ? wdt_exchange_connected(x) : x->connected || x->sent);
    else
        lua_rawget(L, lua_upvalueindex(1));
    return 1;
}

/* ---- pool ------------------------------------------------------------ */

/* Returns the pool at stack index 1, or raises. */
static wdt_pool *pool_check(lua_State *L)
{
    return luaL_checkudata(L, 1, POOL_TYPE);
}

/* curl.pool() -> pool */
static int pool_new(lua_State *L)
{
    wdt_pool *p = lua_newuserdatauv(L, sizeof *p, 0);
    memset(p, 0, sizeof *p);
    luaL_getmetatable(L, POOL_TYPE);
    lua_setmetatable(L, -2);
    return wdt_pool_open(p) == 0 ? 1 : luaL_error(L, "not enough memory");
}

/* pool:close(): idempotent; also __gc and __close. Exchanges in flight are closed with it. */
static int pool_close(lua_State *L)
{
    wdt_pool_close(pool_check(L));
    return 0;
}

/* Adds the descriptors of the list that field `name` of the table at stack index 3 holds. Returns
 * how many there are now; what is beyond WDT_WATCHED is left out, and its owner looks again
 * anyway. */
static size_t watched_add(lua_State *L, const char *name, short events, struct pollfd *fds,
                          size_t n)
{
    int i;
    lua_getfield(L, 3, name);
    for (i = 1; lua_istable(L, -1) && n < WDT_WATCHED; i++) {
        lua_rawgeti(L, -1, i);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            break;
        }
        fds[n].fd = (int)lua_tointeger(L, -1);
        fds[n].events = events;
        fds[n++].revents = 0;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return n;
}

/* pool:turn(seconds[, { r = {fd...}, w = {fd...} }]): moves what can be moved, waiting that long at
 * most for the network, or for one of these sockets to be readable or writable */
static int pool_turn(lua_State *L)
{
    wdt_pool *p = pool_check(L);
    const double seconds = wdt_args_number(L, 2, "seconds", 0, 1e6);
    struct pollfd fds[WDT_WATCHED];
    size_t n = 0;
    if (lua_istable(L, 3)) {
        n = watched_add(L, "r", POLLIN, fds, n);
        n = watched_add(L, "w", POLLOUT, fds, n);
    }
    wdt_pool_turn(p, seconds, fds, n);
    return 0;
}

/* pool:news() -> ticket of an exchange that was awaited (see there) and need not be any more | nil
 * when there is none */
static int pool_news(lua_State *L)
{
    const long long ticket = wdt_pool_news(pool_check(L));
    if (ticket == 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, (lua_Number)ticket);
    return 1;
}

/* Returns a text that libcurl takes as a C string, `fallback` for nil. A zero byte would cut it. */
static const char *argument_text(lua_State *L, int i, const char *name, const char *fallback)
{
    size_t n;
    const char *text;
    if (lua_isnoneornil(L, i))
        return fallback;
    text = wdt_args_text(L, i, name, &n);
    if (strlen(text) != n)
        wdt_misuse(L, name, i, "a string without a zero byte");
    return text;
}

/* Returns a number of seconds above 0, or raises. A million seconds is more than any wait, and as
 * milliseconds still a long. */
static double argument_seconds(lua_State *L, int i, const char *name)
{
    const double seconds = wdt_args_number(L, i, name, 0, 1e6);
    if (seconds == 0)
        wdt_misuse(L, name, i, "a number above 0");
    return seconds;
}

/* The userdata at the top of the stack gets its metatable, and references its pool (1) and its
 * decoder (2). */
static void exchange_bind(lua_State *L)
{
    luaL_getmetatable(L, EXCHANGE_TYPE);
    lua_setmetatable(L, -2);
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 2);
    lua_setiuservalue(L, -2, 1);
}

/* pool:open(decoder, url, body, {"Name: value", ...}, connect, stall, total [, proxy [, ca_file [,
 * user_agent [, fresh]]]])
 *   -> exchange | nil, err, code */
static int pool_open(lua_State *L)
{
    wdt_pool *p = pool_check(L);
    wdt_sink *sink = luaL_checkudata(L, 2, WDT_SINK_TYPE);
    const double connect = argument_seconds(L, 6, "connect"),
                 stall = argument_seconds(L, 7, "stall"), total = argument_seconds(L, 8, "total");
    wdt_request request;
    wdt_exchange *x;
    if (sink->version != WDT_SINK_VERSION)
        return luaL_error(L, "wdt.core and wdt.curl come from different versions; rebuild both");
    request.url = argument_text(L, 3, "url", "");
    request.body = wdt_args_text(L, 4, "body", &request.body_bytes);
    if (!lua_istable(L, 5))
        return wdt_misuse(L, "headers", 5, "a table");
    request.proxy = argument_text(L, 9, "proxy", "");
    request.ca_file = argument_text(L, 10, "ca_file", NULL);
    request.user_agent = argument_text(L, 11, "user_agent", NULL);
    request.fresh = lua_toboolean(L, 12);
    if (p->multi == NULL)
        return error_push(L, "closed", "closed: the host was closed");

    x = lua_newuserdatauv(L, sizeof *x, 1);
    memset(x, 0, sizeof *x);
    exchange_bind(L);
    x->sink = sink;
    x->connect = connect;
    x->stall = stall;
    x->total = total;
    if (wdt_exchange_name(x, request.url) != 0)
        return wdt_misuse(L, "url", 3, "a URL");
    for (int i = 1, n = (int)lua_rawlen(L, 5); i <= n; i++) {
        lua_rawgeti(L, 5, i);
        if (lua_type(L, -1) != LUA_TSTRING)
            return wdt_misuse(L, "headers", -1, "a list of strings");
        if (wdt_exchange_header_add(x, lua_tostring(L, -1)) != 0)
            return luaL_error(L, "not enough memory");
        lua_pop(L, 1);
    }
    if (wdt_exchange_start(x, p, &request) != 0)
        return error_push(L, x->code, x->text);
    return 1;
}

/* ---- clocks and chance ------------------------------------------------------------ */

/* curl.now() -> monotonic seconds */
static int clock_now(lua_State *L)
{
    lua_pushnumber(L, wdt_now());
    return 1;
}

/* curl.time() -> Unix seconds */
static int clock_time(lua_State *L)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    lua_pushnumber(L, (double)t.tv_sec + (double)t.tv_nsec * 1e-9);
    return 1;
}

/* curl.sleep(seconds): returns early when a signal was handled, so that the hook it may have set
 * runs; the caller looks at the clock and sleeps on. */
static int clock_sleep(lua_State *L)
{
    const double s = wdt_args_number(L, 1, "seconds", 0, 1e9);
    struct timespec t;
    t.tv_sec = (time_t)s;
    t.tv_nsec = (long)((s - floor(s)) * 1e9);
    nanosleep(&t, NULL);
    return 0;
}

/* curl.random() -> [0, 1), of the system's own randomness: no seed to get wrong, nothing that a
 * fork could repeat */
static int chance_random(lua_State *L)
{
    unsigned char bytes[7];
    double value = 0;
    if (getentropy(bytes, sizeof bytes) != 0)
        return luaL_error(L, "getentropy: %s", strerror(errno));
    bytes[0] &= 0x1f; /* 53 bits in all, what a double holds */
    for (size_t i = 0; i < sizeof bytes; i++)
        value = value * 256 + bytes[i];
    lua_pushnumber(L, ldexp(value, -53));
    return 1;
}

/* ---- module ------------------------------------------------------------ */

/* Undoes library_acquire when the state is closed. */
static int library_release(lua_State *L)
{
    (void)L;
    curl_global_cleanup();
    return 0;
}

/* libcurl is initialised once a state. What undoes it is older than every pool, hence finalized
 * after the last one. */
static void library_acquire(lua_State *L)
{
    static char key;
    lua_pushlightuserdata(L, &key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_isnil(L, -1)) {
        lua_pushlightuserdata(L, &key);
        lua_newuserdatauv(L, 1, 0);
        lua_createtable(L, 0, 1);
        lua_pushcfunction(L, library_release);
        lua_setfield(L, -2, "__gc");
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            luaL_error(L, "libcurl does not initialise");
        lua_setmetatable(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }
    lua_pop(L, 1);
}

/* The metatable of a type: not to be seen from Lua, so that no metamethod can be called with
 * anything else. */
static void type_register(lua_State *L, const char *name, lua_CFunction close)
{
    luaL_newmetatable(L, name);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__close");
}

WDT_EXPORT int luaopen_wdt_curl(lua_State *L);

WDT_EXPORT int luaopen_wdt_curl(lua_State *L)
{
    static const luaL_Reg exchange_methods[] = {
        {"pull", exchange_pull},     {"poll", exchange_poll},   {"await", exchange_await},
        {"header", exchange_header}, {"close", exchange_close}, {NULL, NULL}};
    static const luaL_Reg pool_methods[] = {{"open", pool_open},
                                            {"turn", pool_turn},
                                            {"news", pool_news},
                                            {"close", pool_close},
                                            {NULL, NULL}};
    static const luaL_Reg functions[] = {{"pool", pool_new},        {"now", clock_now},
                                         {"time", clock_time},      {"sleep", clock_sleep},
                                         {"random", chance_random}, {NULL, NULL}};
    library_acquire(L);
    type_register(L, EXCHANGE_TYPE, exchange_close);
    luaL_newlib(L, exchange_methods);
    lua_pushcclosure(L, exchange_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    type_register(L, POOL_TYPE, pool_close);
    luaL_newlib(L, pool_methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    lua_pushstring(L, curl_version());
    lua_setfield(L, -2, "libcurl");
    return 1;
}
