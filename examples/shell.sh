#!/bin/sh
# Prepares your shell to try this tree without installing it: prints variables to be evaluated.
#
#   eval "$(sh examples/shell.sh)"                         then e.g.  lua5.4 examples/month_of_shipped.lua
#                                                                     wdt stockouts --last 24h | head
#   wdt sandbox --stop "$WDT_SANDBOX_PREFIX"               ends the sandbox
#
# `require "wdt"` (Lua 5.4) and the command `wdt` are found in this tree, whatever folder you go to. Where no account is set in
# WDT_EDITION, WDT_SID, WDT_APPKEY and WDT_APPSECRET, a sandbox is started and its account is set: of the enterprise edition, or
# of `sh examples/shell.sh ultimate` or `huice`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
. "$root/.ci/prepare"

edition=${1:-enterprise}
case $edition in
enterprise | ultimate | huice) ;;
*) prepare_fail "usage: sh examples/shell.sh [enterprise|ultimate|huice]" ;;
esac

quote() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

put() { # NAME VALUE
  printf 'export %s=%s\n' "$1" "$(quote "$2")"
}

packages="gcc libc6-dev make cmake lua5.4 liblua5.4-dev lua-cjson libcurl4-openssl-dev libssl-dev zlib1g-dev ca-certificates lua-argparse"
[ -n "${WDT_EDITION:-}" ] || packages="$packages nginx libnginx-mod-http-lua"
prepare_packages $packages
prepare_build lua5.4

mkdir -p "$build/bin"
printf '#!/bin/sh\nLUA_CPATH_5_4=%s exec lua5.4 %s "$@"\n' "$(quote "$build/lua5.4/?.so;;")" \
  "$(quote "$root/lua/wdt/cli/command.lua")" >"$build/bin/wdt"
chmod 755 "$build/bin/wdt"

# Of Lua 5.4 alone: a LuaJIT that is started in this shell must not meet modules that were built for another Lua.
put LUA_PATH_5_4 "$root/lua/?.lua;$root/lua/?/init.lua;;"
put LUA_CPATH_5_4 "$build/lua5.4/?.so;;"
if [ -e "$build/luajit/wdt/core.so" ]; then # examples/demo.sh and spec/run.sh build it
  put LUA_PATH "$root/lua/?.lua;$root/lua/?/init.lua;;"
  put LUA_CPATH "$build/luajit/?.so;;"
fi
case :$PATH: in *":$build/bin:"*) ;; *) printf 'export PATH=%s:"$PATH"\n' "$(quote "$build/bin")" ;; esac

[ -z "${WDT_EDITION:-}" ] || exit 0
sandbox=$("$build/bin/wdt" sandbox --detach --days 60 --rows 200)
eval "$sandbox"
put WDT_SANDBOX_URL "$WDT_SANDBOX_URL"
put WDT_SANDBOX_PREFIX "$WDT_SANDBOX_PREFIX"
LUA_PATH_5_4="$root/lua/?.lua;$root/lua/?/init.lua;;" LUA_CPATH_5_4="$build/lua5.4/?.so;;" lua5.4 - "$edition" \
  "$WDT_SANDBOX_URL" <<'LUA'
local sandbox = require "wdt.sandbox"
local s = sandbox.settings(arg[1], arg[2], sandbox.has(arg[1], "qimen"))
for _, name in ipairs{ "edition", "sid", "appkey", "appsecret", "url" } do
  print(("export WDT_%s='%s'"):format(name:upper(), s[name]))
end
for name, value in pairs(s.qimen or {}) do
  print(("export WDT_QIMEN_%s='%s'"):format(name:upper(), value))
end
LUA
