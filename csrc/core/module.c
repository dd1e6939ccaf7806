/* wdt.core: the decoder, the formatter, the laying out of tables, the signatures and two digests,
 * and the constants that go with them.
 *
 *     core.null      the light userdata NULL, which no JSON value but null becomes
 *     core.array_mt  the metatable that lists carry, so that [] stays [] when it is encoded again
 *     core.simd      the instruction set that scans run in, for bug reports */
#include "digest.h"
#include "core.h"

WDT_EXPORT int luaopen_wdt_core(lua_State *L);

WDT_EXPORT int luaopen_wdt_core(lua_State *L)
{
    static const luaL_Reg sign[] = {{"enterprise", wdt_sign_enterprise},
                                    {"ultimate", wdt_sign_ultimate},
                                    {"top", wdt_sign_top},
                                    {"nested", wdt_sign_nested},
                                    {NULL, NULL}};
    static const luaL_Reg core[] = {{"decoder", wdt_decoder_new},
                                    {"formatter", wdt_formatter_new},
                                    {"laying", wdt_laying_new},
                                    {"md5", wdt_digest_md5},
                                    {"hmac_sha256", wdt_digest_hmac_sha256},
                                    {NULL, NULL}};
    wdt_decoder_register(L);
    wdt_formatter_register(L);
    wdt_laying_register(L);
    luaL_newlib(L, core);
    luaL_newlib(L, sign);
    lua_setfield(L, -2, "sign");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_pushstring(L, wdt_scan_simd());
    lua_setfield(L, -2, "simd");
    lua_getfield(L, LUA_REGISTRYINDEX, WDT_ARRAY_TYPE);
    lua_setfield(L, -2, "array_mt");
    return 1;
}
