/* Known objects for processors with AVX2: strings and gaps of up to 32 bytes are one step, and how
 * many steps there are is what a processor guesses wrong. Compiled with the flags for it, and
 * called after asking the processor. */
#define wdt_value_push_known wdt_value_push_known_avx2
#include "value_known.c"
