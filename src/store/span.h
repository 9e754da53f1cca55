/*
 * store/span (private) -- of which types, and of which days, are these objects?  A filter.
 *
 * Whoever asks which relationships tie a place to a movement of these days would look up, for each
 * of a thousand references to the place, what the other end is.  Instead each reference of a
 * relationship carries, where it is stored, a span: the types of what else it refers to, as bits
 * (of objects that count as of all days, and of others), and the first and the last day of the
 * others.  It says "perhaps" of more than is there (bits collide, spans only widen, and other
 * objects' references may have anything beside them) and never "no" of what is there; "perhaps" is
 * then looked up.
 *
 * Relationships themselves are not told of: they are most of what is put, and nobody asks for one
 * beside a reference.  An identity counts as of all days: one stands beside every reference as its
 * creator, and its days would widen each span.
 */
#ifndef ENT_STORE_SPAN_H
#define ENT_STORE_SPAN_H

#include "store/store.h"

#define STORE_SPAN_REFS 8 /* with more references, anything may be beside each */

typedef struct store_span {
    int64_t types;        /* -1: any, whatever may come */
    int64_t since, until; /* of what has days; none: since > until */
} store_span;

#define STORE_SPAN_NOTHING  ((store_span){ 0, ENT_DAY_MAX, ENT_DAY_MIN })
#define STORE_SPAN_ANYTHING ((store_span){ -1, ENT_DAY_MIN, ENT_DAY_MAX })

/* Do spans tell of objects of this type? */
bool store_span_told(ent_str type);

/* The bit of a type: of those that count as of all days, or of others. */
int64_t store_span_bit(ent_str type, bool dated);

/* Widens the span by such an object, or by what is in another. */
void store_span_add(store_span *span, ent_str type, ent_days when);
void store_span_join(store_span *span, const store_span *other);

/* Is all of `inner` in the span? */
bool store_span_has(const store_span *span, const store_span *inner);

#endif
