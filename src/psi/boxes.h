/*
 * psi/boxes -- do two plans want the same place at the same time?  (yes or no, each dimension)
 *
 * A plan is a box: a half-open interval [from, to) in each dimension of boxes.def.  Boxes
 * clash if they overlap in every dimension; edges that touch do not clash, so that one
 * operation can begin when and where another ends.  [a,b) and [c,d) overlap exactly if a
 * lies in [c,d) or c lies in (a,b), never both.  A point lies in an interval exactly if one
 * of its ancestors in the binary tree over the domain is in the interval's dyadic cover, and
 * then exactly one is.  So of the tokens
 *
 *     first side   {s} x ancestors(a)     {e} x cover(a+1 .. b-1)
 *     second side  {s} x cover(c .. d-1)  {e} x ancestors(c)
 *
 * exactly one is common if they overlap, none otherwise.  The tokens are then compared like
 * keys (psi/balanced.h), padded and shuffled as in psi/interval.h.  What leaks of a pair of
 * plans that was nominated: for each dimension whether it overlaps.  Not a distance, not an
 * edge.  An empty interval overlaps nothing.  Pure.
 */
#ifndef ENT_PSI_BOXES_H
#define ENT_PSI_BOXES_H

#include "base/err.h"
#include "base/span.h"

typedef enum psi_dimension {
    PSI_TIME,
    PSI_LATITUDE,
    PSI_LONGITUDE,
    PSI_HEIGHT,
    PSI_DIMENSIONS
} psi_dimension;

#define PSI_BOX_TOKEN  16 /* bytes of a token as text, with its NUL */
#define PSI_BOX_TOKENS 70 /* of one dimension at most: 24 ancestors and a cover of 46 */

typedef struct psi_box {
    int64_t from[PSI_DIMENSIONS], to[PSI_DIMENSIONS]; /* `to` is not part of it */
} psi_box;

const char *psi_dimension_name(psi_dimension dimension);
const char *psi_dimension_unit(psi_dimension dimension);
/* The domain of a dimension: 2^bits values from `least` on. */
unsigned psi_dimension_bits(psi_dimension dimension);
int64_t psi_dimension_least(psi_dimension dimension);

/* A box along the edge of what can be said: values outside of the domain are put on it. */
psi_box psi_box_clamp(const psi_box *box);

/* In the clear, for own plans and for tests. */
bool psi_box_overlap(const psi_box *a, const psi_box *b, psi_dimension dimension);
bool psi_box_clash(const psi_box *a, const psi_box *b);

/* The tokens of one dimension of a clamped box as `first` or second side; how many. */
size_t psi_box_tokens(const psi_box *box, psi_dimension dimension, bool first,
                      char tokens[PSI_BOX_TOKENS][PSI_BOX_TOKEN]);

/* As psi_box_tokens over a domain of 2^bits values (at most 23): [from, to). */
size_t psi_span_tokens(unsigned bits, char letter, uint32_t from, uint32_t to, bool first,
                       char tokens[PSI_BOX_TOKENS][PSI_BOX_TOKEN]);

#endif
