/*
 * link/regain -- our own log back from its reader, after our disk was set back or lost.
 *
 * Who writes after that without asking signs a second history.  The reader holds a mirror of
 * what it read, and serves of it, to the writer alone, the head and the entries ("mirror/...").
 * One round is a conversation as in pull.h: the reader's cosignature says how much it has seen,
 * its mirror's head how much it gives, and then come the entries behind our own, twice.  The
 * first time nothing is written: they must follow on our log and lead to a root that *we*
 * signed, past the place at which our signer stands.  So what is taken back needs no trust in
 * who kept it.  The second time each is held against its leaf and written; then the signer is
 * led along, and our checkpoint moves: that is the commit, and until then a crash or a refusal
 * leaves the log as long as it was.  A reader that has lost its mirror and says of no more than
 * is here that it has read it has nothing to give, and nothing is lost.
 *
 * Bodies were sealed to the reader, and their keys are lost with the disk: an entry that comes
 * back has a body only where the disk still has it.  Else its key says LINK_ERASED, which is
 * what a reader takes who has not fetched it yet.
 *
 * Under the lock of out/, on a link that serves nothing meanwhile.  Answers are hostile.
 * Memory: 32 bytes for each lost entry, of which there may be REGAIN_ENTRIES.
 */
#ifndef ENT_LINK_REGAIN_H
#define ENT_LINK_REGAIN_H

#include "link/pull.h"

/* What the border serves of in/ to the author of what is there. */
#define LINK_MIRROR "mirror/"
/* Of a name there, the name in in/: of the head or of entries.  NULL: nothing else is given.  Which
 * bodies and keys are in in/ tells what its reader has fetched, and what it has erased. */
const char *link_mirror_name(const char *name);

/* An entry is ours again, and about to be appended: what waits to be said under its id waits
 * no more.  Durable when it returns; it may come again after a crash. */
typedef ent_code (*link_regain_taken)(void *arg, ent_arena *arena, const link_entry *entry,
                                      bool has_body, ent_err *err);

typedef enum link_regain_state {
    LINK_REGAIN_SEEN,     /* how much the reader has cosigned */
    LINK_REGAIN_ROTATION, /* it did so with a key that we do not know */
    LINK_REGAIN_HEAD,
    LINK_REGAIN_LOOK, /* the entries, the first time */
    LINK_REGAIN_TAKE, /* and the second */
    LINK_REGAIN_DONE
} link_regain_state;

typedef struct link_regain {
    const link_host *host;
    ent_arena *arena; /* of the round */
    link_regain_taken taken;
    void *arg;
    link_regain_state state;
    link_head ours, theirs;
    link_head signer;         /* what our signer signed last */
    link_head seen;           /* what the reader cosigned last */
    ent_str cosignature;      /* that we could not read */
    bool told;                /* the reader has said by its present key how much it has read */
    uint64_t at;              /* entries that came, in this pass, with our own */
    ledger_frontier frontier; /* of them */
    ent_hash *leaves;         /* from ours.size to theirs.size */
    uint64_t regained;        /* entries; once it is done */
} link_regain;

/* Begins a round, rolling our log forward first.  `arena` lives as long as the round.  What waits
 * under the id of our last entry (link_log_last) is to be deleted before the first answer.
 * UNTRUSTED  what is on our own disk is not what was signed */
ENT_MUST_USE ent_code link_regain_begin(link_regain *regain, const link_host *host,
                                        ent_arena *arena, link_regain_taken taken, void *arg,
                                        ent_err *err);

/* What to fetch; false: the round is over, and our log is as long as the reader's mirror. */
bool link_regain_want(const link_regain *regain, link_want *want);

/* Takes the answer, as link_pull_answer.
 * UNAVAILABLE the reader gives nothing back and says nothing: it has read nothing, or is older
 *             than this
 * UNTRUSTED   what came is not what we signed, or less than was; the message names the place.
 *             Another history under our own signature is kept as evidence.
 * RETRY       it changed meanwhile */
ENT_MUST_USE ent_code link_regain_answer(link_regain *regain, ent_arena *arena, ent_code got,
                                         ent_str content, ent_err *err);

#endif
