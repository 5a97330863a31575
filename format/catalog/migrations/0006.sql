-- SPDX-License-Identifier: Apache-2.0
-- Policies and approvals of a feed go by generation; several decisions on one update; categories that nobody wants.
ALTER TABLE generation ADD COLUMN content TEXT;
ALTER TABLE generation ADD COLUMN languages TEXT;
UPDATE generation SET content = (SELECT content FROM feed WHERE id = generation.feed),
  languages = (SELECT languages FROM feed WHERE id = generation.feed)
  WHERE number = (SELECT generation FROM feed WHERE id = generation.feed);

ALTER TABLE feed_approval RENAME TO earlier_approval;
CREATE TABLE feed_approval (
  feed INTEGER NOT NULL REFERENCES feed (id),
  update_id BLOB NOT NULL CHECK (length(update_id) = 16),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (feed, update_id, since)
) WITHOUT ROWID;
INSERT INTO feed_approval (feed, update_id, since)
  SELECT a.feed, a.update_id, f.generation FROM earlier_approval a JOIN feed f ON f.id = a.feed;
DROP TABLE earlier_approval;
CREATE INDEX feed_approval_update ON feed_approval (update_id) WHERE until IS NULL;

ALTER TABLE decision RENAME TO earlier_decision;
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
-- What was approved before was approved for all computers. A note was part of its decision; now it is one of its own.
INSERT INTO decision (update_id, action, target, note, decided_by, decided_at)
  SELECT update_id, action, CASE action WHEN 'approve' THEN 'all computers' ELSE '' END, '', decided_by, decided_at
  FROM earlier_decision WHERE action <> 'note';
INSERT INTO decision (update_id, action, target, note, decided_by, decided_at)
  SELECT update_id, 'note', '', note, decided_by, decided_at FROM earlier_decision WHERE note <> '';
DROP TABLE earlier_decision;

CREATE TABLE ignored_category (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  ignored_by TEXT NOT NULL,
  ignored_at TEXT NOT NULL
) WITHOUT ROWID;
