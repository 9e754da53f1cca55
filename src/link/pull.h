/*
 * link/pull -- the receiving side: what to fetch next, and what to believe of it.
 *
 * One round is a conversation: link_pull_want says which file of the peer's to fetch,
 * link_pull_answer takes what came, until nothing is wanted any more.  Nothing that
 * comes is believed: a new checkpoint must be signed and lead, from the root that we
 * hold, over exactly the entries that came; a body must open and be the one that its
 * entry commits to.  Our mirror's checkpoint is the commit; entries behind it are
 * applied in order from the position at which the caller says it is, so a round
 * may end anywhere and the next goes on.  What goes ahead (link_kind_ahead) is fetched and
 * applied first, wherever it stands; on a suspended link what is urgent is, and nothing else.
 *
 * A wrong answer is refused, and asking again is fine.  What a peer signed and
 * cannot both be true (another root at a size, a smaller log, another past) stops the
 * link: the signed notes are kept as evidence and the file `stopped` says why.
 * All arguments but the host's are hostile.  Memory does not grow with the log.
 */
#ifndef ENT_LINK_PULL_H
#define ENT_LINK_PULL_H

#include "link/host.h"

typedef enum link_pull_state {
    LINK_PULL_CHECKPOINT,
    LINK_PULL_ROTATION, /* it is signed with a key that we do not know */
    LINK_PULL_BUNDLE,
    LINK_PULL_JUDGE, /* the peer's log alone, after ours and its did not fit */
    LINK_PULL_KEY,
    LINK_PULL_BODY,
    LINK_PULL_COSIGNATURE,
    LINK_PULL_DONE
} link_pull_state;

typedef struct link_pull {
    const link_host *host;
    ent_arena *arena; /* of the round */
    link_pull_state state;
    link_head held;           /* our mirror */
    ent_hash beside;          /* of the peer's cosignature as we have it */
    link_head next;           /* signed by the peer, not ours yet */
    uint64_t at;              /* entries of `next` that came */
    ledger_frontier frontier; /* of them */
    bool same_past;           /* they begin with what we hold */
    uint64_t position;        /* the entry to apply next */
    uint64_t urgent;          /* every urgent entry before it is applied */
    bool ahead;               /* `entry` is an urgent one behind the position */
    bool suspended;           /* the link: only what is urgent is applied */
    link_entry entry;         /* being applied */
    uint8_t sealed_key[LINK_SEALED_KEY_SIZE];
    char reason[ENT_ERR_MSG_MAX]; /* why `next` is not believed, unless its key was replaced */
    uint64_t applied;             /* in this round */
    bool carried;                 /* set after begin: by file, so that an old head proves nothing */
    bool stopped;                 /* a failure that asking again does not cure */
} link_pull;

typedef struct link_want {
    char path[LINK_PATH_SIZE + 4 * ENT_HASH_SIZE]; /* below the peer's folder, with a query */
    size_t limit;
    bool may_wait; /* the answer may be held until there is news */
} link_want;

/* Begins a round.  `arena` lives as long as the round; `position` is how many entries
 * of the peer are applied.
 * UNTRUSTED  the link is stopped (the message says why), or our mirror is damaged */
ENT_MUST_USE ent_code link_pull_begin(link_pull *pull, const link_host *host, ent_arena *arena,
                                      uint64_t position, ent_err *err);

/* What to fetch; false: the round is over. */
bool link_pull_want(const link_pull *pull, link_want *want);

/* Takes the answer: `got` is OK with the content, or NOT_FOUND; any other failure to
 * fetch ends the round and is not told here.  `arena` lives as long as the call.
 * UNAVAILABLE the peer serves us nothing at present
 * UNTRUSTED  the answer is not what the peer signed, or (`stopped`) what it signed
 *            cannot be true; FORMAT, LIMIT likewise for what is malformed
 * RETRY      the peer's log moved on while we read it, or our own did
 * others     the host's own failures */
ENT_MUST_USE ent_code link_pull_answer(link_pull *pull, ent_arena *arena, ent_code got,
                                       ent_str content, ent_err *err);

#endif
