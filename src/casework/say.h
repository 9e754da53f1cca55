/*
 * casework/say -- tips, requests and messages: what is said, by whom, under which agreement.
 *
 * The body of an entry is canonical JSON with closed members (members.def); sender and
 * receiver check it with the same function, so that a node never says what it would refuse
 * to hear.  Nothing is said without an agreement in force with that peer for that purpose;
 * objects go along only as the ids of releases, which two persons approved, and so is the
 * text of a tip (casework/signed.h; document "tip-draft").  The words are kept as they were
 * written for ever: readings stand beside them.
 *
 * Where an own record about the subject may not be disclosed, or is held for other purposes,
 * a request is refused at home, and oversight reads why; at the receiver such an item is
 * shown to the legal officer first [mission 12.8, DP-8].  A tip that somebody was arrested
 * and not for what is asked back by itself [BRU-2].  What peers say is hostile.
 */
#ifndef ENT_CASEWORK_SAY_H
#define ENT_CASEWORK_SAY_H

#include "casework/item.h"
#include "desk/agreement.h"

typedef struct casework_subject {
    ent_str name;
    ent_str birth; /* or .ptr NULL */
} casework_subject;

typedef struct casework_draft {
    casework_kind kind;
    const char *peer;
    ent_str purpose;
    casework_precedence precedence;
    ent_str text;
    ent_str reference, rating, handling; /* or .ptr NULL */
    ent_str class;                       /* "moving", "arrested", or .ptr NULL */
    ent_str departs;                     /* with "moving": an instant */
    ent_str why;                         /* with "arrested": for what, or .ptr NULL */
    ent_str thread;      /* of a message or request: the item it is about, or .ptr NULL */
    const ent_str *keys; /* as people write them */
    size_t key_count;
    const casework_subject *subjects;
    size_t subject_count;
    const ent_str *releases;
    size_t release_count;
    const ent_str *also; /* the other peers it goes to, if they may know */
    size_t also_count;
    int64_t answer_within; /* seconds; 0: as its precedence says */
    const char *by;
} casework_draft;

/* What came of saying something. */
typedef struct casework_said {
    casework_item item;
    const char *refused; /* refused at home: the clause; nothing was sent, oversight reads it */
} casework_said;

/* Puts it into the outbox; a tip, whose text is content, waits for two officers (state
 * "waiting").  Inside a transaction, which must be kept also when `refused`.
 * DENIED     no agreement, flow or purpose; a release that is not with that peer
 * FORMAT     names the member */
ENT_MUST_USE ent_code casework_say(desk *d, ent_arena *arena, const casework_draft *draft,
                                   casework_said *said, ent_err *err);

/* One officer signs a tip that waits; with the second it is sent.  Codes as
 * casework_signed_approve and casework_say. */
ENT_MUST_USE ent_code casework_tip_approve(desk *d, ent_arena *arena, casework_item *item,
                                           const desk_officer *by, ent_err *err);
/* It is not sent.  CONFLICT: it was. */
ENT_MUST_USE ent_code casework_tip_drop(desk *d, ent_arena *arena, casework_item *item,
                                        const desk_officer *by, ent_err *err);

/* An agreement in force with `peer` for `purpose`.  `release`: it must let content flow.
 * DENIED names the clause. */
ENT_MUST_USE ent_code casework_terms(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                                     bool release, desk_terms *terms, ent_err *err);

/* Reads and checks a body: canonical, closed, within limits. */
ENT_MUST_USE ent_code casework_body_read(ent_arena *arena, casework_kind kind, ent_str text,
                                         ent_json *body, ent_err *err);

/* As what it is said, unless it goes ahead of others. */
link_kind casework_entry_kind(casework_kind kind);

/* The receivers (node/receivers.c). */
ent_code casework_tip_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);
ent_code casework_request_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);
/* One of them that goes before what is in front of it: {"flash":"tip","said":{...}}. */
ent_code casework_flash_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err);
ent_code casework_message_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);

#endif
