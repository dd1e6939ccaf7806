#!/bin/sh
# Chaos in a fleet (chaos.lua says what), on one Lua; builds first.
#
#   sh spec/bench/fleet/chaos.sh [--lua LUA] [OPTION...]
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd -P)
. "$root/.ci/prepare"
on=lua5.4
[ "${1:-}" != --lua ] || { on=$2; shift 2; }
prepare_packages gcc libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson lua-argparse libcurl4-openssl-dev \
  libssl-dev zlib1g-dev nginx libnginx-mod-http-lua curl openssl redis-server lua-redis lua-socket lua-sql-sqlite3 \
  lua-sql-postgres lua-sql-mysql libsqlite3-dev libpq-dev postgresql mariadb-server-core mariadb-client-core procps
prepare_build lua5.4 luajit
prepare_lua "$on" "$root/spec/bench/fleet/chaos.lua" "$@"
