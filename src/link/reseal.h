/*
 * link/reseal -- every body of a log sealed anew, to a key that has replaced another.
 *
 * A body's content key stays; only the small file that seals it to its reader is made again.
 * Of out/ by the writer, when its reader has said a new key: from then on the old key opens
 * nothing that is served.  Of in/ by the reader itself, before it forgets its old key.
 * What is sealed to `box` already is left alone, so that doing it again costs only reading.
 */
#ifndef ENT_LINK_RESEAL_H
#define ENT_LINK_RESEAL_H

#include "link/host.h"

/* Under the lock of that side.  A content key that is erased or absent is passed over;
 * *sealed counts what was made anew.  Durable when it returns. */
ENT_MUST_USE ent_code link_reseal(const link_host *host, link_side side,
                                  const uint8_t box[LINK_KEY_SIZE], uint64_t *sealed, ent_err *err);

#endif
