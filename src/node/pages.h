/*
 * node/pages -- the border's TAXII, for one partner that has no node.
 *
 * Serves the partner's own file (node/readers.h) read-only, from inside the border's
 * sandbox: the file is opened anew when another stands in its place, so that what was
 * called back an instant ago is not in the next answer.  Every page is noted before it is
 * sent, in journal/reads/CODE.jsonl, through a descriptor that can only append; a page
 * that cannot be noted is not sent.  For one thread.
 */
#ifndef ENT_NODE_PAGES_H
#define ENT_NODE_PAGES_H

#include "http/api.h"
#include "node/home.h"

typedef struct node_pages node_pages;

/* Before the sandbox: opens the journal.  `code` must outlive it. */
ENT_MUST_USE ent_code node_pages_new(const node_home *home, const char *code, node_pages **pages,
                                     ent_err *err);
void node_pages_free(node_pages *pages);

void node_pages_answer(node_pages *pages, http_request *request, http_reply *reply);

#endif
