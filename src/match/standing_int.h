/* match/standing (private) -- its documents, and one piece of work on it. */
#ifndef ENT_MATCH_STANDING_INT_H
#define ENT_MATCH_STANDING_INT_H

#include "match/budget_int.h"
#include "match/standing.h"
#include "match/standing_own_int.h"
#include "psi/oprf.h"
#include "psi/tagset.h"

#define STANDING_KINDS  MATCH_KINDS
#define STANDING_FRAMES 16 /* of questions that one piece of work says */
#define STANDING_FORM   1  /* of what is kept of tags: in parts */

/* Memory to read or write so many tags in. */
#define STANDING_TAGS_ROOM(count) ((size_t)(count)*48 + ((size_t)1 << 20))

/* One own key that is asked about, and what the peer's function gave for it. */
typedef struct standing_item {
    match_item item;
    uint64_t tag;
    size_t frame; /* of a task's frames: where it is kept */
    bool hit;     /* recorded */
    bool found;   /* in this piece of work */
    bool kept;    /* it is ours still */
} standing_item;

typedef struct standing_items {
    standing_item *items; /* by key */
    size_t count;
    ent_span blinded; /* the elements that they were asked with, while they wait for the answer */
} standing_items;

/* Secret; lives in memory of its own (sodium_malloc) and is wiped. */
typedef struct standing_secret {
    uint8_t epoch[PSI_SEED_SIZE]; /* of our key of this epoch */
    uint8_t ask[PSI_SEED_SIZE];   /* of our blinds */
    uint8_t next[PSI_SEED_SIZE];  /* of an epoch that is not shipped yet */
    bool has_next;
    psi_oprf_server servers[STANDING_KINDS];
} standing_secret;

typedef struct standing {
    match_standing s;
    const char *peer;
    int64_t epoch, number, frame; /* ours: of the key, of deltas, of the next question */
    ent_time epoch_since;
    int64_t own_form, own_parts; /* how many parts of our tags are shipped */
    int64_t peer_epoch, peer_number, peer_frame, peer_form, peer_bits;
    psi_element peer_key;
    ent_hash own_root;  /* of our tags as the peer has them, */
    bool has_own_root;  /* which a node of before did not keep */
    ent_hash peer_root; /* in parts: of the peer's tags as they are here */
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

/* A document of answered questions. */
typedef struct standing_frame {
    ent_str id;
    bool put; /* it is to be written, or nothing is left of it */
} standing_frame;

/* A standing match at work.  What it needs of what is kept is read when it is needed. */
typedef struct standing_task {
    desk *d;
    ent_arena *arena;
    standing st;
    standing before; /* as it was read */
    bool fresh;      /* it is not in the store yet */
    standing_secret *secret;
    standing_own own;
    standing_items asked, pending; /* pending: asked and not answered */
    standing_items known;          /* hits of the peer's epoch before */
    standing_frame *frames;        /* of `asked` */
    size_t frame_count, frame_room;
    psi_tagset peer_from, peer; /* before, and now */
    ent_arena *ask_arenas[STANDING_KINDS];
    bool asked_here, pending_here, known_here; /* read */
    bool own_put, secret_put, known_put, peer_put, mark_again, asks_drop;
    bool mark_soon;         /* more may be asked today: not all went into one piece of work */
    bool postpone;          /* the message is worked on tomorrow */
    const char *drop_frame; /* the answered frame's document */
    const char *end, *clause;
    standing_say *say;
    size_t say_count, say_room;
    standing_item **hits;
    size_t hit_count;
} standing_task;

ent_code match_standing_load(desk *d, ent_arena *arena, ent_str id, standing *st, ent_err *err);
/* Has the peer heard of it, and it has not ended? */
bool match_standing_stands(const standing *st);
/* Own records or tripwires have changed: the next round of work looks what.  Inside a
 * transaction. */
ent_code match_standing_mark(desk *d, ent_arena *arena, ent_err *err);
ent_code match_standing_save(desk *d, ent_arena *arena, const standing *st, ent_err *err);
ent_code match_standing_each(desk *d, ent_arena *arena, const char *peer, standing **list,
                             size_t *count, ent_err *err);

ent_code match_standing_secret_put(desk *d, ent_arena *arena, const standing *st,
                                   const standing_secret *secret, ent_err *err);
ent_code match_standing_secret_get(desk *d, ent_arena *arena, ent_str id, standing_secret *secret,
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

/* Number of a key's namespace, or -1. */
int match_standing_kind(ent_str key);
ent_str match_standing_kind_name(int kind);

/* What waits (documents "standing-work") and what was marked; *done grows by how many steps were
 * done. Outside of transactions. */
ent_code match_standing_work(desk *d, ent_arena *arena, size_t *done, ent_err *err);

/* Our tripwires at a peer for a purpose, one after the other. */
ent_code match_standing_tripwires(desk *d, ent_arena *arena, ent_str peer, ent_str purpose,
                                  ent_code (*take)(void *arg, const match_pair *pair, ent_err *err),
                                  void *arg, ent_err *err);

/* ---- the peer's tags (standing_peer.c) ---- */

/* Inside a transaction; st gets where they are.  `from` NULL: whatever there was is replaced. */
ent_code match_standing_peer_put(desk *d, ent_arena *arena, standing *st, const psi_tagset *from,
                                 const psi_tagset *to, ent_err *err);
ent_code match_standing_peer_get(desk *d, ent_arena *arena, const standing *st, psi_tagset *set,
                                 ent_err *err);
/* Which items' tags are among them: reads only those parts. */
ent_code match_standing_peer_look(desk *d, ent_arena *arena, const standing *st,
                                  const standing_items *items, bool *has, ent_err *err);

/* ---- questions (standing_asked.c) ---- */

/* Keys with tags in a document of `kind` ("standing-ask", ...); none: none. */
ent_code match_standing_items_put(desk *d, ent_arena *arena, const standing *st, const char *kind,
                                  ent_str id, const standing_items *items, ent_err *err);
ent_code match_standing_items_get(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                  standing_items *items, ent_err *err);
standing_item *match_standing_item_of(const standing_items *items, ent_str key);

/* Reads them into the task, once. */
ent_code match_standing_asked_need(standing_task *w, ent_err *err);
ent_code match_standing_pending_need(standing_task *w, ent_err *err);
ent_code match_standing_known_need(standing_task *w, ent_err *err);
ent_code match_standing_frame_add(standing_task *w, ent_str id, bool put, ent_err *err);
/* A frame was answered: its items are among those of the task, and will be kept. */
ent_code match_standing_answered(standing_task *w, ent_str frame, const standing_items *more,
                                 ent_err *err);
/* The peer has another key: of what was asked only the hits are kept, as known. */
ent_code match_standing_known_from_asked(standing_task *w, ent_err *err);
/* Inside a transaction: what changed of all this. */
ent_code match_standing_asked_write(standing_task *w, ent_err *err);

/* ---- a task: the work, and no write ---- */

ent_code match_standing_public(standing_task *w, psi_element *public, ent_err *err);
ent_str match_standing_frame_id(standing_task *w, int64_t frame);
/* A new epoch: a new key, and no tag made with the old one.  Outside of transactions: its seed is
 * kept at once, so that whoever begins again makes the same tags. */
ent_code match_standing_epoch_begin(standing_task *w, ent_err *err);
ent_code match_standing_server(standing_task *w, int kind, psi_oprf_server **server, ent_err *err);
ent_code match_standing_say_add(standing_task *w, const char *step, standing_say **say,
                                ent_err *err);
/* Items blinded for a frame. */
ent_code match_standing_blind(standing_task *w, int64_t frame, const standing_items *items,
                              psi_element **elements, ent_err *err);

/* What is left of the day for a pair and purpose. */
struct match_standing_budget {
    int64_t all, kind[STANDING_KINDS];
};
ent_code match_standing_budget_left(standing_task *w, const desk_terms *terms,
                                    struct match_standing_budget *own,
                                    struct match_standing_budget *theirs, ent_err *err);
void match_standing_day_begin(standing_task *w);
int match_standing_by_key(const void *a, const void *b);

/* Do our own terms (still) permit it?  Else *clause. */
ent_code match_standing_terms(standing_task *w, desk_terms *terms, const char **clause,
                              ent_err *err);

/* What changed here: tags (whole under `step`, else a delta), a new epoch, questions. */
ent_code match_standing_refresh(standing_task *w, const char *step, ent_err *err);

/* ---- a task begins, and what it leads to (standing_write.c) ---- */

/* With so much memory of its own for the work (0: as much as it takes), and a place for its secret; free it also after a failure. */
ent_code match_standing_task_new(desk *d, size_t memory, standing_task *w, ent_err *err);
void match_standing_task_free(standing_task *w);
ent_code match_standing_task_load(standing_task *w, ent_str id, ent_err *err);

/* Inside a transaction: has nobody else worked on it since it was loaded? */
ent_code match_standing_unmoved(standing_task *w, bool *same, ent_err *err);
/* Inside a transaction: says and writes all of it; with `end` only that it ends. */
ent_code match_standing_write(standing_task *w, ent_err *err);
/* What the peer said is not followed, or a limit of ours stops it (LIMIT): the match ends at both, the reason
 * stays here.  Inside a transaction. */
ent_code match_standing_fail(standing_task *w, uint64_t seq, const ent_err *why, ent_err *err);
ent_time match_standing_tomorrow(ent_time now);

/* What a message means. */
ent_code match_standing_take(standing_task *w, ent_json header, ent_span payload, ent_err *err);

#endif
