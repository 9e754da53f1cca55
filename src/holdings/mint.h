/*
 * holdings/mint -- which id does a record of a list get, and is it a new version?
 *
 * An id says nothing to a stranger (it is as good as random: law 10), yet the same
 * record gets the same id at every import: the first 122 bits of SHA-256 over a secret
 * of this store and the record's key.  So a newer edition updates, and references
 * between records need no order.  A template with an `id` (of MISP, whose UUIDs are known to
 * others anyway) keeps it.  A record that did not change keeps its bytes; one that was
 * revoked gets its next id, "KEY#2", "KEY#3", ...
 */
#ifndef ENT_HOLDINGS_MINT_H
#define ENT_HOLDINGS_MINT_H

#include "base/json.h"
#include "store/store.h"

typedef struct holdings_ids {
    uint8_t secret[32];
} holdings_ids;

/* The store's secret, made at the first call (in a transaction of its own). */
ENT_MUST_USE ent_code holdings_ids_open(store *s, ent_arena *arena,
                                        void (*random)(void *arg, void *bytes, size_t size),
                                        void *arg, ent_time now, holdings_ids *ids, ent_err *err);

/* "type--UUID" of the record with this key. */
ENT_MUST_USE ent_code holdings_id_of(ent_arena *arena, const holdings_ids *ids, ent_str type,
                                     ent_str key, ent_str *id, ent_err *err);

/* The object that a template (formats/formats.h) becomes: with its id, and references to
 * other records resolved.  What is not versioned (SCOs) gets no times; a template's own
 * times are kept. */
ENT_MUST_USE ent_code holdings_mint(store *s, ent_arena *arena, const holdings_ids *ids,
                                    ent_time now, ent_json template, ent_str key, ent_str *bytes,
                                    ent_err *err);

#endif
