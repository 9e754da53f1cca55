/*
 * link/approval -- what people and nodes put their names to.
 *
 * A statement is canonical JSON text.  An officer approves it by signing
 * SHA-256("entente approval v1\n" || what || "\n" || SHA-256(statement)), where `what`
 * says what kind of thing it is, so that an approval of one kind is none of another.
 * A node signs SHA-256("entente statement v1\n" || statement).
 */
#ifndef ENT_LINK_APPROVAL_H
#define ENT_LINK_APPROVAL_H

#include "base/hash.h"

#define LINK_SIGNATURE_SIZE 64

/* `what`: "agreement" or "release". */
ent_hash link_approval_hash(const char *what, ent_str statement);
ent_hash link_statement_hash(ent_str statement);

bool link_approval_verify(const char *what, ent_str statement, const uint8_t key[32],
                          const uint8_t signature[LINK_SIGNATURE_SIZE]);
bool link_statement_verify(ent_str statement, const uint8_t key[32],
                           const uint8_t signature[LINK_SIGNATURE_SIZE]);

#endif
