-- SPDX-License-Identifier: Apache-2.0
-- Later trust files are signed; feeds, bundles and imports know the epoch they were made under.
CREATE TABLE trust_signature (
  version INTEGER NOT NULL REFERENCES trust_file (version),
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (version, number)
) WITHOUT ROWID;
ALTER TABLE feed ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_log ADD COLUMN trust_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE import_log ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_log ADD COLUMN next_expected TEXT NOT NULL DEFAULT '';
ALTER TABLE import_log ADD COLUMN valid_until TEXT NOT NULL DEFAULT '';
