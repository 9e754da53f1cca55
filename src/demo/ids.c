/* Which STIX type and id each thing of a story gets. */
#include "demo/encode.h"

#include <stdio.h>

#include <gnutls/crypto.h>

#include "base/text.h"

static const char *const stix_types[STORY_TYPE_COUNT] = {
    [STORY_INCIDENT] = "incident",    [STORY_DEVICE] = "device-record",
    [STORY_PERSON] = "identity",      [STORY_SIGNATURE] = "forensic-signature",
    [STORY_PHONE] = "phone-number",   [STORY_DOCUMENT] = "identity-document",
    [STORY_ACCOUNT] = "user-account", [STORY_VEHICLE] = "vehicle",
    [STORY_LOCATION] = "location",    [STORY_MOVEMENT] = "event",
    [STORY_GROUP] = "identity",       [STORY_ORGANIZATION] = "identity",
    [STORY_REPORT] = "report",        [STORY_METHOD] = "attack-pattern",
};

static ent_str key_rest(const story_entity *e, const char *prefix)
{
    ent_str begin = ent_str_of(prefix);

    for (size_t i = 0; i < e->keys.count; i++)
        if (ent_str_starts(e->keys.items[i], begin))
            return (ent_str){ e->keys.items[i].ptr + begin.size,
                              e->keys.items[i].size - begin.size };
    return ENT_STR_NONE;
}

const char *demo_stix_type(const story_entity *e)
{
    if (e->type == STORY_ACCOUNT && key_rest(e, "acct:iban:").size > 0)
        return "bank-account";
    return stix_types[e->type];
}

ent_code demo_ids_make(ent_arena *arena, const story *s, demo_id_fn id, void *arg, demo_ids *ids,
                       ent_err *err)
{
    char uuid[37], number[24];

    ids->entities = ent_arena_array(arena, s->entity_count + 1, sizeof *ids->entities);
    ids->links = ent_arena_array(arena, s->link_count + 1, sizeof *ids->links);
    if (ids->entities == NULL || ids->links == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->entity_count; i++) {
        const story_entity *e = &s->entities[i];

        id(arg, "entity", s->services[e->service].id, e->id, uuid);
        ids->entities[i] = ent_arena_printf(arena, "%s--%s", demo_stix_type(e), uuid);
        if (ids->entities[i].ptr == NULL)
            return ent_fail_arena(err);
    }
    for (size_t i = 0; i < s->link_count; i++) {
        (void)snprintf(number, sizeof number, "%zu", s->links[i].number);
        id(arg, "link", s->services[s->links[i].service].id, ent_str_of(number), uuid);
        ids->links[i] = ent_arena_printf(arena, "relationship--%s", uuid);
        if (ids->links[i].ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

void demo_sample_id(void *arg, const char *kind, ent_str service, ent_str id, char uuid[37])
{
    /* NAMESPACE_URL (RFC 4122 appendix C). */
    static const uint8_t space[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                       0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    static const char begin[] = "https://example.invalid/entente/";
    gnutls_hash_hd_t hash;
    uint8_t sum[20] = { 0 };
    char hex[33];

    (void)arg;
    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA1) == 0) {
        (void)gnutls_hash(hash, space, sizeof space);
        (void)gnutls_hash(hash, begin, sizeof begin - 1);
        if (strcmp(kind, "entity") != 0) {
            (void)gnutls_hash(hash, service.ptr, service.size);
            (void)gnutls_hash(hash, "/", 1);
            (void)gnutls_hash(hash, kind, strlen(kind));
            (void)gnutls_hash(hash, "/", 1);
        }
        (void)gnutls_hash(hash, id.ptr, id.size);
        gnutls_hash_deinit(hash, sum);
    }
    sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x50); /* version 5 [RFC 4122 s4.3] */
    sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
    ent_hex_write(sum, 16, hex);
    (void)snprintf(uuid, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
                   hex + 20);
}
