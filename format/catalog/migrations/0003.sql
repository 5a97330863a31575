-- SPDX-License-Identifier: Apache-2.0
-- An import that was undone stays in the history.
ALTER TABLE import_log ADD COLUMN undone TEXT;
