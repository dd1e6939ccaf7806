#!/bin/sh
# README's second command: installs what is missing, builds, and runs every spec on Lua 5.4 and on LuaJIT.
#
#   sh spec/run.sh [SPEC...]      e.g. sh spec/run.sh spec/reading/seek_spec.lua
#
# Ends with one line, "N passed, N failed", and fails when a spec did or when none ran.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
. "$root/.ci/prepare"

prepare_packages gcc libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson lua-argparse lua-busted \
  libcurl4-openssl-dev libssl-dev zlib1g-dev nginx libnginx-mod-http-lua luarocks curl openssl ca-certificates procps \
  util-linux lua-zlib redis-server lua-redis lua-socket lua-nginx-redis lua-sql-sqlite3 lua-sql-postgres lua-sql-mysql \
  libsqlite3-dev libpq-dev postgresql mariadb-server-core mariadb-client-core strace zsh man-db tmux fish locales groff \
  libxlsxwriter-dev python3-openpyxl python3-jsonschema systemd
prepare_build lua5.4 luajit
prepare_promtool

# Paths are taken as the caller means them, whatever folder the specs run in.
first=1
for spec in "$@"; do
  [ $first = 1 ] && set -- && first=0
  set -- "$@" "$(cd "$(dirname "$spec")" && pwd)/$(basename "$spec")"
done

# All specs of a Lua run in several processes, since they wait more than they work; those that are named, in one.
parts=1
[ $# -gt 0 ] || parts=3
part() { # N: every one of `parts` files, from the Nth on
  find "$root/spec" -name '*_spec.lua' | sort | awk -v n="$1" -v parts="$parts" 'NR % parts == n % parts'
}

passed=0 failed=0
out=$(mktemp -d)
specs() { # LUA SPEC...: its output, in which the last line tells the exit status
  lua=$1
  shift
  prepare_lua "$lua" /usr/bin/busted --pattern=_spec --helper="$root/spec/support/helper.lua" "$@" && status=0 || status=$?
  printf '\nstatus %s\n' "$status"
}
pids=
for n in $(seq "$parts"); do
  for lua in lua5.4 luajit; do
    if [ $# -gt 0 ]; then specs "$lua" "$@"; else specs "$lua" $(part "$n"); fi >"$out/$lua$n" 2>&1 &
    pids="$pids $!"
  done
done
trap 'rm -rf "$out"' EXIT
interrupted() { # STATUS
  for pid in $pids; do pkill -P "$pid"; done
  exit "$1"
}
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
for pid in $pids; do wait "$pid" || true; done
for lua in lua5.4 luajit; do
  echo "== $lua"
  for n in $(seq "$parts"); do
    sed '$d' "$out/$lua$n"
    status=$(sed -n '$s/^status //p' "$out/$lua$n")
    # "12 successes / 1 failure / 0 errors / 0 pending : 3.1 seconds"
    line=$(grep -E '^[0-9]+ success(es)? / [0-9]+ failures? / [0-9]+ errors?' "$out/$lua$n" | tail -n 1)
    if [ -z "$line" ]; then
      echo "busted ended with status $status and no summary" >&2
      failed=$((failed + 1))
      continue
    fi
    ok=$(echo "$line" | cut -d' ' -f1)
    bad=$(echo "$line" | cut -d' ' -f4)
    errors=$(echo "$line" | cut -d' ' -f7)
    passed=$((passed + ok))
    failed=$((failed + bad + errors))
    [ "$status" = 0 ] || [ "$bad$errors" != 00 ] || failed=$((failed + 1))
  done
done
for lua in lua5.4 luajit; do
  for n in $(seq "$parts"); do prepare_failures "$lua" <"$out/$lua$n"; done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
