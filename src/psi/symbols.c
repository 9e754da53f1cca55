#include "psi/symbols_int.h"

#define SHARE 4 /* bits that one table of a psi_weighed looks at */

/* Without a look-up, as factors may be secret. */
uint8_t psi_symbol_times(uint8_t x, uint8_t y)
{
    unsigned product = 0;

    for (int i = 5; i >= 0; i--) {
        unsigned carry = product >> 5 & 1U;

        product = ((product << 1) & 63U) ^ (carry | carry << 1);
        product ^= (0U - ((unsigned)y >> i & 1U)) & x;
    }
    return (uint8_t)product;
}

static uint8_t inverse_of(uint8_t x)
{
    uint8_t power = x; /* x^62 */

    for (int i = 0; i < 4; i++)
        power = psi_symbol_times(psi_symbol_times(power, power), x);
    return psi_symbol_times(power, power);
}

/* By Lagrange: the payload's symbols are the values at points 0 to 13, the others at 14 to 34. */
void psi_code_make(psi_code *code)
{
    for (uint8_t p = PSI_MESSAGE; p < PSI_SYMBOLS; p++)
        for (uint8_t j = 0; j < PSI_MESSAGE; j++) {
            uint8_t above = 1, below = 1;

            for (uint8_t k = 0; k < PSI_MESSAGE; k++) {
                if (k == j)
                    continue;
                above = psi_symbol_times(above, p ^ k);
                below = psi_symbol_times(below, j ^ k);
            }
            code->factor[p - PSI_MESSAGE][j] = psi_symbol_times(above, inverse_of(below));
        }
}

/* By masks, as x may be secret. */
void psi_planes_add_times(psi_plane to[6], const psi_plane from[6], uint8_t x)
{
    for (int i = 0; i < 6; i++, x = psi_symbol_times(x, 2))
        for (int b = 0; b < 6; b++) {
            uint64_t mask = 0 - (uint64_t)(x >> b & 1);

            for (size_t w = 0; w < PSI_WORDS; w++)
                to[b][w] ^= from[i][w] & mask;
        }
}

void psi_code_extend(const psi_code *code, psi_plane planes[PSI_PLANES])
{
    for (size_t p = 0; p < PSI_SYMBOLS - PSI_MESSAGE; p++) {
        psi_plane *to = &planes[6 * (PSI_MESSAGE + p)];

        memset(to, 0, 6 * sizeof *to);
        for (size_t j = 0; j < PSI_MESSAGE; j++)
            psi_planes_add_times(to, (const psi_plane *)&planes[6 * j], code->factor[p][j]);
    }
}

/* ---- one word ---- */

static void symbol_put(psi_row *row, size_t symbol, uint8_t value)
{
    for (size_t b = 0; b < 6; b++) {
        size_t bit = 6 * symbol + b;

        row->w[bit / 64] |= (uint64_t)(value >> b & 1) << bit % 64;
    }
}

/* The word of a payload with one bit, weighed. */
static psi_row bit_word(const psi_code *code, const uint8_t by[PSI_SYMBOLS], size_t bit)
{
    psi_row row = { { 0 } };
    size_t j = bit / 6;
    uint8_t value = (uint8_t)(1U << bit % 6);

    symbol_put(&row, j, psi_symbol_times(value, by[j]));
    for (size_t p = PSI_MESSAGE; p < PSI_SYMBOLS; p++)
        symbol_put(
            &row, p,
            psi_symbol_times(psi_symbol_times(value, code->factor[p - PSI_MESSAGE][j]), by[p]));
    return row;
}

void psi_weighed_make(const psi_code *code, const uint8_t by[PSI_SYMBOLS], psi_weighed *weighed)
{
    memset(weighed, 0, sizeof *weighed);
    for (size_t bit = 0; bit < 6 * (size_t)PSI_MESSAGE; bit++) {
        psi_row word = bit_word(code, by, bit);
        psi_row *sum = weighed->sum[bit / SHARE];

        for (size_t low = (size_t)1 << bit % SHARE, n = 0; n < low; n++) {
            sum[low + n] = sum[n];
            psi_row_add(&sum[low + n], &word);
        }
    }
}

psi_row psi_weighed_of(const psi_weighed *weighed, const psi_payload *payload)
{
    psi_row row = { { 0 } };

    for (size_t n = 0; n < sizeof weighed->sum / sizeof weighed->sum[0]; n++) {
        uint64_t word = n < 16 ? payload->lo >> 4 * n : payload->hi >> 4 * (n - 16);

        psi_row_add(&row, &weighed->sum[n][word & 15]);
    }
    return row;
}

/* ---- rows and planes ---- */

/* Bit j of word i becomes bit i of word j (Warren, Hacker's Delight, section 7-3). */
static void turn(uint64_t block[64])
{
    uint64_t mask = UINT64_C(0x00000000ffffffff);

    for (unsigned step = 32; step != 0; step >>= 1, mask ^= mask << step)
        for (unsigned k = 0; k < 64; k = ((k | step) + 1) & ~step) {
            uint64_t t = (block[k] >> step ^ block[k | step]) & mask;

            block[k] ^= t << step;
            block[k | step] ^= t;
        }
}

void psi_payload_planes(const psi_payload *rows, size_t count, psi_plane planes[PSI_PLANES])
{
    for (size_t w = 0; w < PSI_WORDS; w++) {
        uint64_t lo[64] = { 0 }, hi[64] = { 0 };

        for (size_t i = 0; i < 64 && 64 * w + i < count; i++) {
            lo[i] = rows[64 * w + i].lo;
            hi[i] = rows[64 * w + i].hi;
        }
        turn(lo);
        turn(hi);
        for (size_t p = 0; p < 6 * (size_t)PSI_MESSAGE; p++)
            planes[p][w] = p < 64 ? lo[p] : hi[p - 64];
    }
}

void psi_planes_rows(const psi_plane planes[PSI_PLANES], size_t count, psi_row *rows)
{
    for (size_t w = 0; 64 * w < count; w++)
        for (size_t k = 0; k < 4; k++) {
            uint64_t block[64] = { 0 };

            for (size_t p = 0; p < 64 && 64 * k + p < PSI_PLANES; p++)
                block[p] = planes[64 * k + p][w];
            turn(block);
            for (size_t i = 0; i < 64 && 64 * w + i < count; i++)
                rows[64 * w + i].w[k] = block[i];
        }
}
