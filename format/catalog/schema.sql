-- SPDX-License-Identifier: Apache-2.0
-- The schema as all migrations together leave it (a test compares them); for reading.
-- The catalog of a point. Both programs use it: an exporting point fills it from its sources,
-- an importing one from bundles. Ids of updates are 16-byte blobs, digests 32-byte blobs, times ISO 8601.

-- What the point knows of itself: id, name, site, counters.
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- The documents, byte for byte, each once. `body` is one zstd frame.
CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  size INTEGER NOT NULL,
  body BLOB NOT NULL
);

-- One identity with its document, indexed. Rows are never changed.
CREATE TABLE revision (
  id INTEGER PRIMARY KEY,
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  number INTEGER NOT NULL,
  document INTEGER NOT NULL REFERENCES document (id),
  dialect INTEGER NOT NULL,
  type INTEGER NOT NULL,
  category_type INTEGER NOT NULL,
  state INTEGER NOT NULL,
  deployable INTEGER NOT NULL,
  bucket INTEGER NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  created TEXT NOT NULL,
  UNIQUE (update_id, number, document)
);
-- Documents that resemble one are found beside it in the order of titles.
CREATE INDEX revision_title ON revision (title);

-- Prerequisites, bundled and superseded updates. `clause` numbers the AtLeastOne groups of one revision.
CREATE TABLE relation (
  revision INTEGER NOT NULL REFERENCES revision (id),
  kind INTEGER NOT NULL,
  clause INTEGER NOT NULL,
  target BLOB NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (revision, kind, clause, target, number)
) WITHOUT ROWID;
CREATE INDEX relation_target ON relation (target, kind);

-- Companies, product families, products and classifications, from their documents or named by an SDP.
CREATE TABLE category (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  type INTEGER NOT NULL,
  name TEXT NOT NULL,
  parent BLOB,
  first_seen TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE revision_category (
  revision INTEGER NOT NULL REFERENCES revision (id),
  category BLOB NOT NULL,
  PRIMARY KEY (revision, category)
) WITHOUT ROWID;
CREATE INDEX revision_category_category ON revision_category (category);

-- Payload and EULA files that revisions name.
CREATE TABLE file (
  revision INTEGER NOT NULL REFERENCES revision (id),
  position INTEGER NOT NULL,
  sha1 BLOB NOT NULL,
  sha256 BLOB,
  size INTEGER NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  language TEXT NOT NULL,
  is_eula INTEGER NOT NULL,
  PRIMARY KEY (revision, position)
) WITHOUT ROWID;
CREATE INDEX file_sha1 ON file (sha1);

-- Payload and EULA files that lie in the point's content folder.
CREATE TABLE content (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
  size INTEGER NOT NULL,
  stored TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX content_sha1 ON content (sha1);

-- Languages of a revision's payload; none = for every language. Revisions stored before have none, so their
-- files travel to every feed rather than to too few.
CREATE TABLE revision_language (
  revision INTEGER NOT NULL REFERENCES revision (id),
  language TEXT NOT NULL,
  PRIMARY KEY (revision, language)
) WITHOUT ROWID;

-- Where an exporting point gets documents from; the lower the rank, the more it is believed.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  rank INTEGER NOT NULL,
  synced TEXT
);

-- What a source offers now, and in which of its files.
CREATE TABLE offer (
  source INTEGER NOT NULL REFERENCES source (id),
  update_id BLOB NOT NULL,
  revision INTEGER NOT NULL REFERENCES revision (id),
  path TEXT NOT NULL,
  PRIMARY KEY (source, update_id, revision)
) WITHOUT ROWID;
CREATE INDEX offer_path ON offer (source, path);
CREATE INDEX offer_update ON offer (update_id);

-- Where the lists of a source ended that tells only what changed since; `name` is the source's own.
CREATE TABLE source_anchor (
  source INTEGER NOT NULL REFERENCES source (id),
  name TEXT NOT NULL,
  anchor TEXT NOT NULL,
  PRIMARY KEY (source, name)
) WITHOUT ROWID;

-- The products and classifications that such a source was asked for, up to its anchor.
CREATE TABLE source_filter (
  source INTEGER NOT NULL REFERENCES source (id),
  category BLOB NOT NULL CHECK (length(category) = 16),
  PRIMARY KEY (source, category)
) WITHOUT ROWID;

-- What a source says was approved there, for which target group.
CREATE TABLE source_approval (
  source INTEGER NOT NULL REFERENCES source (id),
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  target TEXT NOT NULL,
  deadline TEXT,
  approved_by TEXT NOT NULL,
  PRIMARY KEY (source, update_id, target)
) WITHOUT ROWID;
CREATE INDEX source_approval_update ON source_approval (update_id);

-- A feed of this point, or one that it follows (imported = 1).
CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  lineage BLOB NOT NULL UNIQUE,
  imported INTEGER NOT NULL,
  publisher TEXT NOT NULL,
  generation INTEGER NOT NULL,
  state BLOB NOT NULL,
  definition TEXT NOT NULL,
  evaluated INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,  -- of the trust file under which the generation was reached
  content TEXT NOT NULL DEFAULT 'none',  -- which files it carries at this generation, and in which languages
  languages TEXT NOT NULL DEFAULT '*',
  -- Own feeds: the newest bundle that was signed, for whomever.
  sequence INTEGER NOT NULL DEFAULT 0,
  head BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000',
  UNIQUE (imported, name)
);

-- The updates that a feed's publisher approved, from generation `since` to before `until`; NULL while they are.
CREATE TABLE feed_approval (
  feed INTEGER NOT NULL REFERENCES feed (id),
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (feed, update_id, since)
) WITHOUT ROWID;
CREATE INDEX feed_approval_update ON feed_approval (update_id) WHERE until IS NULL;

CREATE TABLE generation (
  feed INTEGER NOT NULL REFERENCES feed (id),
  number INTEGER NOT NULL,
  state BLOB NOT NULL,
  made TEXT NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  updates INTEGER NOT NULL,
  revisions INTEGER NOT NULL,
  cause TEXT NOT NULL,
  content TEXT,  -- policy and languages at this generation; NULL where that was before they were kept
  languages TEXT,
  PRIMARY KEY (feed, number)
) WITHOUT ROWID;

-- The temporal set: a revision is a member from generation `since` to before `until`; NULL while it is.
CREATE TABLE member (
  feed INTEGER NOT NULL REFERENCES feed (id),
  revision INTEGER NOT NULL REFERENCES revision (id),
  since INTEGER NOT NULL,
  until INTEGER,
  reason INTEGER,
  bucket INTEGER NOT NULL,
  PRIMARY KEY (feed, revision, since)
) WITHOUT ROWID;
CREATE INDEX member_open ON member (feed, bucket) WHERE until IS NULL;
CREATE INDEX member_since ON member (feed, since);
CREATE INDEX member_until ON member (feed, until) WHERE until IS NOT NULL;

-- The tree of the state digest of each feed's current generation; empty nodes have no row.
CREATE TABLE state_bucket (
  feed INTEGER NOT NULL REFERENCES feed (id),
  bucket INTEGER NOT NULL,
  digest BLOB NOT NULL,
  updates INTEGER NOT NULL,
  revisions INTEGER NOT NULL,
  PRIMARY KEY (feed, bucket)
) WITHOUT ROWID;
CREATE TABLE state_group (
  feed INTEGER NOT NULL REFERENCES feed (id),
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  updates INTEGER NOT NULL,
  revisions INTEGER NOT NULL,
  PRIMARY KEY (feed, number)
) WITHOUT ROWID;

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

CREATE TABLE export_log (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  feed INTEGER NOT NULL REFERENCES feed (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  base INTEGER NOT NULL,
  target INTEGER NOT NULL,
  made TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  volumes INTEGER NOT NULL,
  manifest BLOB NOT NULL,
  trust_version INTEGER NOT NULL DEFAULT 1,
  sequence INTEGER NOT NULL DEFAULT 0,
  document_bytes INTEGER NOT NULL DEFAULT 0,
  file_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX export_log_site ON export_log (site, feed);

-- Every bundle of a series from export `since` to before `until` (NULL = to the newest) either carried the file
-- or was for sites that had it.
CREATE TABLE site_file (
  site TEXT NOT NULL,
  feed INTEGER NOT NULL REFERENCES feed (id),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (site, feed, sha256, since)
) WITHOUT ROWID;

CREATE TABLE import_log (
  id INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL REFERENCES feed (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  previous INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created TEXT NOT NULL,
  imported TEXT NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  signers TEXT NOT NULL,
  manifest BLOB NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  next_expected TEXT NOT NULL DEFAULT '',
  valid_until TEXT NOT NULL DEFAULT '',
  undone TEXT,
  sequence INTEGER NOT NULL DEFAULT 0,
  trust_version INTEGER NOT NULL DEFAULT 0
);

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

-- The chain of trust files of an importing point; the newest one decides.
CREATE TABLE trust_file (
  version INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL,
  installed TEXT NOT NULL
);
CREATE TABLE trust_signature (
  version INTEGER NOT NULL REFERENCES trust_file (version),
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (version, number)
) WITHOUT ROWID;

-- What people of this point decided about updates, by kind and, for an approval, target group. No merge touches it.
CREATE TABLE decision (
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  action TEXT NOT NULL CHECK (action IN ('approve', 'decline', 'hide', 'note')),
  target TEXT NOT NULL,
  deadline TEXT,
  note TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  PRIMARY KEY (update_id, action, target)
) WITHOUT ROWID;

-- Products and classifications that no feed chooses and that people of this point do not want to be told of.
CREATE TABLE ignored_category (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  ignored_by TEXT NOT NULL,
  ignored_at TEXT NOT NULL
) WITHOUT ROWID;

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

-- The revisions held here now: what the most believed source of each update offers, and the members of
-- every followed feed.
CREATE VIEW held AS
  SELECT o.revision AS revision, o.update_id AS update_id
  FROM offer AS o JOIN source AS s ON s.id = o.source
  WHERE NOT EXISTS (
    SELECT 1 FROM offer AS p JOIN source AS t ON t.id = p.source
    WHERE p.update_id = o.update_id AND t.rank < s.rank)
  UNION
  SELECT m.revision, r.update_id
  FROM feed AS f JOIN member AS m ON m.feed = f.id JOIN revision AS r ON r.id = m.revision
  WHERE f.imported = 1 AND m.until IS NULL;

-- Which updates publishers whom this point follows approved, and the name of the feed or the source that says so.
CREATE VIEW upstream_approval AS
  SELECT a.update_id AS update_id, f.name AS name
  FROM feed AS f JOIN feed_approval AS a ON a.feed = f.id
  WHERE f.imported = 1 AND a.until IS NULL
  UNION
  SELECT a.update_id, s.name
  FROM source_approval AS a JOIN source AS s ON s.id = a.source;
