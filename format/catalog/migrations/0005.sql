-- SPDX-License-Identifier: Apache-2.0
-- Receipts of sites, and the chain of all bundles of a feed.
DROP TABLE site;

-- The key with which a site signs its receipts, as it came with the first one or was given by hand.
CREATE TABLE site_key (
  site TEXT PRIMARY KEY,
  key BLOB NOT NULL CHECK (length(key) = 32),
  since TEXT NOT NULL,
  by TEXT NOT NULL
) WITHOUT ROWID;

-- Every receipt that was taken; `serial` is 0 for one that was typed. `after_export` is the newest row of the export log
-- at that time.
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  serial INTEGER NOT NULL,
  made TEXT NOT NULL,
  received TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  tool TEXT NOT NULL,
  trust_version INTEGER NOT NULL,
  after_export INTEGER NOT NULL
);
CREATE INDEX receipt_site ON receipt (site);

-- What the newest receipt says of a feed at a site. `matched` is the generation here of which the site has the state,
-- NULL where it is none of ours.
CREATE TABLE site_state (
  site TEXT NOT NULL,
  lineage BLOB NOT NULL CHECK (length(lineage) = 16),
  receipt INTEGER NOT NULL REFERENCES receipt (id),
  feed TEXT NOT NULL,
  generation INTEGER NOT NULL,
  state BLOB NOT NULL,
  matched INTEGER,
  before INTEGER NOT NULL,  -- generation that the receipt before it told
  missing_files INTEGER NOT NULL,
  missing_bytes INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  manifest BLOB NOT NULL,
  PRIMARY KEY (site, lineage)
) WITHOUT ROWID;

-- What a site that is a relay says of the sites below it; `path` is their names from there down, with slashes.
CREATE TABLE child_state (
  site TEXT NOT NULL,
  path TEXT NOT NULL,
  feed TEXT NOT NULL,
  generation INTEGER NOT NULL,  -- that the child holds
  current INTEGER NOT NULL,     -- of the feed at its parent
  made TEXT NOT NULL,           -- when the child said so; empty: it never did
  missing_files INTEGER NOT NULL,
  missing_bytes INTEGER NOT NULL,
  PRIMARY KEY (site, path)
) WITHOUT ROWID;

-- Own feeds: the newest bundle that was signed, for whomever.
ALTER TABLE feed ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN head BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE export_log ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
UPDATE export_log SET sequence = (
  SELECT count(*) FROM export_log AS e WHERE e.feed = export_log.feed AND e.id <= export_log.id);
UPDATE feed SET
  sequence = (SELECT count(*) FROM export_log AS e WHERE e.feed = feed.id),
  head = coalesce((SELECT e.manifest FROM export_log AS e WHERE e.feed = feed.id ORDER BY e.id DESC LIMIT 1), head)
WHERE imported = 0;

ALTER TABLE import_log ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_log ADD COLUMN trust_version INTEGER NOT NULL DEFAULT 0;

-- The signed manifest of an import, to prove later what was taken. Manifest: one zstd frame.
CREATE TABLE import_manifest (
  import INTEGER PRIMARY KEY REFERENCES import_log (id),
  size INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE import_signature (
  import INTEGER NOT NULL REFERENCES import_log (id),
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (import, number)
) WITHOUT ROWID;

-- What signed manifests said of the bundles of a followed feed. Two digests of one sequence are two stories.
CREATE TABLE chain_link (
  feed INTEGER NOT NULL REFERENCES feed (id),
  sequence INTEGER NOT NULL,
  manifest BLOB NOT NULL CHECK (length(manifest) = 32),
  name TEXT NOT NULL,  -- of the bundle, where it is known
  PRIMARY KEY (feed, sequence, manifest)
) WITHOUT ROWID;
