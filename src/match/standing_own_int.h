/*
 * match/standing_own (private) -- which of our keys have their tag already, for one partner and
 * epoch.
 *
 * The holder's side of a standing match in a form that tens of millions of keys fit: of a key a
 * hash of 12 bytes under a secret of the epoch, and the tag, in parts of MATCH_PART in the order in
 * which they were made; the key's text and its records are in the store and are not kept twice.
 * Each part is a document ("standing-own", MATCH/EPOCH/PART).  Those below standing.own_parts are
 * shipped; a part that fills while others are made is written at once, so that whoever is stopped
 * begins where it was. Two of ten million keys have one hash in one of 10^15 sets; then one of them
 * is not found.
 *
 * Memory: 21 bytes a key, and 5 to 11 for finding it.
 */
#ifndef ENT_MATCH_STANDING_OWN_INT_H
#define ENT_MATCH_STANDING_OWN_INT_H

#include "match/standing.h"

#define STANDING_OWN_HASH 12
#define STANDING_OWN_KEY  16 /* bytes of the secret that hashes are made under */

typedef struct standing_own_key {
    uint8_t hash[STANDING_OWN_HASH];
    uint8_t tag[8]; /* big-endian */
} standing_own_key;

typedef struct standing_own_part {
    standing_own_key *keys;
    uint8_t *marks; /* STANDING_SAID, STANDING_SEEN */
    size_t count;
    bool changed; /* not in the store as it is here */
} standing_own_part;

#define STANDING_SAID 1 /* it is among the tags that the partner has */
#define STANDING_SEEN 2 /* a record or tripwire has it now */

typedef struct standing_own {
    ent_arena *arena; /* of the parts; borrowed */
    ent_arena *index_arena;
    uint32_t *index; /* places by hash */
    size_t index_size, part_size;
    standing_own_part *parts;
    size_t part_count, part_room;
    size_t count, seen;
} standing_own;

void match_standing_own_init(standing_own *own, ent_arena *arena, size_t part_size);
/* What is not in the arena: the index, which is made again when a key is looked for. */
void match_standing_own_free(standing_own *own);

/* The parts of an epoch, of which the first `said` are shipped; none: an empty table. */
ENT_MUST_USE ent_code match_standing_own_load(desk *d, ent_str id, int64_t epoch, int64_t said,
                                              standing_own *own, ent_err *err);
/* Inside a transaction: one part, or every one that changed.  A part that is behind the shipped
 * ones and in the store already was made by somebody else: RETRY */
ENT_MUST_USE ent_code match_standing_own_put(desk *d, const char *peer, ent_str id, int64_t epoch,
                                             standing_own *own, size_t part, bool first,
                                             ent_err *err);
ENT_MUST_USE ent_code match_standing_own_put_all(desk *d, const char *peer, ent_str id,
                                                 int64_t epoch, standing_own *own, ent_err *err);

/* The key with this hash is seen.  *first: it was not before; *made: it had no tag, and the place
 * where that goes is returned, else NULL. */
ENT_MUST_USE ent_code match_standing_own_see(standing_own *own,
                                             const uint8_t hash[STANDING_OWN_HASH], bool *first,
                                             standing_own_key **made, ent_err *err);
bool match_standing_own_seen(const standing_own *own, const uint8_t hash[STANDING_OWN_HASH]);

/* Tags of the keys that are said (before) or seen (after): memory for own->count of them. */
size_t match_standing_own_tags(const standing_own *own, uint8_t mark, uint64_t *tags);
/* Is there a key that is said and not seen, or seen and not said? */
bool match_standing_own_differs(const standing_own *own);
/* What is not seen goes; all the rest is said.  The index means nothing any more. */
void match_standing_own_settle(standing_own *own);

#endif
