#include "entente/psi.h"

#include "base/call.h"
#include "psi/balanced.h"
#include "psi/keyform.h"

/* A set of 2^20 as elements, items, order and tags. */
#define API_MEMORY ((size_t)512 << 20)

static int end(ent_call *call, ent_code rc, char *why, size_t room)
{
    int failed = ent_call_end(call, rc, why, room);

    return rc == ENT_UNTRUSTED ? 3 : failed;
}

static ent_code keys_take(ent_call *call, const psi_api_keys *own, ent_str **keys)
{
    *keys = ent_arena_array(call->arena, own->count + 1, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(&call->err);
    for (size_t i = 0; i < own->count; i++) {
        ent_str canonical;

        (*keys)[i] = ent_str_of(own->keys[i]);
        ENT_TRY(psi_key_canon(call->arena, (*keys)[i], &canonical, &call->err));
        if (!ent_str_equal(canonical, (*keys)[i]))
            return ent_fail(&call->err, ENT_FORMAT, "the key '%s' is not canonical, '%s' is",
                            own->keys[i], canonical.ptr);
    }
    return ENT_OK;
}

int psi_api_key(const char *key, char *out, size_t room)
{
    ent_call call;
    ent_str canonical = ENT_STR("");
    ent_code rc = ent_call_begin(&call, (size_t)1 << 20);

    if (rc == ENT_OK)
        rc = psi_key_canon(call.arena, ent_str_of(key), &canonical, &call.err);
    if (rc == ENT_OK)
        ent_buf_str(&call.buf, canonical);
    return ent_call_end(&call, rc, out, room);
}

size_t psi_api_elements(size_t count)
{
    return psi_padded(count);
}

int psi_api_set(const psi_api_keys *own, uint8_t *set, uint8_t root[PSI_API_ROOT], char *why,
                size_t room)
{
    ent_str *keys = NULL;
    psi_set made;
    ent_call call;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK)
        rc = keys_take(&call, own, &keys);
    if (rc == ENT_OK)
        rc = psi_set_make(call.arena, own->seed, ent_str_of(own->run), keys, own->count, NULL,
                          &made, &call.err);
    if (rc == ENT_OK) {
        memcpy(set, made.elements, made.count * PSI_ELEMENT_SIZE);
        memcpy(root, made.root.bytes, ENT_HASH_SIZE);
        ent_buf_c(&call.buf, "");
    }
    return end(&call, rc, why, room);
}

int psi_api_double(const psi_api_keys *own, const uint8_t *set, size_t elements,
                   const uint8_t root[PSI_API_ROOT], uint8_t *tags, char *why, size_t room)
{
    psi_tag *doubled = NULL;
    ent_hash committed;
    psi_set theirs;
    ent_call call;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    memcpy(committed.bytes, root, ENT_HASH_SIZE);
    if (rc == ENT_OK && elements > PSI_SET_MAX)
        rc = ent_fail(&call.err, ENT_LIMIT, "a set of %zu elements is too large", elements);
    if (rc == ENT_OK)
        rc = psi_set_read(call.arena, (ent_span){ set, elements * PSI_ELEMENT_SIZE }, elements,
                          &committed, NULL, &theirs, &call.err);
    if (rc == ENT_OK)
        rc = psi_double(call.arena, own->seed, &theirs, NULL, &doubled, &call.err);
    if (rc == ENT_OK) {
        memcpy(tags, doubled, elements * PSI_TAG_SIZE);
        ent_buf_c(&call.buf, "");
    }
    return end(&call, rc, why, room);
}

static ent_code tags_take(ent_call *call, const uint8_t *bytes, size_t count, psi_tag **tags)
{
    *tags = ent_arena_array(call->arena, count + 1, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(&call->err);
    if (count > 0)
        memcpy(*tags, bytes, count * PSI_TAG_SIZE);
    return ENT_OK;
}

static ent_code common_find(ent_call *call, const psi_api_keys *own, const uint8_t *own_tags,
                            const uint8_t *other_tags, size_t other_elements, uint8_t *common)
{
    size_t elements = psi_padded(own->count), count;
    psi_tag *ours, *theirs;
    ent_hash none = { { 0 } };
    psi_hit *hits;
    uint8_t *blank;
    psi_set set;

    if (own->count > PSI_SET_MAX || other_elements > PSI_SET_MAX)
        return ent_fail(&call->err, ENT_LIMIT, "a set is larger than %d", PSI_SET_MAX);
    blank = ent_arena_array(call->arena, elements, PSI_ELEMENT_SIZE);
    if (blank == NULL)
        return ent_fail_arena(&call->err);
    /* Only the order of the set matters here. */
    ENT_TRY(psi_set_again(call->arena, own->seed, own->count,
                          (ent_span){ blank, elements * PSI_ELEMENT_SIZE }, &none, &set,
                          &call->err));
    ENT_TRY(tags_take(call, own_tags, elements, &ours));
    ENT_TRY(tags_take(call, other_tags, other_elements, &theirs));
    ENT_TRY(psi_hits(call->arena, &set, ours, theirs, other_elements, &hits, &count, &call->err));
    if (own->count > 0)
        memset(common, 0, own->count);
    for (size_t i = 0; i < count; i++)
        common[hits[i].item] = 1;
    ent_buf_c(&call->buf, "");
    return ENT_OK;
}

int psi_api_common(const psi_api_keys *own, const uint8_t *own_tags, const uint8_t *other_tags,
                   size_t other_elements, uint8_t *common, char *why, size_t room)
{
    ent_call call;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK)
        rc = common_find(&call, own, own_tags, other_tags, other_elements, common);
    return end(&call, rc, why, room);
}
