#include "casework/roles.h"

#include <string.h>

const casework_verb casework_verbs[] = {
#define X(name, roles, kind) { name, roles, CASEWORK_##kind },
#include "casework/roles.def"
#undef X
};
const size_t casework_verb_count = sizeof casework_verbs / sizeof *casework_verbs;

static const struct {
    char letter;
    const char *role;
} letters[] = { { 'c', "collector" }, { 'a', "analyst" },  { 'd', "disclosure" },
                { 'l', "legal" },     { 'i', "liaison" },  { 'k', "case" },
                { 'm', "admin" },     { 'o', "oversight" } };

const casework_verb *casework_verb_find(const char *name)
{
    for (size_t i = 0; i < casework_verb_count; i++)
        if (strcmp(casework_verbs[i].name, name) == 0)
            return &casework_verbs[i];
    return NULL;
}

bool casework_verb_allows(const casework_verb *verb, const char *role)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (strcmp(letters[i].role, role) == 0)
            return strchr(verb->roles, letters[i].letter) != NULL;
    return false;
}
