#include "taxii/route.h"

#include "taxii/filter.h"

#define SEGMENTS 6

static const struct {
    const char *word, *methods;
    unsigned takes;
} routes[] = {
#define X(symbol, word, methods, takes) { word, methods, takes },
#include "taxii/routes.def"
#undef X
    { "other", "GET, HEAD", 0 },
};

const char *taxii_route_word(taxii_resource resource)
{
    return routes[resource].word;
}

const char *taxii_route_methods(taxii_resource resource)
{
    return routes[resource].methods;
}

bool taxii_route_allows(taxii_resource resource, const char *method)
{
    size_t size = strlen(method);

    for (const char *p = routes[resource].methods; *p != '\0';) {
        size_t word = strcspn(p, ",");

        if (word == size && memcmp(p, method, size) == 0)
            return true;
        p += word;
        p += strspn(p, ", ");
    }
    return false;
}

unsigned taxii_route_takes(taxii_resource resource, bool deleting)
{
    return deleting ? TAXII_TAKES_VERSION | TAXII_TAKES_SPEC : routes[resource].takes;
}

static taxii_resource resource_of(const ent_str *segments, size_t count)
{
    bool collections = count >= 2 && ent_str_is(segments[1], "collections");

    if (count == 1)
        return ent_str_is(segments[0], "taxii2") ? TAXII_DISCOVERY : TAXII_API_ROOT;
    if (count == 3 && ent_str_is(segments[1], "status"))
        return TAXII_STATUS;
    if (!collections)
        return TAXII_NOTHING;
    if (count == 2)
        return TAXII_COLLECTIONS;
    if (count == 3)
        return TAXII_COLLECTION;
    if (count == 4 && ent_str_is(segments[3], "manifest"))
        return TAXII_MANIFEST;
    if (!ent_str_is(segments[3], "objects"))
        return TAXII_NOTHING;
    if (count == 4)
        return TAXII_OBJECTS;
    if (count == 5)
        return TAXII_OBJECT;
    return ent_str_is(segments[5], "versions") ? TAXII_VERSIONS : TAXII_NOTHING;
}

ent_code taxii_route_read(ent_arena *arena, ent_str path, taxii_route *route, ent_err *err)
{
    ent_str segments[SEGMENTS];
    size_t count = 0;

    *route = (taxii_route){ .resource = TAXII_NOTHING,
                            .slash = path.size > 0 && path.ptr[path.size - 1] == '/' };
    for (size_t i = 0, start = 0; i <= path.size; i++) {
        if (i < path.size && path.ptr[i] != '/')
            continue;
        if (i > start) {
            if (count == SEGMENTS)
                return ENT_OK;
            ENT_TRY(taxii_decode(arena, (ent_str){ path.ptr + start, i - start },
                                 &segments[count++], err));
        }
        start = i + 1;
    }
    if (count == 0)
        return ENT_OK;
    route->resource = resource_of(segments, count);
    route->root = segments[0];
    if (route->resource == TAXII_STATUS)
        route->status = segments[2];
    else if (count > 2)
        route->collection = segments[2];
    if (count > 4)
        route->object = segments[4];
    return ENT_OK;
}
