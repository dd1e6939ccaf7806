/* See scan.h. */
#include "scan.h"
#include "simd.h"

int wdt_scan_begin(wdt_scan *scan, char first, unsigned base, unsigned limit)
{
    scan->base = scan->depth = base;
    scan->limit = limit;
    scan->in_string = 0;
    scan->escaped = 0;
    if (first == '{' || first == '[')
        scan->kind = WDT_SCAN_BRACKETS;
    else if (first == '"')
        scan->kind = WDT_SCAN_STRING;
    else if (first == '-' || (first >= '0' && first <= '9') || first == 't' || first == 'f' || first == 'n')
        scan->kind = WDT_SCAN_SCALAR;
    else
        return -1;
    return 0;
}

/* The bits of bytes that stand behind an odd number of backslashes. *carry: whether byte 0 is one, then whether the next
 * block's byte 0 will be. A run of backslashes that starts on an even bit, when added to itself, carries out on the bit behind
 * it: even when its length is even. */
static uint64_t escaped_bytes(uint64_t backslash, uint64_t *carry)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t follows, odd_starts, odd_carry;

    if (backslash == 0) {
        follows = *carry;
        *carry = 0;
        return follows;
    }
    backslash &= ~*carry;
    follows = backslash << 1 | *carry;
    odd_starts = backslash & ~even & ~follows;
    odd_carry = odd_starts + backslash;
    *carry = odd_carry < backslash;
    return (even ^ (odd_carry << 1)) & follows;
}

/* Bit i: the parity of all bits up to and including i. */
static uint64_t prefix_parity(uint64_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    x ^= x << 16;
    x ^= x << 32;
    return x;
}

/* Follows the brackets of one block. Returns WDT_SCAN_MORE when the value goes on behind it, else *at is the bit that
 * decided. Rows hold few brackets, so looking at each one is cheap, and tells their kinds apart. */
static wdt_scan_result follow_brackets(wdt_scan *scan, const char *bytes, uint64_t open, uint64_t close, unsigned *at)
{
    for (uint64_t both = open | close; both != 0; both &= both - 1) {
        const unsigned bit = wdt_lowest_bit(both);
        *at = bit;
        if (open >> bit & 1) {
            const uint64_t mask = UINT64_C(1) << (scan->depth & 63);
            if (scan->depth == scan->limit)
                return WDT_SCAN_DEPTH;
            if (bytes[bit] == '{')
                scan->objects[scan->depth / 64] |= mask;
            else
                scan->objects[scan->depth / 64] &= ~mask;
            scan->depth++;
        } else {
            const unsigned level = scan->depth - 1;
            const int is_object = (int)(scan->objects[level / 64] >> (level & 63) & 1);
            if (is_object != (bytes[bit] == '}'))
                return WDT_SCAN_MISMATCH;
            if (--scan->depth == scan->base)
                return WDT_SCAN_END;
        }
    }
    return WDT_SCAN_MORE;
}

static wdt_scan_result scan_brackets(wdt_scan *scan, const char *bytes, size_t n, size_t *used)
{
    for (size_t done = 0; done < n; done += 64) {
        wdt_block block = wdt_block_load(bytes + done);
        const size_t left = n - done;
        uint64_t string, escaped;
        unsigned at = 0;
        wdt_scan_result result;

        if (left < 64) { /* the bytes behind the last one are not there yet */
            const uint64_t valid = (UINT64_C(1) << left) - 1;
            block.quote &= valid;
            block.backslash &= valid;
            block.open &= valid;
            block.close &= valid;
        }
        escaped = escaped_bytes(block.backslash, &scan->escaped);
        if (left < 64) /* the carry belongs to the byte behind the last valid one */
            scan->escaped = escaped >> left & 1;
        string = prefix_parity(block.quote & ~escaped) ^ scan->in_string;
        result = follow_brackets(scan, bytes + done, block.open & ~string, block.close & ~string, &at);
        if (result != WDT_SCAN_MORE) {
            *used = done + at + (result == WDT_SCAN_END);
            return result;
        }
        scan->in_string = 0 - (string >> (left < 64 ? left - 1 : 63) & 1);
    }
    *used = n;
    return WDT_SCAN_MORE;
}

static wdt_scan_result scan_string(wdt_scan *scan, const char *bytes, size_t n, size_t *used)
{
    for (size_t i = 0; i < n; i++) {
        if (scan->escaped) {
            scan->escaped = 0;
        } else if (bytes[i] == '\\') {
            scan->escaped = 1;
        } else if (bytes[i] == '"') {
            if (scan->in_string) {
                *used = i + 1;
                return WDT_SCAN_END;
            }
            scan->in_string = 1;
        }
    }
    *used = n;
    return WDT_SCAN_MORE;
}

static wdt_scan_result scan_scalar(const char *bytes, size_t n, size_t *used)
{
    for (size_t i = 0; i < n; i++) {
        switch (bytes[i]) {
        case ',': case ']': case '}': case ' ': case '\t': case '\n': case '\r':
            *used = i;
            return WDT_SCAN_END;
        default:
            break;
        }
    }
    *used = n;
    return WDT_SCAN_MORE;
}

wdt_scan_result wdt_scan_run(wdt_scan *scan, const char *bytes, size_t n, size_t *used)
{
    switch (scan->kind) {
    case WDT_SCAN_STRING:
        return scan_string(scan, bytes, n, used);
    case WDT_SCAN_SCALAR:
        return scan_scalar(bytes, n, used);
    default:
        return scan_brackets(scan, bytes, n, used);
    }
}
