/*
 * casework/roles -- may a user of this role do that?
 *
 * One table (roles.def), asked in one place (cli/account.h) for every command
 * that a user gives.  What a role lacks it lacks at every entrance: the console
 * runs the same commands.
 */
#ifndef ENT_CASEWORK_ROLES_H
#define ENT_CASEWORK_ROLES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum casework_verb_kind {
    CASEWORK_OPEN,
    CASEWORK_LOOKUP,
    CASEWORK_WORK,
    CASEWORK_ADMIN,
    CASEWORK_AUDIT
} casework_verb_kind;

typedef struct casework_verb {
    const char *name, *roles;
    casework_verb_kind kind;
} casework_verb;

extern const casework_verb casework_verbs[];
extern const size_t casework_verb_count;

/* NULL: there is no row, and nobody may. */
const casework_verb *casework_verb_find(const char *name);

/* `role` as `entente user add` names it. */
bool casework_verb_allows(const casework_verb *verb, const char *role);

#endif
