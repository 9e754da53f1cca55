/* Checks the STIX bundle on standard input with libentente.
 *
 *     cc stix.c $(pkg-config --cflags --libs entente) -o stix && ./stix <bundle.json
 */
#include <entente/stix.h>

#include <stdio.h>

int main(void)
{
    static char bundle[1 << 20], answer[1 << 20];
    size_t size = fread(bundle, 1, sizeof bundle - 1, stdin);
    int failed;

    bundle[size] = '\0';
    failed = stix_api_check(bundle, answer, sizeof answer);
    if (failed != 0) {
        (void)fprintf(stderr, "%s\n", answer);
        return failed;
    }
    (void)puts(answer);
    return 0;
}
