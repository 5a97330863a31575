-- SPDX-License-Identifier: Apache-2.0
-- Payload and EULA files: which lie in the point's content folder, which a feed carries, which a site was sent.
CREATE TABLE content (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
  size INTEGER NOT NULL,
  stored TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX content_sha1 ON content (sha1);

CREATE INDEX file_sha1 ON file (sha1);

-- Languages of a revision's payload; none = for every language. Revisions stored before have none, so their
-- files travel to every feed rather than to too few.
CREATE TABLE revision_language (
  revision INTEGER NOT NULL REFERENCES revision (id),
  language TEXT NOT NULL,
  PRIMARY KEY (revision, language)
) WITHOUT ROWID;

-- What a followed feed carries, as its publisher says.
ALTER TABLE feed ADD COLUMN content TEXT NOT NULL DEFAULT 'none';
ALTER TABLE feed ADD COLUMN languages TEXT NOT NULL DEFAULT '*';
CREATE TABLE feed_approval (
  feed INTEGER NOT NULL REFERENCES feed (id),
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  PRIMARY KEY (feed, update_id)
) WITHOUT ROWID;

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
