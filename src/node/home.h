/*
 * node/home -- what is where in a node's home folder.
 *
 *     entente.conf            name, code, addresses, store, clock
 *     keys/identity.{pk,sk}   Ed25519: checkpoints and statements (only the signer reads sk)
 *     keys/{first.pk,before}  the first identity key and those since, once it was replaced
 *     keys/recovery{,.pk}     Ed25519: signs a new identity key; `recovery` is to be kept elsewhere
 *     keys/box.{pk,sk}        X25519: opens bodies that are sealed to this node (the desk)
 *     keys/{border,courier,client}.{key,crt}   TLS, one pair for each role
 *     keys/{renewal,boxes,next/,old/}   while and after those are renewed (node/renew.h)
 *     keys/officers           public keys of the node's users, for the signer
 *     keys/signer/            the last heads the signer signed and cosigned
 *     holdings.db             the store, unless the configuration names a server
 *     links/CODE/{out,in}/    what we say to CODE, and a mirror of what CODE says to us
 *     links/CODE/peer.json    CODE's card: keys, pins, address
 *     exercise-clock          the time of a node on exercise (node_now)
 *     run/                    sockets and addresses of a running `serve`, locks
 *
 * Whoever can read keys/ is the node.  All of it is mode 0700/0600.
 */
#ifndef ENT_NODE_HOME_H
#define ENT_NODE_HOME_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "link/host.h"

#define NODE_CODE_SIZE 9 /* 2 to 8 of A-Z 0-9, and a NUL */
#define NODE_KEY_SIZE  32

typedef struct node_home {
    const char *path; /* absolute */
    ent_str name;     /* as given to init, any script */
    char code[NODE_CODE_SIZE];
    const char *border;  /* "127.0.0.1:7443": where peers are served */
    const char *client;  /* the client listener */
    const char *store;   /* for store_open: holdings.db's path, or a server's URL (secret) */
    const char *address; /* what peers are told, "https://host:port"; NULL: from border */
    const char *clock;   /* absolute path of an exercise clock; NULL: the system's */
    uint8_t identity[NODE_KEY_SIZE]; /* the first, which names the node for ever */
    link_keys keys;                  /* those after it (node/keys.h) */
    uint8_t box[NODE_KEY_SIZE];
    link_keys boxes; /* those that it has replaced, newest first (node/renew.h) */
} node_home;

/* The key that signs now. */
const uint8_t *node_home_key(const node_home *home);

typedef struct node_init {
    const char *path;
    const char *name, *code;                       /* code NULL: made from the name */
    const char *border, *client, *address, *clock; /* NULL: default */
    const char *store;    /* "postgresql://..."; NULL: holdings.db in the home */
    const char *exercise; /* RFC 3339: on exercise, the clock stands there; NULL: not */
} node_init;

/* Makes a home: keys, configuration, folders.  CONFLICT if there is one already,
 * USAGE for a bad code.  Nothing is left behind on failure but empty folders. */
ENT_MUST_USE ent_code node_home_init(ent_arena *arena, const node_init *init, ent_err *err);

/* Opens an existing home.  NOT_FOUND if `path` is none; CONFIG names file and line. */
ENT_MUST_USE ent_code node_home_open(ent_arena *arena, const char *path, node_home *home,
                                     ent_err *err);

/* The node's fingerprint: SHA-256 of its identity key, eight groups of four hex digits. */
#define NODE_FINGERPRINT_SIZE 40
void node_fingerprint(const uint8_t identity[NODE_KEY_SIZE], char out[NODE_FINGERPRINT_SIZE]);

/* The time by the home's clock.  An exercise clock is a file with an RFC 3339
 * time; such a node can only be linked to nodes that are on exercise as well. */
ENT_MUST_USE ent_code node_now(const node_home *home, ent_time *now, ent_err *err);
/* Milliseconds of a clock that nobody sets, for how long something takes. */
int64_t node_ms(void);

/* Makes a key pair with its certificate, keys/ROLE.{key,crt}, or keys/FOLDER/ROLE... */
ENT_MUST_USE ent_code node_tls_pair_make(ent_arena *arena, const char *keys, const char *code,
                                         const char *role, const char *client, ent_err *err);
/* Makes keys/box.{pk,sk}, or those of another folder. */
ENT_MUST_USE ent_code node_box_make(ent_arena *arena, const char *keys, ent_err *err);

bool node_code_valid(const char *code);

#endif
