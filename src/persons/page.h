/*
 * persons/page -- everything that is said of one person, by whom, and how good it is.
 *
 * A page is a list of assertions: a name, a birth as a reading with the raw text, a
 * document, a telephone, a tie, a same-person statement.  Each stands in one record and
 * keeps its owner, rating, time and label; nothing is merged and nothing is chosen.  The
 * records are those of the person's cluster.  As a peer knows it, the page is made from
 * what was released to that peer and from what it gave us, and from nothing else.
 */
#ifndef ENT_PERSONS_PAGE_H
#define ENT_PERSONS_PAGE_H

#include "desk/desk.h"
#include "persons/same.h"
#include "policy/label.h"

typedef struct persons_source {
    ent_str id, type, owner; /* "" ours */
    ent_json object;
    policy_label label;
    ent_str time;    /* when it is true, else when it was last written */
    ent_str release; /* by which the peer has it, for a page as a peer knows it */
    ent_str state;   /* of that release */
    bool member;     /* an identity of the cluster */
} persons_source;

typedef struct persons_assertion {
    const char *kind; /* name, birth, place, nationality, gender, document, telephone, account,
                         mail, vehicle, tie */
    ent_str value;
    ent_str more;   /* script of a name, raw text of a birth, the other end of a tie */
    ent_str role;   /* kind of a name or document, type of a tie */
    ent_str link;   /* the relationship that ties it */
    int confidence; /* of that; -1: not said */
    const persons_source *source; /* the record that says it */
    const persons_source *tied;   /* the relationship; NULL: the record itself */
} persons_assertion;

typedef struct persons_page {
    ent_str id;
    persons_source **sources;
    size_t source_count;
    persons_assertion *assertions;
    size_t assertion_count;
    persons_same *statements; /* about the records, standing and taken back */
    size_t statement_count;
    const resolve_held *held; /* joins without effect, as somebody said never */
    size_t held_count;
} persons_page;

/* `peer` NULL: everything held here.
 * NOT_FOUND  not held; FORMAT: no identity; NO: the peer knows nothing of this person */
ENT_MUST_USE ent_code persons_page_make(desk *d, ent_arena *arena, ent_str id, const char *peer,
                                        persons_page *page, ent_err *err);

#endif
