/*
 * match/standing_parts (private) -- messages of a standing match that are too large for one entry.
 *
 * Pieces come in their order, each kept in a document ("standing-part", named after the work), and one
 * message at a time is gathered for a match ("standing-parts").
 */
#ifndef ENT_MATCH_STANDING_PARTS_INT_H
#define ENT_MATCH_STANDING_PARTS_INT_H

#include "match/standing_int.h"

#define STANDING_TAG_ROOM   128 /* bytes of a piece for each key of a run's part: 4 MiB */
#define STANDING_PIECES     48 /* of one message: 192 MiB, a full set that is replaced by another */
#define STANDING_PIECE_ROOM ((size_t)32 << 20) /* memory to read a piece in */

/* Bytes of a piece but the last, and how many pieces so many bytes are. */
size_t match_standing_piece(const desk *d);
size_t match_standing_pieces(const desk *d, size_t size);

/* How many the header of a first message says; 1: it is whole.  FORMAT */
ENT_MUST_USE ent_code match_standing_pieces_read(ent_json header, size_t *pieces, ent_err *err);

/* The first piece came, with a message whose work is this document and not yet due.
 * FORMAT; CONFLICT: another one is not whole yet */
ENT_MUST_USE ent_code match_standing_gather(desk *d, ent_arena *arena, const standing *st,
                                            ent_str work, ent_json header, ent_span payload,
                                            ent_err *err);
/* The next piece; after the last the work is due.  FORMAT, CONFLICT */
ENT_MUST_USE ent_code match_standing_piece_take(desk *d, ent_arena *arena, const standing *st,
                                                ent_json header, ent_span payload, ent_err *err);

/* All pieces of a message at work; a message that is whole stays as it is. */
ENT_MUST_USE ent_code match_standing_whole(desk *d, ent_arena *arena, ent_str work, ent_json header,
                                           ent_span *payload, ent_err *err);

#endif
