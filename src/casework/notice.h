/*
 * casework/notice -- somebody is to be told, outside the console, in no more words than these.
 *
 * A notice names what it is about by id and kind, how urgent it is, why, and for whom it is;
 * never what anything says.  It is a document ("notice", state waiting) in the transaction of
 * the event; the host delivers it (node/notify.h).  What a clock comes upon again and again is
 * told once: document "alarm-told".
 */
#ifndef ENT_CASEWORK_NOTICE_H
#define ENT_CASEWORK_NOTICE_H

#include "casework/item.h"

typedef struct casework_notice_about {
    ent_str object, peer;
    const char *kind;       /* tip, request, message, redress, warning, hit, alert, alarm */
    const char *precedence; /* as casework/precedence.def names them */
    const char *why;        /* of a few fixed words */
    ent_str to;             /* a user, or "": whoever is on duty */
} casework_notice_about;

/* Inside a transaction. */
ENT_MUST_USE ent_code casework_notice_put(desk *d, ent_arena *arena,
                                          const casework_notice_about *about, ent_err *err);

/* The same, unless it was done under this id before. */
ENT_MUST_USE ent_code casework_notice_once(desk *d, ent_arena *arena, ent_str id,
                                           const casework_notice_about *about, ent_err *err);

/* The same about an item. */
ENT_MUST_USE ent_code casework_notice(desk *d, ent_arena *arena, const casework_item *item,
                                      const char *why, ent_str to, ent_err *err);

#endif
