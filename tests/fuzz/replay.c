/*
 * replay -- a main() for fuzz targets that only replays files.
 *
 * Linked instead of libFuzzer, it turns the stored corpus and every past find
 * into an ordinary test that runs with any compiler: one test per target.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* A target may have one, as libFuzzer calls it. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int file_replay(const char *path)
{
    static uint8_t data[1 << 22];
    FILE *in = fopen(path, "rb");
    size_t size;

    if (in == NULL) {
        perror(path);
        return 1;
    }
    size = fread(data, 1, sizeof data, in);
    (void)fclose(in);
    (void)LLVMFuzzerTestOneInput(data, size);
    return 0;
}

/* argv[0] ends in /replay/NAME; the corpus is tests/fuzz/corpus/NAME. */
int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    char folder[512], path[1024];
    DIR *dir;
    size_t files = 0;

    if (LLVMFuzzerInitialize != NULL)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    name = name == NULL ? argv[0] : name + 1;
    (void)snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    dir = opendir(folder);
    if (dir != NULL) {
        for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
            if (e->d_name[0] == '.')
                continue;
            (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            if (file_replay(path) != 0)
                return 1;
            files++;
        }
        (void)closedir(dir);
    }
    (void)printf("ok 1 - corpus of %s (%zu files)\n", name, files);
    return 0;
}
