/*
 * console/console -- the API of a node, and the console that is made with it.
 *
 * /api/v1/ offers the commands of the program by their own names (verbs.def): what
 * `entente search` does, GET /api/v1/search does, as the user who is logged in, with the
 * same roles, limits and errors, because it is that command, run in a process of its
 * own.  This module so holds no store and decides nothing.  Lines
 * of a command's JSON are the `results` of an answer; its failure is a problem document
 * (RFC 9457).  What is at / are files that were built in.
 *
 * A session is a cookie that scripts cannot read and other sites cannot send; who asks
 * for a change must come from this very origin.  Everything in a request is hostile.
 * Not here: users and passphrases (the host's), the commands.
 */
#ifndef ENT_CONSOLE_CONSOLE_H
#define ENT_CONSOLE_CONSOLE_H

#include "http/api.h"
#include "http/oidc.h"
#include "http/webauthn.h"

#define CONSOLE_NAME_SIZE 65

typedef struct console_user {
    char name[CONSOLE_NAME_SIZE], role[16];
    bool signs; /* came in with the passphrase, which opens the key */
} console_user;

/* What a command said. */
typedef struct console_result {
    int status; /* exit status; -1: it was ended */
    ent_str output, message;
} console_result;

/* What is to be run, and what for: the reason and the purpose that a person gave for all they
 * look up now ("": none), for the journal. */
typedef struct console_line {
    const char *const *argv; /* ends with NULL */
    const char *reason, *purpose;
    ent_span input;
} console_line;

typedef struct console_host {
    void *arg;
    /* Who gives the right passphrase gets a session of the host's; DENIED else.  May take
     * its time. */
    ent_code (*login)(void *arg, ent_str name, ent_str passphrase, void **session,
                      console_user *user, ent_err *err);
    /* The same by an Authorization field (RFC 7617); FORMAT if it is none. */
    ent_code (*basic)(void *arg, const char *authorization, void **session, console_user *user,
                      ent_err *err);
    /* The same for who has proved to hold the key of a certificate (its pin).  Such a session
     * signs nothing. */
    ent_code (*certificate)(void *arg, const uint8_t pin[32], void **session, console_user *user,
                            ent_err *err);
    /* The security key with that credential id, and the host it was made for; DENIED: nobody's. */
    ent_code (*key_find)(void *arg, ent_arena *arena, ent_span id, webauthn_key *key, ent_str *host,
                         ent_err *err);
    /* It has answered, and counts so far: its user is let in, and signs nothing.  May take its
     * time. */
    ent_code (*key_login)(void *arg, ent_arena *arena, ent_span id, uint32_t counter,
                          void **session, console_user *user, ent_err *err);
    /* The provider at which people may log in; NOT_FOUND: there is none. */
    ent_code (*provider)(void *arg, ent_arena *arena, oidc_provider *provider, ent_err *err);
    /* Whom it says has logged in there for this code is let in, and signs nothing.  Takes its
     * time.  DENIED: nobody here; RETRY; else what was wrong with the provider */
    ent_code (*provider_login)(void *arg, ent_arena *arena, ent_str code,
                               const oidc_attempt *attempt, void **session, console_user *user,
                               ent_err *err);
    void (*logout)(void *arg, void *session);
    /* Is the user still what it was?  DENIED if it is not. */
    ent_code (*still)(void *arg, const void *session, ent_err *err);
    /* Runs a command as the session's user (NULL: nobody).  May take its time.  RETRY if it
     * took too long, LIMIT if it said too much. */
    ent_code (*run)(void *arg, void *session, ent_arena *arena, const console_line *line,
                    console_result *result, ent_err *err);
    int64_t (*now)(void *arg); /* ms, monotonic */
    void (*random)(void *arg, void *bytes, size_t size);
} console_host;

typedef struct console console;

/* `host` is copied. */
ENT_MUST_USE ent_code console_new(const console_host *host, console **c, ent_err *err);
/* Ends all sessions. */
void console_free(console *c);

/* Something changed: by news of a peer, or ("") by ourselves.  And: streams of events say
 * that they are still there.  After either, http_api_wake. */
void console_changed(console *c, const char *peer);
void console_beat(console *c);

/* Is this a command that the API offers (its words, then anything)? */
bool console_offers(const char *const *argv);

/* A request below / that nobody else answers (http/api.h).  For many threads at once. */
http_next console_begin(console *c, http_request *request, http_reply *reply);
void console_finish(console *c, http_request *request, http_reply *reply);

#endif
