#!/bin/sh
# Rows into databases as tables against a hand-written program (sinks.lua says what is compared), on both Luas.
#
#   sh spec/bench/sinks.sh [ROWS [ROUNDS [DATABASE]]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
. "$root/.ci/prepare"
prepare_packages gcc g++ libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson libcurl4-openssl-dev libssl-dev \
  lua-sql-sqlite3 lua-sql-postgres lua-sql-mysql postgresql mariadb-server-core mariadb-client-core libsqlite3-dev libpq-dev libmariadb-dev libsimdjson-dev
prepare_build lua5.4 luajit
for lua in lua5.4 luajit; do prepare_lua "$lua" "$root/spec/bench/sinks.lua" "$@"; done
