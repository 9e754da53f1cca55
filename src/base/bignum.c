#include "base/bignum.h"

#include "base/err.h"

#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static noreturn void end(void)
{
    static const char said[] = "entente: no memory for a calculation with large numbers\n";

    (void)!write(STDERR_FILENO, said, sizeof said - 1);
    _exit(ent_code_exit(ENT_MEMORY));
}

static void *number_new(size_t size)
{
    void *number = malloc(size);

    if (number == NULL)
        end();
    return number;
}

static void *number_resize(void *number, size_t before, size_t size)
{
    (void)before;
    number = realloc(number, size);
    if (number == NULL)
        end();
    return number;
}

static void number_free(void *number, size_t size)
{
    (void)size;
    free(number);
}

void ent_bignum_memory(void)
{
    mp_set_memory_functions(number_new, number_resize, number_free);
}
