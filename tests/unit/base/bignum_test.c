/* base/bignum: without memory for a number the process says so and ends, and does not crash. */
#include "test.h"

#include "base/bignum.h"
#include "base/err.h"

#include <gmp.h>
#include <stdbool.h>
#include <sys/wait.h>

/* A number that no machine has room for, in a process of its own. */
static int ends(bool grows, char *said, size_t room)
{
    ssize_t size;
    int both[2], status;
    pid_t child;

    CHECK_INT(pipe(both), 0);
    child = fork();
    if (child == 0) {
        void *(*number_new)(size_t);
        void *(*resize)(void *, size_t, size_t);

        (void)dup2(both[1], STDERR_FILENO);
        ent_bignum_memory();
        mp_get_memory_functions(&number_new, &resize, NULL);
        if (grows)
            (void)resize(number_new(8), 8, SIZE_MAX / 4);
        else
            (void)number_new(SIZE_MAX / 4);
        _exit(0);
    }
    (void)close(both[1]);
    size = read(both[0], said, room - 1);
    said[size > 0 ? size : 0] = '\0';
    (void)close(both[0]);
    CHECK_INT(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_number_without_memory_ends_the_process_with_a_line_and_a_status(void **state)
{
    char said[200];

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator ends the process itself */
#endif
    for (int grows = 0; grows < 2; grows++) {
        CHECK_INT(ends(grows != 0, said, sizeof said), ent_code_exit(ENT_MEMORY));
        CHECK_STR(said, "entente: no memory for a calculation with large numbers\n");
    }
}

static void with_memory_numbers_are_what_they_were(void **state)
{
    mpz_t n;

    (void)state;
    ent_bignum_memory();
    mpz_init_set_ui(n, 3);
    mpz_pow_ui(n, n, 4000);
    CHECK_INT(mpz_sizeinbase(n, 2), 6340);
    mpz_clear(n);
}

RUN_TESTS(TEST(a_number_without_memory_ends_the_process_with_a_line_and_a_status),
          TEST(with_memory_numbers_are_what_they_were))
