/* Any bytes as CBOR: what is read as one whole value is exactly what writing it again gives. */
#include "base/buf.h"
#include "http/cbor_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void head_write(ent_buf *buf, unsigned kind, uint64_t number)
{
    int bytes = number < 24         ? 0
                : number < 0x100    ? 1
                : number < 0x10000  ? 2
                : number >> 32 == 0 ? 4
                                    : 8;
    unsigned info = bytes == 0   ? (unsigned)number
                    : bytes == 1 ? 24
                    : bytes == 2 ? 25
                    : bytes == 4 ? 26
                                 : 27;

    ent_buf_byte(buf, (unsigned char)(kind << 5 | info));
    for (int i = bytes - 1; i >= 0; i--)
        ent_buf_byte(buf, (unsigned char)(number >> (8 * i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    cbor whole = http_cbor_of((ent_span){ data, size }), again = whole;
    cbor_value value;
    ent_buf buf;
    ent_str out;
    ent_err err = { 0 };

    if (!http_cbor_skip(&whole)) {
        ENT_ASSERT(whole.wrong && !http_cbor_next(&whole, &value)); /* it stays wrong */
        ent_arena_free(arena);
        return 0;
    }
    ent_buf_init(&buf, arena);
    while (again.at < whole.at) {
        ENT_ASSERT(http_cbor_next(&again, &value));
        head_write(&buf, value.kind, value.number);
        ent_buf_put(&buf, value.bytes.ptr, value.bytes.size);
    }
    ENT_ASSERT(again.at == whole.at);
    ENT_ASSERT(ent_buf_done(&buf, &out, &err) == ENT_OK);
    ENT_ASSERT(out.size == (size_t)(whole.at - data) && memcmp(out.ptr, data, out.size) == 0);
    ent_arena_free(arena);
    return 0;
}
