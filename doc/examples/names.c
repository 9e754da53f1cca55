/* Two spellings of one name, compared through the public header.
 *     cc -Iinclude doc/examples/names.c build/release-gcc/libentente.a \
 *        $(pkg-config --libs libsodium icu-uc) -lm */
#include <entente/names.h>

#include <stdio.h>

int main(void)
{
    static const char *const tip = "{\"names\":[\"El Khan Juranayef\"],\"dob\":[\"1991-07-03\"]}";
    static const char *const passport =
        "{\"names\":[\"Эльхан Исаевич Джуранаев\"],\"dob\":[\"1991-03-07\"]}";
    char answer[4096];
    int failed = names_api_score(tip, passport, answer, sizeof answer);

    puts(answer);
    return failed;
}
