// simdjson behind a C function, for tests/bench only: what JSON reading is measured against.
#include <simdjson.h>

// Reads a text into a document tree; false if it is no JSON.
extern "C" bool bench_simdjson_read(const char *bytes, size_t size);

extern "C" bool bench_simdjson_read(const char *bytes, size_t size)
{
    simdjson::dom::parser parser; // its memory is new each time, as ours is
    simdjson::dom::element root;

    return parser.parse(bytes, size, true).get(root) == simdjson::SUCCESS;
}
