// SPDX-License-Identifier: Apache-2.0
// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked with.
#pragma once

#include <string_view>

namespace ferry::fuzz {

inline constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

inline constexpr std::string_view fixed_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="1" lineage="7abd3462-b686-45c7-8d46-d067acdd9733" created="2026-11-23T12:00:00Z">
  <root threshold="1">
    <certificate key="1f2999f9ae5d1e45de15fa06e8479328b5047ef2b9c9c2c59923167bb549fb8f">MIIBqjCCAVGgAwIBAgIQHymZ+a5dHkXeFfoG6EeTKDAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBGZXJyeSByb290IG9mIGhxMCAXDTI2MTEyMzEyMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAbMRkwFwYDVQQDDBBGZXJyeSByb290IG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVX8cuW6J0Q24z4KcZl3R6rGLimy75TaLe4QO+xIVbtZBwbpcjFY70F5VAUyhmOUCqs3TPKL0XmFADGjs+6wDcqN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFBKn6NR6+/Aq3i1xONbgqufCZn77MB8GA1UdIwQYMBaAFBKn6NR6+/Aq3i1xONbgqufCZn77MAoGCCqGSM49BAMCA0cAMEQCICF3Epa8pIdx6t/NssxrzNogVV6eNv6I99hTWbFjeqBSAiBJhh5vFqzNjjiL0idtM2E5dEUy15vzm3Sm6pGtXOdjHQ==</certificate>
  </root>
  <exporter threshold="1">
    <certificate key="37299b002ce788cad4e585551992e19d83f2e28ce53a86d2e22ea7fe0affeb09">MIIBtzCCAV2gAwIBAgIQNymbACzniMrU5YVVGZLhnTAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlciAxIG9mIGhxMCAXDTI2MTEyMzEyMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlciAxIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENjSyit7O0T6RLbQForFQ5PatUgSdkgOocZYIirCSNDZuBsg9dHzboN3Ejf+qkI6QapeRdkhZsV66h4+XL6t/5KN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFFpqbEkPTabFREhxQhjWxmZB/zlYMB8GA1UdIwQYMBaAFFpqbEkPTabFREhxQhjWxmZB/zlYMAoGCCqGSM49BAMCA0gAMEUCIFYQjMD9fvaC7qYkE6ZsvyHFzvI0aYsLbyrtrZRs7FaqAiEAn7w8TozfQ7YAqBFKUjgP+IS6ujzu3JOWbhrNL4Cu15s=</certificate>
  </exporter>
</trust>
)trust";

}  // namespace ferry::fuzz
