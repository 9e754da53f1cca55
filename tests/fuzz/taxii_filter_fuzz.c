/* Any bytes as a query: what is accepted survives its own `next` token, which is refused
 * as soon as a letter of it, or what it is bound to, changes. */
#include "base/buf.h"
#include "taxii/filter.h"
#include "taxii/media.h"
#include "taxii/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ALL (TAXII_TAKES_PAGE | TAXII_TAKES_IDS | TAXII_TAKES_VERSION | TAXII_TAKES_SPEC)

static const uint8_t key[32] = "a key of thirty-two bytes, fixed";

static bool list_same(const taxii_list *a, const taxii_list *b)
{
    bool same = a->count == b->count && a->given == b->given;

    for (size_t i = 0; same && i < a->count; i++)
        same = ent_str_equal(a->items[i], b->items[i]);
    return same;
}

static bool filter_same(const taxii_filter *a, const taxii_filter *b)
{
    return a->has_added_after == b->has_added_after && a->added_after == b->added_after &&
           a->all == b->all && a->first == b->first && a->last == b->last &&
           list_same(&a->ids, &b->ids) && list_same(&a->types, &b->types) &&
           list_same(&a->specs, &b->specs) && list_same(&a->versions, &b->versions);
}

static void token_check(ent_arena *arena, ent_str query, const taxii_filter *filter)
{
    taxii_bound bound = { key, ENT_STR("r"), ENT_STR("c"), ENT_STR("objects"), ENT_STR_NONE };
    taxii_filter again;
    ent_err err = { 0 };
    ent_str token, next, copy = ent_arena_str(arena, query);
    const char *query_text = copy.ptr;
    char *changed;

    if (taxii_next_write(arena, filter, &bound, INT64_C(1800000000000000), &token, &err) != ENT_OK)
        return;
    next = ent_arena_printf(arena, "%.*s&next=%.*s", ENT_STR_ARG(query), ENT_STR_ARG(token));
    if (strstr(query_text, "next") == NULL && strchr(query_text, (int)0x25) == NULL) {
        ENT_ASSERT(taxii_filter_read(arena, next, ALL, &bound, &again, &err) == ENT_OK);
        ENT_ASSERT(filter_same(filter, &again));
    }
    next = ent_arena_printf(arena, "next=%.*s", ENT_STR_ARG(token));
    if (taxii_filter_read(arena, next, ALL, &bound, &again, &err) == ENT_OK)
        ENT_ASSERT(filter_same(filter, &again) && again.after >= INT64_C(1800000000000000));
    else
        ENT_ASSERT(token.size < 120 && err.code == ENT_FORMAT); /* hashed: the filter was long */
    bound.collection = ENT_STR("d");
    ENT_ASSERT(taxii_filter_read(arena, next, ALL, &bound, &again, &err) == ENT_FORMAT);
    bound.collection = ENT_STR("c");
    bound.endpoint = ENT_STR("manifest");
    ENT_ASSERT(taxii_filter_read(arena, next, ALL, &bound, &again, &err) == ENT_FORMAT);
    bound.endpoint = ENT_STR("objects");
    changed = (char *)(uintptr_t)next.ptr;
    changed[5 + (size_t)filter->limit % (token.size - 2)] ^= 1;
    ENT_ASSERT(taxii_filter_read(arena, next, ALL, &bound, &again, &err) == ENT_FORMAT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_str text = { (const char *)data, size };
    taxii_bound bound = { key, ENT_STR("r"), ENT_STR("c"), ENT_STR("objects"), ENT_STR_NONE };
    taxii_filter filter;
    taxii_route route;
    ent_err err = { 0 };

    if (memchr(text.ptr, '\0', text.size) == NULL && text.size < 16384) {
        if (taxii_filter_read(arena, text, ALL, &bound, &filter, &err) == ENT_OK) {
            ENT_ASSERT(filter.limit > 0 && filter.limit <= TAXII_LIMIT_MOST);
            token_check(arena, text, &filter);
        } else {
            ENT_ASSERT(err.msg[0] != '\0');
        }
    }
    if (taxii_media_accepted(text))
        ENT_ASSERT(memchr(text.ptr, '/', text.size) != NULL);
    if (taxii_media_readable(text))
        ENT_ASSERT(!taxii_media_accepted(ENT_STR("text/html")));
    err = (ent_err){ 0 };
    if (taxii_route_read(arena, text, &route, &err) == ENT_OK &&
        route.resource >= TAXII_COLLECTION && route.resource != TAXII_NOTHING)
        ENT_ASSERT(route.collection.size > 0 && route.root.size > 0);
    ent_arena_free(arena);
    return 0;
}
