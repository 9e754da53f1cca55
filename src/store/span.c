#include "store/span.h"

#define BITS 31 /* for each of the two kinds: together the numbers that are not negative */

bool store_span_told(ent_str type)
{
    return !ent_str_is(type, "relationship");
}

int64_t store_span_bit(ent_str type, bool dated)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < type.size; i++)
        sum = sum * 37 + (unsigned char)type.ptr[i];
    return (int64_t)1 << (sum % BITS + (dated ? BITS : 0));
}

void store_span_add(store_span *span, ent_str type, ent_days when)
{
    bool dated =
        (when.first != ENT_DAY_MIN || when.last != ENT_DAY_MAX) && !ent_str_is(type, "identity");

    store_span_join(span,
                    &(store_span){ store_span_bit(type, dated), dated ? when.first : ENT_DAY_MAX,
                                   dated ? when.last : ENT_DAY_MIN });
}

void store_span_join(store_span *span, const store_span *other)
{
    span->types |= other->types;
    span->since = other->since < span->since ? other->since : span->since;
    span->until = other->until > span->until ? other->until : span->until;
}

bool store_span_has(const store_span *span, const store_span *inner)
{
    return (span->types & inner->types) == inner->types && span->since <= inner->since &&
           span->until >= inner->until;
}
