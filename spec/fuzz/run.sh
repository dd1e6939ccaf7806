#!/bin/sh
# Builds the fuzz targets with clang and lets them run: the reader, and for a sixth of the time more the values in their types.
#   spec/fuzz/run.sh [seconds, 60 by default] [folder for the programs and what they find]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
out=${2:-$root/.build/fuzz}
mkdir -p "$out/corpus" "$out/values.corpus"
flags=
case $(uname -m) in x86_64) flags="-mavx2 -mpclmul -mbmi" ;; esac
grep -q avx2 /proc/cpuinfo 2>/dev/null || flags=
objects=
for file in json scan text typed; do
  clang -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all ${flags:+-DWDT_HAS_AVX2} -I"$root/csrc" \
    -c "$root/csrc/$file.c" -o "$out/$file.o"
  objects="$objects $out/$file.o"
done
if [ -n "$flags" ]; then
  clang -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $flags -DWDT_AVX2 -I"$root/csrc" \
    -c "$root/csrc/scan_avx2.c" -o "$out/scan_avx2.o"
  objects="$objects $out/scan_avx2.o"
fi
for target in reader values; do
  clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I"$root/csrc" "$root/spec/fuzz/$target.c" $objects \
    -o "$out/$target"
done
"$out/values" -max_total_time=$((seconds / 6 + 1)) -max_len=41 -artifact_prefix="$out/values." -print_final_stats=1 \
  "$out/values.corpus" "$root/spec/fuzz/values"
# What is found stays in $out; the corpus in the sources is only read.
"$out/reader" -max_total_time="$seconds" -max_len=4096 -dict="$root/spec/fuzz/json.dict" -artifact_prefix="$out/" -print_final_stats=1 \
  "$out/corpus" "$root/spec/fuzz/corpus"
