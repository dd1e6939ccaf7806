rockspec_format = "3.0"
package = "wdt"
version = "0.2.0-1"
source = {
  url = "git+https://localhost/wdt.git", -- where this project is published; `luarocks make` builds the tree it is called in
  tag = "v0.2.0",
}
description = {
  summary = "The Wangdian Tong (旺店通) ERP open API: every row, exactly once, exactly as the ERP holds it",
  detailed = [[
A client for both editions (企业版 and 旗舰版) of the Wangdian Tong open API. A thin C core signs, transfers and decodes;
a Lua layer cuts ranges into windows, proves them complete, keeps the rate, retries and synchronises.]],
  license = "MIT",
}
dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.1",
}
external_dependencies = { -- only `library`: the headers live in a multiarch folder on Debian, where luarocks does not look
  CRYPTO = { library = "crypto" },
  CURL = { library = "curl" },
  ZLIB = { library = "z" },
}
build = {
  type = "cmake",
  variables = {
    LUA_INCDIR = "$(LUA_INCDIR)",
    WDT_LUADIR = "$(LUADIR)",
    WDT_LIBDIR = "$(LIBDIR)",
  },
  install = { bin = { wdt = "lua/wdt/cli/command.lua" } },
}
