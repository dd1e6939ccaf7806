#!/bin/sh
# Builds the fuzz targets with clang and lets them run: the reader, and for a sixth of the time more the values in their types.
#   spec/fuzz/run.sh [seconds, 60 by default] [folder for the programs and what they find]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
out=${2:-$root/.build/fuzz}
mkdir -p "$out/corpus" "$out/values.corpus"
objects=
has= # what the processor has, as CMakeLists.txt says it
[ "$(uname -m)" != x86_64 ] || ! grep -q avx2 /proc/cpuinfo 2>/dev/null || has=-DWDT_HAS_AVX2
[ -z "$has" ] || ! grep -q avx512_vbmi2 /proc/cpuinfo || has="$has -DWDT_HAS_AVX512"

compile() { # FILE OPTIONS...
  file=$1
  shift
  clang -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $has -I"$root/csrc" -I"$root/csrc/core" -I"$root/csrc/core/simd" "$@" \
    -c "$root/csrc/core/$file.c" -o "$out/$file.o"
  objects="$objects $out/$file.o"
}

for file in reader reader_buffer scan text convert; do compile $file; done
case $has in *AVX2*) compile scan_avx2 -DWDT_AVX2 -mavx2 -mpclmul -mbmi -mbmi2 ;; esac
case $has in *AVX512*)
  compile scan_avx512 -DWDT_AVX512 -mavx512f -mavx512bw -mavx512vl -mavx512vbmi2 -mpclmul -mbmi -mbmi2 ;;
esac
for target in reader values; do
  clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $has -I"$root/csrc" -I"$root/csrc/core" -I"$root/csrc/core/simd" \
    "$root/spec/fuzz/$target.c" $objects -o "$out/$target"
done
"$out/values" -max_total_time=$((seconds / 6 + 1)) -max_len=41 -artifact_prefix="$out/values." -print_final_stats=1 \
  "$out/values.corpus" "$root/spec/fuzz/values"
# What is found stays in $out; the corpus in the sources is only read.
"$out/reader" -max_total_time="$seconds" -max_len=4096 -dict="$root/spec/fuzz/json.dict" -artifact_prefix="$out/" -print_final_stats=1 \
  "$out/corpus" "$root/spec/fuzz/corpus"
