/* names/letters: every script reads, every table is what the code that searches it needs. */
#include "test.h"

#include "names/names.h"

static void reads(const char *name, const char *want)
{
    names_parsed parsed;
    char got[256] = "";

    names_parse(ent_str_of(name), &parsed);
    for (size_t i = 0; i < parsed.count; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i == 0 ? "" : " ",
                       parsed.words[i].text);
    CHECK_STR(got, want);
}

static void every_script_of_ours_is_read(void **state)
{
    (void)state;
    reads("Владимир Щукин", "vladimir shchukin");
    reads("Сергій Їжак", "sergei izhak");
    reads("محمد حسین", "muhamad husein");
    reads("יצחק רבין", "ytsahk rbyn");
    reads("Ἀλέξανδρος Γεωργίου", "alexandros georgiou");
    reads("რამზან კადიროვი", "ramzan kadirovi");
    reads("Սերժ Սարգսյան", "serzh sargsyan");
    reads("しんぞう アベ", "shinzou abe");
    reads("김정은", "gim jeongeun");
    reads("习近平", "xi jinping");
    reads("राहुल गांधी", "rahul gandhi");
    reads("বিনয় কুমার", "binay kumar");
    reads("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "guraprit singh");
    reads("નરેન્દ્ર મોદી", "narendr modi");
    reads("நரேந்திர மோடி", "narentira moti");
    reads("పవన్ కళ్యాణ్", "pavan kalyan");
    reads("ಸಿದ್ದರಾಮಯ್ಯ", "siddaramayya");
    reads("പിണറായി വിജയൻ", "pinarayi vijayan");
    reads("ทักษิณ ชินวัตร", "thaksin chinwatr");
    reads("አበበ ቢቂላ", "abebe bikila");
    reads("Łukasz Żółć", "lukasz zolch");
    reads("Erdoğan Şahin", "erdogan shahin");
}

static void composed_and_decomposed_letters_are_one(void **state)
{
    (void)state;
    reads("\xd0\xb9\xd0\xbe\xd0\xb4", "iod");         /* й */
    reads("\xd0\xb8\xcc\x86\xd0\xbe\xd0\xb4", "iod"); /* и and breve */
    reads("Jos\xc3\xa9 Maria", "jose maria");
    reads("Jose\xcc\x81 Maria", "jose maria");
    reads("\xef\xbc\xa1\xef\xbd\x82\xef\xbd\x83 Def", "abc def"); /* full width */
}

static void look_alikes_take_the_script_of_their_word(void **state)
{
    (void)state;
    reads("C\xd0\xbe\xd1\x84\xd1\x8c\xd1\x8f \xd0\x9b\xd0\x98", "sofia li"); /* Latin C */
    reads("M\xd0\xbehamm\xd0\xb5"
          "d Ali",
          "muhamad ali"); /* Cyrillic o and e */
}

static void tricks_of_unicode_change_nothing(void **state)
{
    (void)state;
    reads("El\xe2\x80\x99khan \xe2\x80\xae"
          "Dzhuranaev",
          "elkhan dzhuranaev");
    reads("Dzhu\xc2\xadranaev", "dzhuranaev");
    reads("Dzhu\xe2\x80\x8branaev", "dzhuranaev");
    reads("ab\xff\xfe"
          "cd",
          "ab cd");
}

RUN_TESTS(TEST(every_script_of_ours_is_read), TEST(composed_and_decomposed_letters_are_one),
          TEST(look_alikes_take_the_script_of_their_word), TEST(tricks_of_unicode_change_nothing))
