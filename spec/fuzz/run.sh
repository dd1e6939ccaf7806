#!/bin/sh
# Builds the fuzz target with clang and lets it run.
#   spec/fuzz/run.sh [seconds, 60 by default] [folder for the program and what it finds]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
out=${2:-$root/.build/fuzz}
mkdir -p "$out/corpus"
flags=
case $(uname -m) in x86_64) flags="-mavx2 -mpclmul -mbmi" ;; esac
grep -q avx2 /proc/cpuinfo 2>/dev/null || flags=
objects=
for file in json scan text; do
  clang -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all ${flags:+-DWDT_HAS_AVX2} -I"$root/csrc" \
    -c "$root/csrc/$file.c" -o "$out/$file.o"
  objects="$objects $out/$file.o"
done
if [ -n "$flags" ]; then
  clang -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $flags -DWDT_AVX2 -I"$root/csrc" \
    -c "$root/csrc/scan_avx2.c" -o "$out/scan_avx2.o"
  objects="$objects $out/scan_avx2.o"
fi
clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I"$root/csrc" "$root/spec/fuzz/reader.c" $objects \
  -o "$out/reader"
# What is found stays in $out; the corpus in the sources is only read.
"$out/reader" -max_total_time="$seconds" -max_len=4096 -dict="$root/spec/fuzz/json.dict" -artifact_prefix="$out/" -print_final_stats=1 \
  "$out/corpus" "$root/spec/fuzz/corpus"
