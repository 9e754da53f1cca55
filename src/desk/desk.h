/*
 * desk/desk -- the work of a node and its states, over the store.
 *
 * A desk changes the store and says things to peers; it has no socket and no key.
 * What it wants to say it puts into the outbox, in the same transaction as the
 * change it follows from; whoever hosts the desk appends it to the link log
 * afterwards, once, by its id.  What peers said comes in through desk_receive,
 * inside a transaction that also moves the link's position: applying twice is
 * applying once.  Time, randomness, peers and the signer come from the host.
 */
#ifndef ENT_DESK_DESK_H
#define ENT_DESK_DESK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "link/entry.h"
#include "psi/crew.h"
#include "store/store.h"

typedef struct desk_peer {
    const char *code;
    ent_str name;
    uint8_t identity[32]; /* its first key, by which it is named */
    uint8_t key[32];      /* with which it signs now */
    bool
        reads; /* it has no node: `identity` is the pin of a certificate, and nothing is heard of it */
} desk_peer;

/* An officer at work: approves by signing (desk_officer_sign).  `sign` NULL: came in without the
 * passphrase, by a certificate or a security key, so that there is no key here to sign with. */
typedef struct desk_officer {
    const char *name;
    const char *role;
    uint8_t key[32];
    void (*sign)(void *arg, const void *bytes, size_t size, uint8_t signature[64]);
    void *arg;
} desk_officer;

typedef struct desk desk;

/* Files that are attached to objects, each whole under its SHA-256 in hex (desk/evidence.h);
 * `arg` is the desk's.  Reading checks the hash.  What is written is durable when it returns,
 * and the same again is fine. */
typedef struct desk_files {
    ent_code (*read)(void *arg, ent_arena *arena, const char *hash, ent_str *content, ent_err *err);
    ent_code (*write)(void *arg, ent_arena *arena, const char *hash, ent_str content, ent_err *err);
} desk_files;

/* Takes one entry of a peer's log.  It runs inside the transaction that moves the link's
 * position, behind a mark: when it refuses, what it wrote is undone, and only the note of
 * the refusal stays.  Codes that blame the node (IO, MEMORY, BUG) stop the link. */
typedef ent_code (*desk_receiver)(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);

struct desk {
    store *store;
    ent_time now;
    const char *code; /* this node's */
    ent_str name;
    uint8_t identity[32];
    void *arg; /* the host's */
    void (*random)(void *arg, void *bytes, size_t size);
    /* For what no peer ever sees, so that it does not shift what one does see [law 2]; NULL: the
     * same. */
    void (*random_within)(void *arg, void *bytes, size_t size);
    /* NOT_FOUND, or DENIED if the link is not confirmed. */
    ent_code (*peer)(void *arg, ent_arena *arena, const char *code, desk_peer *peer, ent_err *err);
    /* This node's signature of a statement, if the approvals hold (node/signer.h). */
    ent_code (*statement)(void *arg, ent_arena *arena, ent_str statement, ent_json approvals,
                          ent_str drafter, uint8_t signature[64], ent_err *err);
    /* All officers' keys of this node, lines "hex role name". */
    ent_code (*officers)(void *arg, ent_arena *arena, ent_str *lines, ent_err *err);
    /* Is this a recipient for whom three officers approve?  NULL: nobody is. */
    ent_code (*assured)(void *arg, ent_arena *arena, ent_str code, bool *yes, ent_err *err);
    /* LINK_KIND_COUNT receivers of the modules above this one, or NULL. */
    const desk_receiver *above;
    /* Looks at a release of the peer's that is taken, its objects in place, in the same transaction; NULL: nobody. */
    ent_code (*released)(desk *d, ent_arena *arena, const char *peer, ent_str release,
                         ent_err *err);
    /* The body of an entry of the peer's that was applied, as it was heard.  NO: it was erased;
     * NOT_FOUND: it is not there.  NULL: this host keeps none, and what is to be read again is kept
     * in the store. */
    ent_code (*heard)(void *arg, ent_arena *arena, const char *peer, uint64_t seq, ent_span *body,
                      ent_err *err);
    /* Something that was said is committed while the work goes on that it comes from: it may go out
     * now.  NULL: it goes when the work is done. */
    void (*said)(void *arg);
    const desk_files *files; /* NULL: this host keeps none */
    const psi_crew *crew;    /* does long work of private matching, or NULL */
    size_t match_memory;     /* for the work on one message of a match; 0: as much as it takes */
    size_t match_part; /* elements of a set in one message; 0: as is agreed (tests have less) */
};

/* A new random id. */
void desk_id(const desk *d, char id[37]);
/* The same for what no peer ever sees. */
void desk_id_within(const desk *d, char id[37]);

/* Puts something to say into the outbox.  Inside a transaction.  DENIED: the peer has no node and
 * cannot hear that (link_kind_for_readers). */
ENT_MUST_USE ent_code desk_say(desk *d, ent_arena *arena, const char *peer, link_kind kind,
                               ent_span body, ent_err *err);

/* The same; `id` becomes the entry's id. */
ENT_MUST_USE ent_code desk_say_as(desk *d, ent_arena *arena, const char *peer, link_kind kind,
                                  ent_span body, char id[37], ent_err *err);

/* Applies one entry of a peer's log.  Inside a transaction.  A body that breaks a
 * rule is recorded as refused (with the reason) and is not an error here; errors are
 * the node's own and stop the link.  `body.ptr` NULL: it was erased. */
ENT_MUST_USE ent_code desk_receive(desk *d, ent_arena *arena, const char *peer,
                                   const link_entry *entry, ent_span body, ent_err *err);

/* The same for an entry that goes ahead (link_kind_ahead) and is applied before those in
 * front of it; desk_receive passes over it later.  One that is not urgent and is refused here, as
 * what it stands on is still to come, is as if it had not been tried. */
ENT_MUST_USE ent_code desk_receive_ahead(desk *d, ent_arena *arena, const char *peer,
                                         const link_entry *entry, ent_span body, ent_err *err);
/* Every urgent entry before this place was applied. */
ENT_MUST_USE ent_code desk_ahead_position(desk *d, ent_arena *arena, const char *peer,
                                          uint64_t *next, ent_err *err);

/* How far a peer's log has been applied. */
ENT_MUST_USE ent_code desk_position(desk *d, ent_arena *arena, const char *peer, uint64_t *next,
                                    ent_err *err);

/* Documents as JSON: reads the document and parses it. */
ENT_MUST_USE ent_code desk_doc(desk *d, ent_arena *arena, const char *kind, ent_str id,
                               store_doc *doc, ent_json *json, ent_err *err);

#endif
