/* A stand-in for lua-curl, of which Debian has none for Lua 5.4: the part of its interface that
 * peer.lua uses, done in the plainest way there is. On LuaJIT the benchmark runs both, and shows
 * whether the stand-in is as fast as the original.
 */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#define EASY_TYPE "stand-in.curl.easy"

typedef struct easy {
    CURL *handle; /* owned; NULL once closed */
    lua_State *L; /* of the perform that runs */
    int callback; /* a reference, to the function that takes the body */
} easy;

static easy *easy_check(lua_State *L)
{
    return luaL_checkudata(L, 1, EASY_TYPE);
}

/* callback(bytes, n) -> n */
static size_t easy_on_body(char *bytes, size_t size, size_t n, void *self)
{
    easy *e = self;
    lua_State *L = e->L;
    size_t taken;
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->callback);
    lua_pushlstring(L, bytes, size * n);
    lua_pushnumber(L, (lua_Number)(size * n));
    if (lua_pcall(L, 2, 1, 0) != 0)
        return 0;
    taken = (size_t)lua_tonumber(L, -1);
    lua_pop(L, 1);
    return taken;
}

/* easy:setopt(option, text or function) */
static int easy_setopt(lua_State *L)
{
    easy *e = easy_check(L);
    const CURLoption option = (CURLoption)luaL_checknumber(L, 2);
    if (option == CURLOPT_WRITEFUNCTION) {
        luaL_checktype(L, 3, LUA_TFUNCTION);
        lua_settop(L, 3);
        e->callback = luaL_ref(L, LUA_REGISTRYINDEX);
        curl_easy_setopt(e->handle, CURLOPT_WRITEFUNCTION, easy_on_body);
        curl_easy_setopt(e->handle, CURLOPT_WRITEDATA, (void *)e);
    } else {
        curl_easy_setopt(e->handle, option == CURLOPT_POSTFIELDS ? CURLOPT_COPYPOSTFIELDS : option,
                         luaL_checkstring(L, 3));
    }
    return 0;
}

/* easy:perform() -> true | nil, message */
static int easy_perform(lua_State *L)
{
    easy *e = easy_check(L);
    CURLcode rc;
    e->L = L;
    rc = curl_easy_perform(e->handle);
    if (rc != CURLE_OK) {
        lua_pushnil(L);
        lua_pushstring(L, curl_easy_strerror(rc));
        return 2;
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* easy:close(): idempotent; also __gc */
static int easy_close(lua_State *L)
{
    easy *e = easy_check(L);
    if (e->handle != NULL)
        curl_easy_cleanup(e->handle);
    e->handle = NULL;
    return 0;
}

/* curl.easy_init() -> easy */
static int easy_init(lua_State *L)
{
    easy *e = lua_newuserdata(L, sizeof *e);
    memset(e, 0, sizeof *e);
    luaL_getmetatable(L, EASY_TYPE);
    lua_setmetatable(L, -2);
    e->handle = curl_easy_init();
    return e->handle != NULL ? 1 : luaL_error(L, "not enough memory");
}

static void option(lua_State *L, const char *name, CURLoption number)
{
    lua_pushnumber(L, (lua_Number)number);
    lua_setfield(L, -2, name);
}

static void function(lua_State *L, const char *name, lua_CFunction f)
{
    lua_pushcfunction(L, f);
    lua_setfield(L, -2, name);
}

int luaopen_curl(lua_State *L);

int luaopen_curl(lua_State *L)
{
    luaL_newmetatable(L, EASY_TYPE);
    function(L, "setopt", easy_setopt);
    function(L, "perform", easy_perform);
    function(L, "close", easy_close);
    function(L, "__gc", easy_close);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_newtable(L);
    function(L, "easy_init", easy_init);
    option(L, "OPT_URL", CURLOPT_URL);
    option(L, "OPT_POSTFIELDS", CURLOPT_POSTFIELDS);
    option(L, "OPT_WRITEFUNCTION", CURLOPT_WRITEFUNCTION);
    return 1;
}
