-- SPDX-License-Identifier: Apache-2.0
-- How much a bundle carried, beside the size that it had: what the next one will have is estimated from both.
ALTER TABLE export_log ADD COLUMN document_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_log ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;
