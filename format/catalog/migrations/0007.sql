-- SPDX-License-Identifier: Apache-2.0
-- What `run` of an importing point made of each volume in its drop folder, so that it looks at none twice.
CREATE TABLE drop_file (
  name BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  manifest BLOB,
  bundle TEXT NOT NULL,
  result TEXT NOT NULL,
  code INTEGER NOT NULL,
  error TEXT NOT NULL,
  context BLOB NOT NULL,
  examined TEXT NOT NULL
) WITHOUT ROWID;
