// SPDX-License-Identifier: Apache-2.0
// Whoever writes one format with the static libarchive links all of them, and XAR would bring libxml2 and ICU, 30 MB.

struct archive;

extern "C" int archive_write_set_format_xar(archive*);
extern "C" int archive_write_set_format_xar(archive*) { return -30; }  // ARCHIVE_FATAL
