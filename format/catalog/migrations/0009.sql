-- SPDX-License-Identifier: Apache-2.0
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

-- Which updates publishers whom this point follows approved, and the name of the feed or the source that says so.
CREATE VIEW upstream_approval AS
  SELECT a.update_id AS update_id, f.name AS name
  FROM feed AS f JOIN feed_approval AS a ON a.feed = f.id
  WHERE f.imported = 1 AND a.until IS NULL
  UNION
  SELECT a.update_id, s.name
  FROM source_approval AS a JOIN source AS s ON s.id = a.source;
