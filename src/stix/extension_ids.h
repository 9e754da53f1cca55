/*
 * stix/extension_ids -- the extension definitions that entente's objects use.
 *
 * Four are other people's (phone-number and bank-account of stix2extensions,
 * incident core and event of the OASIS common objects), so that other tools know
 * them; the rest are ours.  Schemas: schema/.
 */
#ifndef ENT_STIX_EXTENSION_IDS_H
#define ENT_STIX_EXTENSION_IDS_H

/* property-extension: rating, handling, purposes, category, retention, validity, discovery */
#define STIX_EXT_HANDLING "extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa"
/* property-extension on identity: names with script, births as readings, documents */
#define STIX_EXT_PERSON "extension-definition--86a0dc31-d438-42da-82df-fd0d7736d75c"
/* new-sco identity-document */
#define STIX_EXT_IDENTITY_DOCUMENT "extension-definition--47e9057e-25a5-4fee-8290-234d691589eb"
/* new-sco forensic-signature: opaque laboratory references */
#define STIX_EXT_FORENSIC_SIGNATURE "extension-definition--5a2e1e8b-f656-449a-a3c2-3ca760caf866"
/* new-sdo device-record: closed lists only */
#define STIX_EXT_DEVICE_RECORD "extension-definition--f82f96ee-eed8-47bf-86c1-4c3f725a6e52"
/* new-sco vehicle */
#define STIX_EXT_VEHICLE       "extension-definition--94dba586-752c-4cdb-8d32-23545ab902e6"
#define STIX_EXT_PHONE_NUMBER  "extension-definition--14a97ee2-e666-5ada-a6bd-b7177f79e211"
#define STIX_EXT_BANK_ACCOUNT  "extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9"
#define STIX_EXT_INCIDENT_CORE "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
#define STIX_EXT_EVENT         "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e"

#endif
