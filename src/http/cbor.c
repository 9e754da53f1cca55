#include "http/cbor_int.h"

#include "base/text.h"

cbor http_cbor_of(ent_span bytes)
{
    return (cbor){ bytes.ptr, (const uint8_t *)bytes.ptr + bytes.size, false };
}

static bool fail(cbor *c)
{
    c->wrong = true;
    return false;
}

/* The argument of a head: in it, or in the 1, 2, 4 or 8 bytes behind, and no shorter form. */
static bool argument(cbor *c, unsigned info, uint64_t *number)
{
    static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
    size_t size;

    *number = info;
    if (info < 24)
        return true;
    if (info > 27)
        return false;
    size = (size_t)1 << (info - 24);
    if ((size_t)(c->end - c->at) < size)
        return false;
    *number = 0;
    for (size_t i = 0; i < size; i++)
        *number = *number << 8 | *c->at++;
    return *number >= least[info - 24];
}

bool http_cbor_next(cbor *c, cbor_value *value)
{
    unsigned head;

    *value = (cbor_value){ CBOR_UINT, 0, { NULL, 0 } };
    if (c->wrong || c->at == c->end)
        return fail(c);
    head = *c->at++;
    value->kind = (cbor_kind)(head >> 5);
    if (head >> 5 == 6 || !argument(c, head & 31, &value->number))
        return fail(c);
    if (value->kind == CBOR_SIMPLE)
        return (value->number >= 20 && value->number <= 22) || fail(c);
    if (value->kind != CBOR_BYTES && value->kind != CBOR_TEXT)
        return true;
    if (value->number > (uint64_t)(c->end - c->at))
        return fail(c);
    value->bytes = (ent_span){ c->at, (size_t)value->number };
    c->at += value->number;
    return value->kind == CBOR_BYTES ||
           ent_utf8_valid((ent_str){ value->bytes.ptr, value->bytes.size }) || fail(c);
}

bool http_cbor_skip(cbor *c)
{
    uint64_t left[CBOR_DEPTH];
    size_t depth = 0;

    for (;;) {
        cbor_value value;

        if (!http_cbor_next(c, &value))
            return false;
        if (value.kind == CBOR_ARRAY || value.kind == CBOR_MAP) {
            /* Each value is a byte at least, so a count beyond what is left is wrong at once. */
            if (value.number > (uint64_t)(c->end - c->at) || depth == CBOR_DEPTH)
                return fail(c);
            left[depth++] = value.kind == CBOR_MAP ? value.number * 2 : value.number;
        }
        while (depth > 0 && left[depth - 1] == 0)
            depth--;
        if (depth == 0)
            return true;
        left[depth - 1]--;
    }
}

bool http_cbor_number(const cbor_value *value, int64_t *number)
{
    if ((value->kind != CBOR_UINT && value->kind != CBOR_NINT) || value->number > INT64_MAX)
        return false;
    *number = value->kind == CBOR_UINT ? (int64_t)value->number : -1 - (int64_t)value->number;
    return true;
}
