-- SPDX-License-Identifier: Apache-2.0
-- Documents that resemble one are found beside it in the order of titles.
CREATE INDEX revision_title ON revision (title);
