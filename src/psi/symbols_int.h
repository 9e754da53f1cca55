/*
 * psi/symbols (private) -- words of 35 symbols that differ in 22 whenever they differ.
 *
 * The field GF(64) = GF(2)[a] / (a^6 + a + 1) and the Reed-Solomon code [35, 14, 22] over it, in
 * systematic form: a payload of 14 symbols (84 bits) is followed by 21 more, the values that its
 * polynomial of degree below 14 takes at further points.  Two payloads that differ agree in 13 places
 * at most, so that a secret symbol a place (psi/vole_int.h) hides 22 times six bits.
 *
 * Symbols lie in planes: bit b of symbol j of many words stands in plane 6 j + b, a bit a word, so that
 * adding is XOR and multiplying by a constant is a few XORs for 64 words at once.
 */
#ifndef ENT_PSI_SYMBOLS_INT_H
#define ENT_PSI_SYMBOLS_INT_H

#include "psi/okvs_int.h"

#define PSI_SYMBOLS 35
#define PSI_MESSAGE 14                /* symbols of a payload */
#define PSI_PLANES  (6 * PSI_SYMBOLS) /* bits of a word */
#define PSI_CHUNK   4096              /* rows worked on at a time */
#define PSI_WORDS   (PSI_CHUNK / 64)  /* of a plane of a chunk */

typedef uint64_t psi_plane[PSI_WORDS];

/* On the wire and in a key stream the rows of a plane are bits from the lowest of the first byte. */
static inline uint64_t psi_plane_word(uint64_t bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return bytes;
#else
    return __builtin_bswap64(bytes);
#endif
}

uint8_t psi_symbol_times(uint8_t x, uint8_t y);

/* How the 21 further symbols come from the 14. */
typedef struct psi_code {
    uint8_t factor[PSI_SYMBOLS - PSI_MESSAGE][PSI_MESSAGE];
} psi_code;

void psi_code_make(psi_code *code);

/* The planes of the further symbols, from those of the payload, in place. */
void psi_code_extend(const psi_code *code, psi_plane planes[PSI_PLANES]);

/* to += x times from, one symbol's planes each. */
void psi_planes_add_times(psi_plane to[6], const psi_plane from[6], uint8_t x);

/* A code word, each of its symbols times one of `by`: a linear map of the payload as sums of
 * four bits each. */
typedef struct psi_weighed {
    psi_row sum[PSI_MESSAGE * 6 / 4][16];
} psi_weighed;
void psi_weighed_make(const psi_code *code, const uint8_t by[PSI_SYMBOLS], psi_weighed *weighed);
psi_row psi_weighed_of(const psi_weighed *weighed, const psi_payload *payload);

/* Rows to planes and back: row i is bit i of each plane. */
void psi_payload_planes(const psi_payload *rows, size_t count, psi_plane planes[PSI_PLANES]);
void psi_planes_rows(const psi_plane planes[PSI_PLANES], size_t count, psi_row *rows);

#endif
