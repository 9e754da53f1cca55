/*
 * stix/sco_id -- the deterministic identifier of a cyber-observable object (STIX 2.1 s2.9).
 *
 * UUIDv5 over the canonical JSON (RFC 8785) of the contributing properties that are
 * present, as the rows of the model mark them; of `hashes` one counts, the first of MD5,
 * SHA-1, SHA-256, SHA-512.  Values are hashed as they stand: nothing is normalised first.
 * Such an id is an unsalted hash of a small value and tells it to whoever can guess:
 * entente never gives one to what may leave (doc/design/objects.md).
 */
#ifndef ENT_STIX_SCO_ID_H
#define ENT_STIX_SCO_ID_H

#include "base/buf.h"
#include "base/json.h"

/* The id in the arena; ENT_STR_NONE where only a random one is allowed: no observable of the
 * specification, a process, or none of the contributing properties present.
 *
 * FORMAT  a contributing number that no double holds */
ENT_MUST_USE ent_code stix_sco_id(ent_arena *arena, ent_json object, ent_str *id, ent_err *err);

/* The canonical JSON that is hashed; ENT_STR_NONE as above. */
ENT_MUST_USE ent_code stix_sco_id_name(ent_arena *arena, ent_json object, ent_str *name,
                                       ent_err *err);

/* UUIDv5 of RFC 4122 s4.3 in the STIX namespace; `out` has 37 bytes. */
void stix_uuid5(ent_str name, char *out);

#endif
