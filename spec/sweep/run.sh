#!/bin/sh
# Builds the allocation sweep with ASan and UBSan, and runs it.
#   spec/sweep/run.sh [folder for the program]        LUA_INCDIR, LUA_LIBRARY: of a Lua 5.4 (Debian's by default)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/.build/sweep}
mkdir -p "$out"
"${CC:-cc}" -std=c99 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
  -I"$root/csrc" -I"$root/csrc/core" -I"$root/csrc/core/simd" \
  -isystem "${LUA_INCDIR:-/usr/include/lua5.4}" \
  "$root/spec/sweep/allocation.c" "$root"/csrc/args.c "$root"/csrc/database/binding.c \
  "$root"/csrc/database/sqlite.c $(ls "$root"/csrc/core/*.c | grep -v _avx) \
  -o "$out/allocation" "${LUA_LIBRARY:--llua5.4}" -lcrypto -lsqlite3 -lm
for script in decode sqlite; do "$out/allocation" "$root/spec/sweep/$script.lua"; done
