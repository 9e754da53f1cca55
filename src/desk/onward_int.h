/* desk/onward (private) -- a grant: the owner's signed word that exactly these facts may go. */
#ifndef ENT_DESK_ONWARD_INT_H
#define ENT_DESK_ONWARD_INT_H

#include "desk/hold_int.h"
#include "desk/onward.h"
#include "desk/work.h"

typedef struct desk_grant {
    ent_str text, signature; /* canonical statement, hex */
    ent_str id, request, purpose, until, reason;
    ent_str owner, via, recipient; /* codes */
    uint8_t owner_identity[32], via_identity[32], recipient_identity[32];
    ent_json objects, corrects; /* corrects: ids of grants, or none */
} desk_grant;

/* Reads {"signature","statement"}.  FORMAT */
ENT_MUST_USE ent_code desk_grant_read(ent_arena *arena, ent_json json, desk_grant *grant,
                                      ent_err *err);
void desk_grant_write(ent_jw *w, const desk_grant *grant);

/* Does its owner's signature hold, under the key that we know the owner by?  UNTRUSTED;
 * NOT_FOUND, DENIED: the owner is no peer of ours, or suspended. */
ENT_MUST_USE ent_code desk_grant_verify(desk *d, ent_arena *arena, const desk_grant *grant,
                                        ent_err *err);

/* The grant that was given to a request of ours; DENIED if there is none. */
ENT_MUST_USE ent_code desk_grant_load(desk *d, ent_arena *arena, ent_str request, desk_grant *grant,
                                      ent_err *err);

/* May it go to this peer for this purpose today?  DENIED */
ENT_MUST_USE ent_code desk_grant_check(desk *d, ent_arena *arena, const desk_grant *grant,
                                       const desk_peer *peer, ent_str purpose, ent_err *err);

/* What the owner sends when a grant was approved: the node's signature, an entry to the
 * carrier, the document. */
ENT_MUST_USE ent_code desk_grant_send(desk *d, ent_arena *arena, ent_str draft, ent_err *err);

/* {"owner","grant","objects":[ids]}: what a release document says of it. */
void desk_grant_part_write(ent_jw *w, const desk_grant *grant);

/* ---- the carrier ---- */

/* The owner has called back this release of its, or grant: so does every release of ours that
 * passes on what is gone by it.  `entry`: the owner's recall. */
ENT_MUST_USE ent_code desk_onward_recall(desk *d, ent_arena *arena, const char *owner,
                                         ent_str release, ent_str reason, const char *entry,
                                         ent_err *err);
/* A receipt came for a release of ours that was called back, or sent, for an owner: it hears. */
ENT_MUST_USE ent_code desk_onward_settled(desk *d, ent_arena *arena, const store_doc *release,
                                          ent_err *err);
/* A correction whose body is {"corrects"?,"onward":GRANT}: from the owner, to be passed on, or
 * passed on to us. */
ENT_MUST_USE ent_code desk_onward_correction(desk *d, ent_arena *arena, const char *peer,
                                             const link_entry *entry, ent_json body, ent_err *err);

/* ---- the owner ---- */

/* A carrier's word of what a third node did. */
ENT_MUST_USE ent_code desk_onward_receipt(desk *d, ent_arena *arena, const char *peer,
                                          ent_json receipt, ent_str text, uint64_t seq,
                                          ent_err *err);
/* A receipt of a recall that is of no release: of a grant, from its carrier (whose word is passed
 * back by itself) or from the third node, which is kept.  *known false: there is none. */
ENT_MUST_USE ent_code desk_grant_receipt(desk *d, ent_arena *arena, const char *peer,
                                         ent_json receipt, ent_str text, uint64_t seq, bool *known,
                                         ent_err *err);
/* These objects of a release to the peer are called back: so are its grants of them.  The third
 * node, if it is a peer of ours, hears it from us as well: the carrier may be away. */
ENT_MUST_USE ent_code desk_grants_recall(desk *d, ent_arena *arena, const char *peer,
                                         ent_json objects, ent_err *err);

/* ---- the third node ---- */

/* The grants of a release that came: read, and checked for this node. */
ENT_MUST_USE ent_code desk_onward_take(desk *d, ent_arena *arena, const char *peer, ent_json list,
                                       ent_str purpose, desk_grant **grants, size_t *count,
                                       ent_err *err);
/* Holds a correction that `peer` passed on. */
ENT_MUST_USE ent_code desk_onward_hold(desk *d, ent_arena *arena, const char *peer,
                                       const link_entry *entry, ent_json body,
                                       const desk_grant *grant, ent_err *err);

/* The owner itself calls back what a carrier passed on by this grant: ends the carrier's releases
 * that gave nothing else; of others the carrier sends word. */
ENT_MUST_USE ent_code desk_onward_end(desk *d, ent_arena *arena, const char *owner, ent_str grant,
                                      ent_str reason, int64_t *erased, ent_err *err);
/* A release of `peer` ends here, if it had come: content, and the body of its entry. */
ENT_MUST_USE ent_code desk_release_in_end(desk *d, ent_arena *arena, const char *peer,
                                          ent_str release, ent_str reason, int64_t *erased,
                                          ent_err *err);

/* Receivers. */
ent_code desk_consent_request_receive(desk *d, ent_arena *arena, const char *peer,
                                      const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_consent_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

#endif
