#!/bin/sh
# The figures of a fleet on both Luas (figures.lua says which); builds first.
#
#   sh spec/bench/fleet/run.sh [PART...]      default: all parts, about half an hour
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd -P)
. "$root/.ci/prepare"
prepare_packages gcc libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson lua-argparse libcurl4-openssl-dev \
  libssl-dev zlib1g-dev nginx libnginx-mod-http-lua curl openssl redis-server lua-redis lua-socket lua-sql-sqlite3 lua-sql-postgres \
  lua-sql-mysql libsqlite3-dev libpq-dev postgresql mariadb-server-core mariadb-client-core procps
prepare_build lua5.4 luajit
for lua in lua5.4 luajit; do prepare_lua "$lua" "$root/spec/bench/fleet/figures.lua" "$@"; done
