/*
 * node/signer -- the process that holds the identity key.
 *
 * It has the key and a socket to one desk, nothing else: no store, no network.  It
 * does not sign what it is given but what it has checked itself:
 *
 * - a checkpoint of our log for a peer only if it extends the last one it signed
 *   for that peer.  It keeps the compact Merkle range of each log and appends the
 *   new leaves itself, so no second history can ever get its signature, also not
 *   after a restore;
 * - a cosignature of a peer's log by the same rule;
 * - a statement (an agreement, a release, a grant to pass facts on) only with two officers'
 *   approvals that verify under keys/officers, of persons who are not its drafter: three for a
 *   recipient in keys/assured, one for a release that states an emergency.
 *
 * Its own state is durable before a signature leaves.  A desk starts a signer of
 * its own (fork and exec of this program) and talks to it over a socket pair, one
 * JSON line each way.
 */
#ifndef ENT_NODE_SIGNER_H
#define ENT_NODE_SIGNER_H

#include "base/hash.h"
#include "base/json.h"
#include "node/home.h"

#include <sys/types.h>

typedef struct node_signer node_signer;

/* UNAVAILABLE if the process cannot be started. */
ENT_MUST_USE ent_code node_signer_start(const node_home *home, node_signer **signer, ent_err *err);
void node_signer_stop(node_signer *signer);
/* Did it die?  Then every call fails with UNAVAILABLE; start another. */
bool node_signer_gone(const node_signer *signer);
/* Its process, for tests that end it. */
pid_t node_signer_pid(const node_signer *signer);

/*
 * The signed checkpoint (a C2SP note) of the log `origin` after `leaves` were
 * appended to the size that was signed last, which must be `size`.  With `cosign`
 * the log is the peer's and the result is a cosignature with the time.
 *
 * CONFLICT  the log is not at `size`: *at says where the signer is
 */
typedef struct node_sign_head {
    const char *origin;     /* of the log; the signer's state is kept under it */
    uint64_t size;          /* before */
    const ent_hash *leaves; /* leaf hashes, appended in order */
    size_t count;
    bool cosign;
    ent_time now;
} node_sign_head;

ENT_MUST_USE ent_code node_signer_head(node_signer *signer, ent_arena *arena,
                                       const node_sign_head *head, ent_str *note, uint64_t *at,
                                       ent_err *err);

/* Signs a statement (link/approval.h); `approvals` is a JSON list of
 * {"officer","signature"}.  DENIED names what is missing. */
ENT_MUST_USE ent_code node_signer_statement(node_signer *signer, ent_arena *arena,
                                            ent_str statement, ent_str drafter, ent_json approvals,
                                            uint8_t signature[64], ent_err *err);

/* The signer process itself: serves requests on `fd` until it is closed. */
ENT_MUST_USE ent_code node_signer_run(const node_home *home, int fd, ent_err *err);

#endif
