/* match/standing (private) -- its documents, and one piece of work on it. */
#ifndef ENT_MATCH_STANDING_INT_H
#define ENT_MATCH_STANDING_INT_H

#include "match/budget_int.h"
#include "match/standing.h"
#include "psi/oprf.h"
#include "psi/tagset.h"

#define STANDING_KINDS MATCH_KINDS
#define STANDING_SAYS  (STANDING_KINDS + 2)

/* One own key: its tag as we ship it, or as the peer's function gave it. */
typedef struct standing_item {
    match_item item;
    uint64_t tag;
    bool hit; /* recorded */
} standing_item;

typedef struct standing_items {
    standing_item *items; /* by key */
    size_t count;
} standing_items;

/* Secret; lives in memory of its own (sodium_malloc) and is wiped. */
typedef struct standing_secret {
    uint8_t epoch[PSI_SEED_SIZE]; /* of our key of this epoch */
    uint8_t ask[PSI_SEED_SIZE];   /* of our blinds */
    psi_oprf_server servers[STANDING_KINDS];
} standing_secret;

typedef struct standing {
    match_standing s;
    const char *peer;
    int64_t epoch, number, frame; /* ours: of the key, of deltas, of the next question */
    ent_time epoch_since;
    int64_t peer_epoch, peer_number, peer_frame;
    psi_element peer_key;
    bool has_peer;
    ent_str day;                    /* the day that the next two count */
    match_counts day_own, day_peer; /* questions */
} standing;

/* One message to say, or one frame of questions to keep. */
typedef struct standing_say {
    const char *step;
    ent_str kind;
    int64_t frame, epoch;
    size_t part, parts; /* of a message in pieces; the first is 0 */
    ent_span payload[2];
    standing_items asked; /* ask: what was asked */
    const char *clause;
} standing_say;

/* A standing match at work. */
typedef struct standing_task {
    desk *d;
    ent_arena *arena;
    standing st;
    standing before; /* as it was read */
    bool fresh;      /* it is not in the store yet */
    standing_secret *secret;
    standing_items own, asked, pending; /* pending: asked and not answered */
    standing_items known;               /* outputs of the peer's epoch before */
    psi_tagset peer;
    bool own_put, asked_put, secret_put, peer_put, mark_again, asks_drop;
    bool mark_soon;         /* more may be asked today: not all went into one frame */
    bool postpone;          /* the message is worked on tomorrow */
    const char *drop_frame; /* the answered frame's document */
    const char *end, *clause;
    standing_say say[STANDING_SAYS];
    size_t say_count;
    standing_item **hits;
    size_t hit_count;
} standing_task;

ent_code match_standing_load(desk *d, ent_arena *arena, ent_str id, standing *st, ent_err *err);
/* Own records or tripwires have changed: the next round of work looks what.  Inside a transaction. */
ent_code match_standing_mark(desk *d, ent_arena *arena, ent_err *err);
ent_code match_standing_save(desk *d, ent_arena *arena, const standing *st, ent_err *err);
ent_code match_standing_each(desk *d, ent_arena *arena, const char *peer, standing **list,
                             size_t *count, ent_err *err);

/* Keys with tags in a document of `kind` ("standing-own", "standing-asked", ...); none: none. */
ent_code match_standing_items_put(desk *d, ent_arena *arena, const standing *st, const char *kind,
                                  ent_str id, const standing_items *items, ent_err *err);
ent_code match_standing_items_get(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                  standing_items *items, ent_err *err);

ent_code match_standing_secret_put(desk *d, ent_arena *arena, const standing *st,
                                   const standing_secret *secret, ent_err *err);
ent_code match_standing_secret_get(desk *d, ent_arena *arena, ent_str id, standing_secret *secret,
                                   ent_err *err);

/* The peer's tags. */
ent_code match_standing_set_put(desk *d, ent_arena *arena, const standing *st,
                                const psi_tagset *set, ent_err *err);
ent_code match_standing_set_get(desk *d, ent_arena *arena, const standing *st, psi_tagset *set,
                                ent_err *err);

/* The public info of the function: `holder` answers, `asker` asks, about keys of `kind`. */
ent_str match_standing_info(ent_arena *arena, const standing *st, const char *holder,
                            const char *asker, ent_str kind, int64_t epoch);

/* Everything but the journal goes. */
ent_code match_standing_end(desk *d, ent_arena *arena, standing *st, const char *state,
                            const char *clause, ent_err *err);

/* Documents of a kind whose ids begin so are deleted, none of them read. */
ent_code match_standing_docs_drop(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                  ent_err *err);

/* Questions that wait for an answer are taken back. */
ent_code match_standing_asks_drop(desk *d, ent_arena *arena, ent_str id, ent_err *err);

/* Number of a key's namespace, or -1. */
int match_standing_kind(ent_str key);
ent_str match_standing_kind_name(int kind);

/* What waits (documents "standing-work") and what was marked; *done grows by how many steps were done.
 * Outside of transactions. */
ent_code match_standing_work(desk *d, ent_arena *arena, size_t *done, ent_err *err);

/* Our tripwires at a peer for a purpose as items, put among `items`. */
ent_code match_standing_tripwires(desk *d, ent_arena *arena, ent_str peer, ent_str purpose,
                                  match_items *items, ent_err *err);

/* ---- a task: the work, and no write ---- */

ent_code match_standing_public(standing_task *w, psi_element *public, ent_err *err);
ent_str match_standing_frame_id(standing_task *w, int64_t frame);
void match_standing_epoch_begin(standing_task *w);
void match_standing_day_begin(standing_task *w);
int match_standing_by_key(const void *a, const void *b);

/* Do our own terms (still) permit it?  Else *clause. */
ent_code match_standing_terms(standing_task *w, desk_terms *terms, const char **clause,
                              ent_err *err);

/* What changed here: tags (whole under `step`, else a delta), a new epoch, questions. */
ent_code match_standing_refresh(standing_task *w, const char *step, ent_err *err);

/* What a message means. */
ent_code match_standing_take(standing_task *w, ent_json header, ent_span payload, ent_err *err);

#endif
