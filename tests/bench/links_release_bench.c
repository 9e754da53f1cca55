/* From a release's second approval to the partner's holdings, on two real nodes over loopback:
 * from the start of the command, and from its end, until the row is there.  JSON Lines.
 * ENT_BENCH_RELEASES=N (default 100); the limit is that of doc/design/link.md. */
#include "flow/kills/book.h"
#include "flow/people.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void say(const char *from, double *ms, size_t count)
{
    qsort(ms, count, sizeof *ms, by_value);
    (void)printf("{\"bench\":\"links_release\",\"from\":\"%s\",\"releases\":%zu,\"p50_ms\":%.1f,"
                 "\"p99_ms\":%.1f,\"max_ms\":%.1f,\"limit\":100,\"good\":%s}\n",
                 from, count, ms[count / 2], ms[count * 99 / 100], ms[count - 1],
                 ms[count * 99 / 100] < 100 ? "true" : "false");
}

/* One release; the two times, in milliseconds. */
static void release_one(pair *p, book_db *theirs, item *it, double *from_start, double *from_end)
{
    int64_t begun, ended;

    PAIR_MUST(p, OUR, "release", "draft", it->id, "--to", "THEIR", "--purpose", "CT-INV", "--as",
              "ana");
    assert_true(pair_member(p, "draft", it->release, sizeof it->release));
    PAIR_MUST(p, OUR, "release", "approve", it->release, "--as", "fdo1");
    pair_settle(p);
    begun = pair_us();
    PAIR_MUST(p, OUR, "release", "approve", it->release, "--as", "fdo2");
    ended = pair_us();
    while (book_rows(theirs, it->id, "OUR") != 1) {
        struct timespec pause = { 0, 500000 };

        if (pair_us() - begun > 60000000)
            fail_msg("a release does not come");
        (void)nanosleep(&pause, NULL);
    }
    *from_start = (double)(pair_us() - begun) / 1e3;
    *from_end = (double)(pair_us() - ended) / 1e3;
}

static void from_approval_to_the_partner(void **state)
{
    const char *asked = getenv("ENT_BENCH_RELEASES");
    size_t count = asked == NULL ? 100 : (size_t)strtoull(asked, NULL, 10);
    double *from_start = calloc(count + 1, sizeof(double)),
           *from_end = calloc(count + 1, sizeof(double));
    static book b;
    static pair p;
    book_db theirs;
    char path[PAIR_PATH], *text = calloc(count + 1, 800);

    (void)state;
    assert_true(count > 0 && count <= BOOK_ITEMS && text != NULL && from_start != NULL &&
                from_end != NULL);
    pair_begin(&p);
    book_begin(&b, &p);
    for (size_t i = 0; i < count; i++)
        people_write((unsigned)i + 1, b.items[i].id, b.items[i].name, text, (count + 1) * 800);
    pair_file(&p, "items.jsonl", text, path);
    PAIR_MUST(&p, OUR, "import", path);
    assert_true(book_open(&b, THEIR, &theirs));
    for (size_t i = 0; i < count; i++)
        release_one(&p, &theirs, &b.items[i], &from_start[i], &from_end[i]);
    say("the command's start", from_start, count);
    say("the command's end", from_end, count);
    book_close(&theirs);
    book_end(&b);
    pair_finish(&p);
    free(from_start);
    free(from_end);
    free(text);
}

RUN_TESTS(TEST(from_approval_to_the_partner))
