/*
 * casework/thread -- everything that was said about one thing, as both ends have it.
 *
 * A message or a request may name the item that it is about.  Whoever takes over from another
 * reads the whole from its beginning, at either end: what was said stays in the logs of both,
 * and the order is by the time that stands in the signed words, but nothing stands before what it
 * is about [BRU-4].
 */
#ifndef ENT_CASEWORK_THREAD_H
#define ENT_CASEWORK_THREAD_H

#include "casework/item.h"

/* The items of the thread that `id` belongs to, in order. */
ENT_MUST_USE ent_code casework_thread(desk *d, ent_arena *arena, ent_str id, casework_item **items,
                                      size_t *count, ent_err *err);

#endif
