/*
 * node/journal -- the node's own log of who did what.
 *
 * journal/ has the layout of a link's folder and is written by the same code: a
 * Merkle log that the signer signs and never signs twice, bodies sealed to this
 * node.  It is never served.  Notes wait as documents (desk/note.h) in
 * the transaction of the work that they are about, and are appended here
 * afterwards, once, by their ids.
 *
 * The head of every link's log, after each time that something was said or
 * heard, is a note too: size and root commit to every message, so that a
 * journal and a log that disagree by one byte are found out
 * (node_journal_heads).
 */
#ifndef ENT_NODE_JOURNAL_H
#define ENT_NODE_JOURNAL_H

#include "node/link.h"

/* Appends what waits.  Outside transactions. */
ENT_MUST_USE ent_code node_journal_flush(node_desk *nd, ent_arena *arena, ent_err *err);

/* Notes where a side of a link is now. */
ENT_MUST_USE ent_code node_journal_head(node_desk *nd, ent_arena *arena, const node_link *link,
                                        link_side side, ent_err *err);

/* Opens the journal as a link with itself, for link_verify. */
ENT_MUST_USE ent_code node_journal_open(ent_arena *arena, node_desk *nd, node_link *link,
                                        ent_err *err);

/* Every note in order; `note` lives until `each` returns. */
typedef ent_code (*node_journal_each)(void *arg, uint64_t seq, ent_json note, ent_err *err);
ENT_MUST_USE ent_code node_journal_read(node_desk *nd, ent_arena *arena, node_journal_each each,
                                        void *arg, ent_err *err);

/* Do the journal's notes of this side's heads agree with the log?  *count: how
 * many were compared.  UNTRUSTED names the first that does not. */
ENT_MUST_USE ent_code node_journal_heads(node_desk *nd, ent_arena *arena, const node_link *link,
                                         link_side side, size_t *count, ent_err *err);

/* The last head that the journal noted of a side, "size/root"; "" if none. */
ENT_MUST_USE ent_code node_journal_last(node_desk *nd, ent_arena *arena, const char *peer,
                                        link_side side, ent_str *head, ent_err *err);

/* Does what the partner's oversight body told of this side (casework/redress.h, heads) agree
 * with our log?  What it said is what we heard.  *count: how many were compared.  UNTRUSTED */
ENT_MUST_USE ent_code node_journal_told(node_desk *nd, ent_arena *arena, const node_link *link,
                                        link_side side, size_t *count, ent_err *err);

#endif
