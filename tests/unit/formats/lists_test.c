/* formats: the published lists, on invented samples of their forms. */
#include "test.h"

#include "base/buf.h"
#include "formats/formats.h"

static ent_err err;
static char seen[16384];
static size_t item_count, wrong_count, dropped;
static char first_wrong[512], keys[1024];

static ent_code item_take(void *arg, const formats_item *item, ent_err *e)
{
    ent_str raw = ent_json_raw(item->object);
    size_t used = strlen(seen);

    (void)arg;
    (void)e;
    item_count++;
    dropped += item->dropped;
    if (item->wrong != NULL) {
        if (wrong_count++ == 0)
            (void)snprintf(first_wrong, sizeof first_wrong, "%s", item->wrong->msg);
        return ENT_OK;
    }
    (void)snprintf(seen + used, sizeof seen - used, "%.*s\n", ENT_STR_ARG(raw));
    used = strlen(keys);
    (void)snprintf(keys + used, sizeof keys - used, "%.*s ", ENT_STR_ARG(item->key));
    return ENT_OK;
}

static ent_code feed(const char *text, size_t piece, const char *mapping, formats_kind *kind)
{
    const formats_options options = { FORMATS_COUNT, "test", mapping };
    size_t size = strlen(text);
    formats_reader *reader;
    ent_code rc = ENT_OK;

    seen[0] = first_wrong[0] = keys[0] = '\0';
    wrong_count = item_count = dropped = 0;
    err = (ent_err){ 0 };
    CHECK_OK(formats_reader_new(&options, item_take, NULL, &reader, &err), &err);
    for (size_t at = 0; at < size && rc == ENT_OK; at += piece)
        rc = formats_feed(reader, text + at, size - at < piece ? size - at : piece, &err);
    if (rc == ENT_OK)
        rc = formats_end(reader, &err);
    *kind = formats_reader_kind(reader);
    formats_reader_free(reader);
    return rc;
}

/* The same in pieces of every size. */
static void reads(const char *text, const char *mapping, formats_kind want)
{
    static const size_t pieces[] = { 1, 7, 100000 };
    formats_kind kind;

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        CHECK_OK(feed(text, pieces[i], mapping, &kind), &err);
        CHECK_INT(kind, want);
    }
}

static void says(const char *part)
{
    if (strstr(seen, part) == NULL)
        fail_msg("'%s' is not in %s (%s)", part, seen, first_wrong);
}

static void refuses(const char *text, const char *why)
{
    formats_kind kind;
    ent_code rc = feed(text, 5, NULL, &kind);

    if ((rc != ENT_FORMAT && rc != ENT_LIMIT) || strstr(err.msg, why) == NULL)
        fail_msg("%s: %d %s", text, rc, err.msg);
}

static const char ofac[] =
    "<?xml version=\"1.0\" standalone=\"yes\"?>\n<sdnList xmlns=\"https://example/X\">\n"
    "<publshInformation><Record_Count>2</Record_Count></publshInformation>\n"
    "<sdnEntry><uid>501</uid><firstName>Elian</firstName><lastName>JURAN &amp; CO</lastName>"
    "<sdnType>Individual</sdnType><remarks>(Linked To: NINTH HOUR)</remarks>"
    "<programList><program>NINTH</program></programList>"
    "<idList><id><uid>1</uid><idType>Passport</idType><idNumber>QX 123</idNumber>"
    "<idCountry>France</idCountry></id><id><idType>Gender</idType><idNumber>Female</idNumber></id>"
    "<id><idType>Secondary sanctions risk:</idType><idNumber>x</idNumber></id></idList>"
    "<akaList><aka><uid>2</uid><type>a.k.a.</type><category>weak</category><lastName>EJ</lastName>"
    "</aka></akaList><dateOfBirthList><dateOfBirthItem><dateOfBirth>07 Mar 1992</dateOfBirth>"
    "</dateOfBirthItem><dateOfBirthItem><dateOfBirth>circa 1990</dateOfBirth></dateOfBirthItem>"
    "</dateOfBirthList></sdnEntry>\n"
    "<sdnEntry><uid>502</uid><lastName>NINTH HOUR</lastName><sdnType>Entity</sdnType></sdnEntry>\n"
    "<sdnEntry><uid>503</uid><sdnType>Entity</sdnType></sdnEntry></sdnList>";

static void the_american_list_is_read(void **state)
{
    (void)state;
    reads(ofac, NULL, FORMATS_OFAC_XML);
    CHECK_INT(item_count, 3);
    CHECK_INT(wrong_count, 1);
    CHECK(strstr(first_wrong, "no name") != NULL);
    CHECK_STR(keys, "OFAC:501 OFAC:502 ");
    says("\"name\":\"Elian JURAN & CO\"");
    says("{\"value\":\"1992-03-07\",\"raw\":\"07 Mar 1992\"},{\"value\":\"1990\",\"raw\":\"circa "
         "1990\"}");
    says("\"documents\":[{\"type\":\"passport\",\"issuer\":\"FR\",\"number\":\"QX 123\"}]");
    says("\"gender\":\"f\"");
    says("{\"full\":\"EJ\",\"script\":\"Latn\",\"kind\":\"weak\"}");
    says("\"identity_class\":\"organization\"");
}

static void the_list_of_the_united_nations_is_read(void **state)
{
    (void)state;
    reads("<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>NABIL"
          "</FIRST_NAME><SECOND_NAME>FARSOUN</SECOND_NAME><REFERENCE_NUMBER>QXi.001"
          "</REFERENCE_NUMBER><NAME_ORIGINAL_SCRIPT>نبيل فرسون</NAME_ORIGINAL_SCRIPT>"
          "<NATIONALITY><VALUE>Russian Federation</VALUE></NATIONALITY><INDIVIDUAL_ALIAS><QUALITY>"
          "Low</QUALITY><ALIAS_NAME>Nabil</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH>"
          "<TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1962</TO_YEAR>"
          "</INDIVIDUAL_DATE_OF_BIRTH><INDIVIDUAL_PLACE_OF_BIRTH><CITY>Ras Murjan</CITY><COUNTRY>"
          "Isra</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH><INDIVIDUAL_DOCUMENT/></INDIVIDUAL>"
          "</INDIVIDUALS><ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>NINTH HOUR</FIRST_NAME>"
          "<REFERENCE_NUMBER>QXe.002</REFERENCE_NUMBER></ENTITY></ENTITIES></CONSOLIDATED_LIST>",
          NULL, FORMATS_UN_XML);
    CHECK_STR(keys, "UN:QXi.001 UN:QXe.002 ");
    says("{\"full\":\"نبيل فرسون\",\"script\":\"Arab\",\"kind\":\"orig\"}");
    says("\"births\":[{\"value\":\"1960\",\"raw\":\"1960 to 1962\"},{\"value\":\"1961\",");
    says("\"places_of_birth\":[\"Ras Murjan, Isra\"]");
    says("\"nationalities\":[\"RU\"]");
}

static void the_european_list_is_read(void **state)
{
    (void)state;
    reads(
        "<x:export xmlns:x=\"urn:x\"><sanctionEntity euReferenceNumber=\"EU.1.2\" "
        "unitedNationId=\"QXi.001\"><regulation programme=\"NINTH\"/><subjectType code=\"person\" "
        "classificationCode=\"P\"/><nameAlias wholeName=\"Nabil Farsoun\" gender=\"M\" "
        "strong=\"true\"/><nameAlias wholeName=\"Nabil\" strong=\"false\"/><birthdate "
        "birthdate=\"1990-12-02\" city=\"Ras Murjan\"/><citizenship countryIso2Code=\"QI\"/>"
        "<identification identificationTypeCode=\"passport\" number=\"3305118\" "
        "countryIso2Code=\"QI\"/></sanctionEntity></x:export>",
        NULL, FORMATS_EU_XML);
    CHECK_STR(keys, "EU:EU.1.2 ");
    says("\"births\":[{\"value\":\"1990-12-02\"}]");
    says("{\"type\":\"passport\",\"issuer\":\"QI\",\"number\":\"3305118\"}");
    says("\"external_id\":\"QXi.001\"");
    says("\"kind\":\"weak\"");
}

static void the_canadian_list_is_read(void **state)
{
    (void)state;
    reads("<data-set><record><Country>Isra</Country><LastName>Farsoun</LastName><GivenName>Nabil"
          "</GivenName><Aliases>Nabil F; N. Farsoune </Aliases><DateOfBirthOrShipBuildDate>"
          "1990-12-02</DateOfBirthOrShipBuildDate><Schedule>1</Schedule><Item>3</Item></record>"
          "<record><Country>Isra</Country><EntityOrShip>Coral Star</EntityOrShip><ShipIMONumber>"
          "7777777</ShipIMONumber><Item>4</Item></record></data-set>",
          NULL, FORMATS_CA_XML);
    CHECK_STR(keys, "CA:Isra/1/3 CA:Isra/4 ");
    says("{\"full\":\"N. Farsoune\",\"script\":\"Latn\",\"kind\":\"alias\"}");
    says("\"schema\":\"vessel\"");
}

static void xml_that_is_hostile_or_broken_is_refused_with_its_place(void **state)
{
    char deep[1200] = "<sdnList>";

    (void)state;
    refuses("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><sdnList>&a;</sdnList>", "document type");
    refuses("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><sdnList/>", "document type");
    refuses("<sdnList>\n<sdnEntry>", "line 2");
    refuses("<sdnList>\n\n<sdnEntry></sdnList>", "line 3");
    refuses("<sdnList>&nbsp;</sdnList>", "entity");
    refuses("<html></html>", "'html' is of no known list");
    refuses("<sdnList>\xc3\x28</sdnList>", "line 1");
    refuses("<sdnList><sdnEntry a='1' a='2'/></sdnList>", "attribute");
    for (int i = 0; i < 70; i++)
        strcat(deep, "<a>");
    refuses(deep, "deeper");
}

static const char uk[] =
    "Last Updated,02/04/2014\r\n"
    "Name 6,Name 1,Name 2,Title,DOB,Town of Birth,Nationality,Passport Details,Group Type,"
    "Alias Type,Regime,Group ID\r\n"
    "FARSOUN,Nabil,,,00/00/1990,\"(1) Ras Murjan (2) Caf\xe9"
    ", Isra\",Isran,\"(1) 3305118 (Iran). "
    "\"\"lost\"\" (2) none\",Individual,Prime Alias,Ninth,77\r\n"
    "NINTH HOUR,,,,,,,,Entity,Prime Alias,Ninth,78\r\n"
    "FARSOUNE,N.,,,02/12/1990,,,,Individual,AKA,Ninth,77\r\n"
    ",,,,,,,,Entity,AKA,Ninth,79\r\n"
    "X,,,,,,,,Entity,AKA,Ninth,\r\n";

static void the_british_list_puts_the_rows_of_a_target_together(void **state)
{
    (void)state;
    reads(uk, NULL, FORMATS_UK_CSV);
    CHECK_STR(keys, "UK:77 UK:78 ");
    CHECK_INT(wrong_count, 2); /* a row without an id, a target without a name */
    says("\"names\":[{\"full\":\"Nabil FARSOUN\",\"script\":\"Latn\",\"kind\":\"primary\"},{"
         "\"full\":\"N. FARSOUNE\",\"script\":\"Latn\",\"kind\":\"alias\"}]");
    says("\"births\":[{\"value\":\"1990\"},{\"value\":\"1990-12-02\",\"raw\":\"02/12/1990\"}]");
    says("\"places_of_birth\":[\"Ras Murjan\",\"Café, Isra\"]");
    says("{\"type\":\"passport\",\"issuer\":\"IR\",\"number\":\"3305118\"}");
}

static void tables_are_understood_by_their_titles_or_a_mapping(void **state)
{
    (void)state;
    reads("\xef\xbb\xbf"
          "Id;Family name;Given name;Date of birth;Religion\n1;Farsoun;Nabil;2.12.1990;x\n"
          "2;\"Juran; sic\";Elian;;\n",
          NULL, FORMATS_CSV);
    CHECK_STR(keys, "test:1 test:2 ");
    CHECK_INT(dropped, 1);
    says("\"name\":\"Nabil Farsoun\"");
    says("\"name\":\"Elian Juran; sic\"");
    says("\"value\":\"1990-12-02\"");
    CHECK(strstr(seen, "eligion") == NULL);
    reads(
        "Nom|Alias|Né le\nNabil Farsoun|A/B|1990\n",
        "{\"agency\":\"DSV\",\"separator\":\"/\",\"columns\":{\"Nom\":\"name\",\"Alias\":\"alias\","
        "\"Né le\":\"dob\"}}",
        FORMATS_CSV);
    CHECK_STR(keys, "DSV:Nabil Farsoun ");
    says("\"full\":\"B\",\"script\":\"Latn\",\"kind\":\"alias\"");
}

static void tables_that_cannot_be_read_say_what_is_wrong(void **state)
{
    formats_kind kind;

    (void)state;
    refuses("a,b\n1,2\n", "a name column");
    refuses("id,name\n1,\"x\n2,y\n", "begins on line 2");
    CHECK_INT(feed("id,name\n1,x,3\n2,\xff\n3,ok\n", 3, NULL, &kind), ENT_OK);
    CHECK_INT(wrong_count, 2);
    CHECK(strstr(first_wrong, "3 cells under 2 titles") != NULL);
    CHECK_INT(feed("Nom\nx\n", 3, "{\"columns\":{\"Nom\":\"nothing\"}}", &kind), ENT_FORMAT);
    CHECK(strstr(err.msg, "no member") != NULL);
    CHECK_INT(feed("Nom\nx\n", 3, "{", &kind), ENT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_american_list_is_read),
        TEST(the_list_of_the_united_nations_is_read),
        TEST(the_european_list_is_read),
        TEST(the_canadian_list_is_read),
        TEST(xml_that_is_hostile_or_broken_is_refused_with_its_place),
        TEST(the_british_list_puts_the_rows_of_a_target_together),
        TEST(tables_are_understood_by_their_titles_or_a_mapping),
        TEST(tables_that_cannot_be_read_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
