/*
 * mutate -- the mutants of one C file, one at a time.
 *
 *     mutate FILE        prints how many mutants there are
 *     mutate FILE N      writes mutant N (0-based) to standard output, and to standard error
 *                        one line that says what was changed where
 *
 * It knows tokens, not types: operators are exchanged, negations and operands of && and ||
 * dropped, constants changed, conditions fixed, results replaced, questions not asked.
 * Some mutants do not compile; the caller leaves those out.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;
static long wanted = -1, found;

static size_t line_of(size_t at)
{
    size_t line = 1;

    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* One mutant: `length` bytes at `at` become `with`. */
static void mutant(size_t at, size_t length, const char *with)
{
    if (found++ != wanted)
        return;
    (void)fwrite(text, 1, at, stdout);
    (void)fputs(with, stdout);
    (void)fwrite(text + at + length, 1, size - at - length, stdout);
    (void)fprintf(stderr, "line %zu: '", line_of(at));
    for (size_t i = at; i < at + length && i < at + 60; i++)
        (void)fputc(isspace((unsigned char)text[i]) ? ' ' : text[i], stderr);
    (void)fprintf(stderr, "' becomes '%s'\n", with);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool at_word(size_t at, const char *word)
{
    size_t length = strlen(word);

    return at + length <= size && memcmp(text + at, word, length) == 0 &&
           (at == 0 || !is_word(text[at - 1])) &&
           (at + length == size || !is_word(text[at + length]));
}

/* Behind a comment, text, character or directive that begins at `at`; `at` if none does. */
static size_t skip(size_t at)
{
    size_t end = at;

    if (strncmp(text + at, "/*", 2) == 0) {
        const char *close = strstr(text + at, "*/");
        return close == NULL ? size : (size_t)(close - text) + 2;
    }
    if (text[at] == '"' || text[at] == '\'') {
        for (end = at + 1; end < size && text[end] != text[at]; end++)
            if (text[end] == '\\')
                end++;
        return end + 1;
    }
    if (text[at] == '#' && (at == 0 || text[at - 1] == '\n'))
        while (end < size && text[end] != '\n')
            end++;
    return end;
}

/* Where the operand behind (step 1) or before (step -1) position `at` ends. */
static size_t operand_end(size_t at, int step)
{
    int depth = 0;

    for (; at > 0 && at<size; at = step> 0 ? at + 1 : at - 1) {
        char c = text[at];
        bool opens = step > 0 ? c == '(' || c == '{' : c == ')' || c == '}';
        bool closes = step > 0 ? c == ')' || c == '}' : c == '(' || c == '{';

        if (opens)
            depth++;
        else if (closes && depth-- == 0)
            break;
        if (depth > 0)
            continue;
        if (c == ';' || c == ',' || c == '?' || c == ':')
            break;
        if ((c == '&' || c == '|') && text[at + 1] == c && step > 0)
            break;
        if ((c == '&' || c == '|') && text[at - 1] == c && step < 0)
            break;
        if (c == '=' && strchr("=!<>", text[at - 1]) == NULL && text[at + 1] != '=')
            break;
        if (step < 0 && c == 'n' && at >= 5 && at_word(at - 5, "return"))
            break;
    }
    return at;
}

static void operands_drop(size_t at)
{
    size_t right = operand_end(at + 2, 1), left = operand_end(at - 1, -1);

    mutant(at, right - at, "");               /* a && b: a */
    mutant(left + 1, at + 2 - left - 1, " "); /* a && b: b */
}

static size_t operator_mutate(size_t at)
{
    static const char *const swaps[][3] = {
        { "==", "!=" }, { "!=", "==" },     { "&&", "||" },
        { "||", "&&" }, { "<=", "<", ">" }, { ">=", ">", "<" },
    };

    if (strncmp(text + at, "->", 2) == 0 || strncmp(text + at, "<<", 2) == 0 ||
        strncmp(text + at, ">>", 2) == 0 || strncmp(text + at, "++", 2) == 0 ||
        strncmp(text + at, "--", 2) == 0)
        return at + 2;
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        if (strncmp(text + at, swaps[i][0], 2) == 0) {
            mutant(at, 2, swaps[i][1]);
            if (swaps[i][2] != NULL)
                mutant(at, 2, swaps[i][2]);
            if (text[at] == '&' || text[at] == '|')
                operands_drop(at);
            return at + 2;
        }
    if (text[at] == '!')
        mutant(at, 1, "");
    else if (text[at - 1] == ' ' && text[at + 1] == ' ')
        switch (text[at]) {
        case '<':
            mutant(at, 1, "<="), mutant(at, 1, ">=");
            break;
        case '>':
            mutant(at, 1, ">="), mutant(at, 1, "<=");
            break;
        case '+':
            mutant(at, 1, "-");
            break;
        case '-':
            mutant(at, 1, "+");
            break;
        case '*':
            mutant(at, 1, "+");
            break;
        case '/':
            mutant(at, 1, "*");
            break;
        case '%':
            mutant(at, 1, "/");
            break;
        case '|':
            mutant(at, 1, "&");
            break;
        case '&':
            mutant(at, 1, "|");
            break;
        default:
            break;
        }
    return at + 1;
}

static void constant_mutate(size_t at, size_t length)
{
    static const struct {
        const char *prefix, *with;
    } names[] = {
        { "POLICY_MARK_", "POLICY_MARK_TLP_CLEAR" }, { "POLICY_RULE_", "POLICY_RULE_ACTION" },
        { "POLICY_MEAN_", "POLICY_MEAN_RESALE" },    { "POLICY_ACT_", "POLICY_ACT_ASK" },
        { "POLICY_ONWARD_", "POLICY_ONWARD_NONE" },  { "PURPOSE_CRIME", "PURPOSE_JUDICIAL" },
        { "PURPOSE_JUDICIAL", "PURPOSE_CRIME" },
    };
    static const char *const words[][2] = {
        { "true", "false" },
        { "false", "true" },
        { "POLICY_MATCH", "POLICY_USE" },
        { "POLICY_USE", "POLICY_EXPORT" },
        { "POLICY_RELEASE", "POLICY_MATCH" },
        { "POLICY_ONWARD", "POLICY_RELEASE" },
        { "POLICY_EXPORT", "POLICY_RELEASE" },
        { "POLICY_OWN", "POLICY_CLIENT" },
        { "POLICY_CLIENT", "POLICY_OTHER" },
        { "POLICY_OPEN", "POLICY_POINTER" },
        { "POLICY_POINTER", "POLICY_OPEN" },
        { "POLICY_PERMITS", "POLICY_NOT_ASKED" },
        { "POLICY_WITHHOLDS", "POLICY_PERMITS" },
        { "POLICY_ACTION_COUNT", "POLICY_USE" },
    };
    char number[32];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (at_word(at, words[i][0]))
            mutant(at, length, words[i][1]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(text + at, names[i].prefix, strlen(names[i].prefix)) == 0 &&
            strncmp(text + at, names[i].with, length) != 0 && !at_word(at, "POLICY_RULE_COUNT"))
            mutant(at, length, names[i].with);
    if (isdigit((unsigned char)text[at]) && length < 10) {
        (void)snprintf(number, sizeof number, "%ld", strtol(text + at, NULL, 10) + 1);
        mutant(at, length, number);
    }
}

/* A condition that is always or never true; a result that is always the same; a question
 * that is not asked. */
static void statement_mutate(size_t at, size_t length)
{
    size_t end = at;

    if (at_word(at, "if")) {
        mutant(at + 3, 1, "(true || ");
        mutant(at + 3, 1, "(false && ");
    } else if (at_word(at, "return")) {
        while (text[end] != ';')
            end++;
        mutant(at, end - at, "return true");
        mutant(at, end - at, "return false");
    } else if (at_word(at, "ask") || strncmp(text + at, "ask_", 4) == 0) {
        if (text[at - 1] == ' ' && at > 5 && strncmp(text + at - 5, "void", 4) != 0)
            mutant(at, length, "(void)sizeof");
    }
}

static void scan(void)
{
    size_t at = 1;

    while (at < size) {
        size_t next = skip(at), length = 0;

        if (next > at) {
            at = next;
            continue;
        }
        if (is_word(text[at])) {
            while (is_word(text[at + length]))
                length++;
            constant_mutate(at, length);
            statement_mutate(at, length);
            at += length;
        } else if (strchr("=!<>&|+-*/%", text[at]) != NULL) {
            at = operator_mutate(at);
        } else {
            at++;
        }
    }
}

int main(int argc, char **argv)
{
    FILE *in = argc < 2 ? NULL : fopen(argv[1], "rb");

    if (in == NULL) {
        (void)fprintf(stderr, "usage: mutate FILE [N]\n");
        return 2;
    }
    text = calloc(1, 1 << 20);
    if (text == NULL)
        return 74;
    size = fread(text, 1, (1 << 20) - 2, in);
    (void)fclose(in);
    if (argc > 2)
        wanted = strtol(argv[2], NULL, 10);
    scan();
    if (argc <= 2)
        (void)printf("%ld\n", found);
    free(text);
    return wanted < found ? 0 : 1;
}
