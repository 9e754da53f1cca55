/*
 * holdings/edition -- which records does this edition of a list have no more?
 *
 * Each record of a list is marked with the edition's number as it comes; at the end, what
 * bears an older number is no longer listed: a version of it is made that is revoked
 * (STIX 2.1 s3.6) and keeps everything else, so that history shows what was believed
 * and when it ended.  Nothing is ever erased here.  A record that is listed again later
 * gets a new id (holdings/mint.h), because nothing comes after a revocation.
 *
 * Documents: kind "edition", one for each list: its number and day; kind "listed:LIST",
 * one for each record that is on it.  Memory grows with what is delisted, not with the list.
 */
#ifndef ENT_HOLDINGS_EDITION_H
#define ENT_HOLDINGS_EDITION_H

#include "holdings/admit.h"

typedef struct holdings_edition {
    store *s;
    ent_str list; /* "" : it is no edition, and nothing happens */
    ent_str kind; /* "listed:LIST" */
    ent_str number;
} holdings_edition;

/* Begins the next edition of the list, of that day ("" if it does not say), inside a
 * transaction; texts are kept in the arena.
 * CONFLICT  a newer edition is held already */
ENT_MUST_USE ent_code holdings_edition_begin(store *s, ent_arena *arena, ent_str list, ent_str day,
                                             ent_time now, holdings_edition *edition, ent_err *err);

/* This object is on it; inside a transaction. */
ENT_MUST_USE ent_code holdings_edition_mark(const holdings_edition *edition, ent_str id,
                                            ent_time now, ent_err *err);

/* The ids of those that are on it no more, in the arena. */
ENT_MUST_USE ent_code holdings_edition_gone(const holdings_edition *edition, ent_arena *arena,
                                            ent_str **ids, size_t *count, ent_err *err);

/* Takes one of them off: *revoked is false if it was erased or revoked before.  Inside a
 * transaction; `source` as of the origin of objects. */
ENT_MUST_USE ent_code holdings_edition_drop(const holdings_edition *edition, ent_arena *arena,
                                            ent_str id, ent_str source, ent_time now, bool *revoked,
                                            ent_err *err);

#endif
