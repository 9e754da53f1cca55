/* formats: what the Office of Foreign Assets Control publishes, on invented samples. */
#include "feed.h"

static const char enhanced[] =
    "<sanctionsData xmlns=\"https://example/E\"><publicationInfo><dataAsOf>2024-08-28T00:00:00"
    "</dataAsOf></publicationInfo><referenceValues><referenceValue refId=\"1\"><type>COUNTRY</type>"
    "</referenceValue></referenceValues><entities><entity id=\"701\"><generalInfo><identityId>9"
    "</identityId><entityType>Individual</entityType><remarks>seen at sea</remarks></generalInfo>"
    "<sanctionsPrograms><sanctionsProgram>NINTH</sanctionsProgram></sanctionsPrograms>"
    "<names><name><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality><translations>"
    "<translation><isPrimary>true</isPrimary><formattedFirstName>Elian</formattedFirstName>"
    "<formattedLastName>JURAN</formattedLastName></translation><translation><isPrimary>false"
    "</isPrimary><formattedFullName>Элиан Юран</formattedFullName></translation></translations>"
    "</name><name><isPrimary>false</isPrimary><aliasType>A.K.A.</aliasType><isLowQuality>true"
    "</isLowQuality><translations><translation><isPrimary>true</isPrimary><formattedLastName>EJ"
    "</formattedLastName></translation></translations></name></names>"
    "<addresses><address><country>France</country><translations><translation><addressParts>"
    "<addressPart><value>1 Quay</value></addressPart></addressParts></translation></translations>"
    "</address></addresses><features><feature><type>Birthdate</type><value>07 Mar 1992</value>"
    "</feature><feature><type>Nationality Country</type><value>Iran</value></feature><feature>"
    "<type>Gender</type><value>Female</value></feature><feature><type>Website</type><value>x.test"
    "</value></feature><feature><type>Religion</type><value>secret</value></feature></features>"
    "<identityDocuments><identityDocument><type>Passport</type><documentNumber>QX 123"
    "</documentNumber><issuingCountry>France</issuingCountry></identityDocument>"
    "</identityDocuments><relationships><relationship><type>Acting for</type><relatedEntity "
    "entityId=\"702\">NINTH HOUR</relatedEntity></relationship></relationships></entity>"
    "<entity id=\"702\"><generalInfo><entityType>Entity</entityType></generalInfo></entity>"
    "</entities></sanctionsData>";

static void the_enhanced_form_is_read(void **state)
{
    fed f = { 0 };

    (void)state;
    fed_reads(&f, enhanced, FORMATS_OFAC_ENHANCED);
    CHECK_STR(f.keys, "OFAC:701 ");
    CHECK_INT(f.wrongs, 1); /* 702 has no name */
    CHECK_STR(f.day, "2024-08-28");
    CHECK_STR(f.list, ""); /* it may be filtered */
    fed_says(&f, "\"name\":\"Elian JURAN\"");
    fed_says(&f, "{\"full\":\"Элиан Юран\",\"script\":\"Cyrl\",\"kind\":\"orig\"}");
    fed_says(&f, "{\"full\":\"EJ\",\"script\":\"Latn\",\"kind\":\"weak\"}");
    fed_says(&f, "\"contact_information\":\"1 Quay, France\"");
    fed_says(&f, "{\"value\":\"1992-03-07\"");
    fed_says(&f, "\"nationalities\":[\"IR\"]");
    fed_says(&f, "\"gender\":\"f\"");
    fed_says(&f, "{\"type\":\"passport\",\"issuer\":\"FR\",\"number\":\"QX 123\"}");
    fed_says(&f, "Website x.test\\nActing for: NINTH HOUR (OFAC 702)\\nseen at sea");
    CHECK_INT(f.dropped, 1);
    CHECK(strstr(f.seen, "secret") == NULL);
    fed_clear(&f);
}

static const char tables[] =
    "701,\"JURAN, Elian\",\"individual\",\"NINTH] [TENTH\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"
    "\"DOB 07 Mar 1992; alt. DOB 1990; POB Ras Murjan, Iran; nationality Iran; Gender Female; "
    "Passport QX 123 (France) expires 01 Jan 2030; Tax ID No. 77-1 (Russia); a.k.a. 'EJ'; "
    "Linked To: NINT\"\r\n"
    "702,\"CORAL, STAR\",\"vessel\",\"NINTH\",-0- ,\"UBYU3\",-0- ,-0- ,-0- ,-0- ,-0- ,"
    "\"Vessel Registration Identification IMO 9903877.\"\r\n\x1a\n"
    "701,1,\"aka\",\"YURAN, Elian\",-0- \r\n701,2,\"fka\",\"OLD, Name\",-0- \r\n\x1a\n"
    "701,5,\"1 Quay; \"\"left\"\" door\",\"Nice 06000\",\"France\",-0- \r\n"
    "702,6,-0- ,-0- ,-0- ,-0- \r\n\x1a\n"
    "701,\"H HOUR.\"\r\n703,\"of nobody\"\r\n7 4,x\r\n\x1a";

static void the_tables_without_titles_are_one_list(void **state)
{
    fed f = { 0 };

    (void)state;
    fed_reads(&f, tables, FORMATS_OFAC_CSV);
    CHECK_STR(f.keys, "OFAC:701 OFAC:702 ");
    CHECK_INT(f.wrongs, 2); /* no row of sdn.csv; no number */
    fed_says(&f, "\"name\":\"Elian JURAN\"");
    fed_says(&f, "\"labels\":[\"NINTH\"]");
    fed_says(&f, "{\"full\":\"Elian YURAN\",\"script\":\"Latn\",\"kind\":\"alias\"}");
    fed_says(&f, "{\"full\":\"Name OLD\",\"script\":\"Latn\",\"kind\":\"former\"}");
    fed_says(&f, "{\"full\":\"EJ\",\"script\":\"Latn\",\"kind\":\"weak\"}");
    fed_says(&f, "{\"value\":\"1992-03-07\",\"raw\":\"07 Mar 1992\"},{\"value\":\"1990\"}");
    fed_says(&f, "\"places_of_birth\":[\"Ras Murjan, Iran\"]");
    fed_says(&f, "{\"type\":\"passport\",\"issuer\":\"FR\",\"number\":\"QX 123\"},"
                 "{\"type\":\"tax\",\"issuer\":\"RU\",\"number\":\"77-1\"}");
    fed_says(&f, "\"description\":\"Linked To: NINTH HOUR\"");
    fed_says(&f, "\"contact_information\":\"1 Quay; \\\"left\\\" door, Nice 06000, France\"");
    fed_says(&f, "\"name\":\"CORAL, STAR\"");
    fed_says(&f, "{\"type\":\"callsign\",\"number\":\"UBYU3\"},{\"type\":\"imo\",\"number\":"
                 "\"9903877\"}");
    fed_clear(&f);
}

static void each_table_of_the_set_is_known_by_its_head(void **state)
{
    static const struct {
        const char *head;
        int part;
    } cases[] = { { "1,\"A\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a, b\"\r\n", 1 },
                  { "1,2,\"aka\",\"B\",-0- \r\n9,9\r\n", 2 },
                  { "1,2,-0- ,-0- ,-0- ,-0- \r\n", 3 },
                  { "1,\"a, b, c\"\r\n", 4 },
                  { "id,name\r\n1,2\r\n", 0 },
                  { "1,2,3\r\n", 0 },
                  { "", 0 },
                  { "12", 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(formats_ofac_part(cases[i].head, strlen(cases[i].head)), cases[i].part);
}

static void the_classic_form_says_its_day_and_how_many_it_has(void **state)
{
    fed f = { 0 };

    (void)state;
    fed_reads(&f,
              "<sdnList><publshInformation><Publish_Date>03/28/2025</Publish_Date><Record_Count>2"
              "</Record_Count></publshInformation><sdnEntry><uid>1</uid><lastName>A</lastName>"
              "<sdnType>Vessel</sdnType><idList><id><idType>Vessel Registration Identification"
              "</idType><idNumber>IMO 9903877</idNumber></id></idList><addressList><address><city>"
              "Nice</city><country>France</country></address></addressList></sdnEntry></sdnList>",
              FORMATS_OFAC_XML);
    CHECK_STR(f.day, "2025-03-28");
    CHECK_INT(f.edition.entry_count, 2);
    CHECK_INT(f.edition.entries, 1);
    fed_says(&f, "\"number\":\"9903877\"");
    fed_says(&f, "\"contact_information\":\"Nice, France\"");
    fed_clear(&f);
}

RUN_TESTS(TEST(the_enhanced_form_is_read), TEST(the_tables_without_titles_are_one_list),
          TEST(each_table_of_the_set_is_known_by_its_head),
          TEST(the_classic_form_says_its_day_and_how_many_it_has))
