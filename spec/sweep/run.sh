#!/bin/sh
# Builds the allocation sweep with ASan and UBSan, and runs it.
#   spec/sweep/run.sh [folder for the program]        LUA_INCDIR, LUA_LIBRARY: of a Lua 5.4 (Debian's by default)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/.build/sweep}
mkdir -p "$out"
"${CC:-cc}" -std=c99 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I"$root/csrc" -isystem "${LUA_INCDIR:-/usr/include/lua5.4}" \
  "$root/spec/sweep/allocation.c" "$root"/csrc/core.c "$root"/csrc/args.c "$root"/csrc/decoder.c "$root"/csrc/options.c "$root"/csrc/build.c "$root"/csrc/build_typed.c "$root"/csrc/shaped.c "$root"/csrc/raw.c "$root"/csrc/fields.c "$root"/csrc/findings.c \
  "$root"/csrc/shape.c "$root"/csrc/stencil.c "$root"/csrc/json.c "$root"/csrc/scan.c "$root"/csrc/text.c "$root"/csrc/typed.c "$root"/csrc/mask.c "$root"/csrc/digest.c "$root"/csrc/sign.c "$root"/csrc/sign_qimen.c \
  -o "$out/allocation" "${LUA_LIBRARY:--llua5.4}" -lcrypto -lm
"$out/allocation" "$root/spec/sweep/decode.lua"
