// SPDX-License-Identifier: Apache-2.0
// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked with,
// and the only version after it that its root key ever signed.
#pragma once

#include <string_view>

namespace ferry::fuzz {

inline constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

inline constexpr std::string_view fixed_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="1" lineage="2b540d7c-f182-4a72-a06d-f448b76edfc0" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="387e4cd0e9865d8eef1f377f1e447e63215671ca1b6bd04c8bb75d3ce4423386">MIIBrjCCAVWgAwIBAgIQOH5M0OmGXY7vHzd/HkR+YzAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPq5YSOe0Yj7Auc7tFpjrynEKcilcs2ZTAI6EwkTr8nEbAfbZdNa6OdMxp3aKSJs9xvHkvWAY8yreEqAx+iWG4qjdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBQHHGAImj0+yBHhaxyrNd4jG4CJvzAfBgNVHSMEGDAWgBQHHGAImj0+yBHhaxyrNd4jG4CJvzAKBggqhkjOPQQDAgNHADBEAh9exdq4jEPQJsqNNRGc3VQoxa6vR5pdMbl6xqBGGt8zAiEAiTazO5u2uf9IMaX9yj6K/4RyfrxZsXrONBkAuQ6kyqc=</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="41cbecdc816c8f3d5b9ccc4fa0dca01b749735d4674a977e709becae96c6f439">MIIBtzCCAV2gAwIBAgIQQcvs3IFsjz1bnMxPoNygGzAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb5SbkR9Jsooyf1aTnCGOR5q56JkcI7/kmJ4Oq4iQEHFq2ZlrjdvTpm+mVi2rJZSJzup57yf9VtNEEkH5waOZ9KN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFLowElWqbPUklnED9UivCotTyzVxMB8GA1UdIwQYMBaAFLowElWqbPUklnED9UivCotTyzVxMAoGCCqGSM49BAMCA0gAMEUCIQDaEtRbQFRwKfN2zPN6OjX7G2FLwjTX3TUJlRRjSdnGQwIgSewaTGQ3Aybs0ctyGZSFPGfCxBMDIZC7iLfuwmv9feE=</certificate>
  </exporter>
</trust>
)trust";

inline constexpr std::string_view fixed_next_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="2" lineage="2b540d7c-f182-4a72-a06d-f448b76edfc0" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="387e4cd0e9865d8eef1f377f1e447e63215671ca1b6bd04c8bb75d3ce4423386">MIIBrjCCAVWgAwIBAgIQOH5M0OmGXY7vHzd/HkR+YzAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPq5YSOe0Yj7Auc7tFpjrynEKcilcs2ZTAI6EwkTr8nEbAfbZdNa6OdMxp3aKSJs9xvHkvWAY8yreEqAx+iWG4qjdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBQHHGAImj0+yBHhaxyrNd4jG4CJvzAfBgNVHSMEGDAWgBQHHGAImj0+yBHhaxyrNd4jG4CJvzAKBggqhkjOPQQDAgNHADBEAh9exdq4jEPQJsqNNRGc3VQoxa6vR5pdMbl6xqBGGt8zAiEAiTazO5u2uf9IMaX9yj6K/4RyfrxZsXrONBkAuQ6kyqc=</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="41cbecdc816c8f3d5b9ccc4fa0dca01b749735d4674a977e709becae96c6f439">MIIBtzCCAV2gAwIBAgIQQcvs3IFsjz1bnMxPoNygGzAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb5SbkR9Jsooyf1aTnCGOR5q56JkcI7/kmJ4Oq4iQEHFq2ZlrjdvTpm+mVi2rJZSJzup57yf9VtNEEkH5waOZ9KN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFLowElWqbPUklnED9UivCotTyzVxMB8GA1UdIwQYMBaAFLowElWqbPUklnED9UivCotTyzVxMAoGCCqGSM49BAMCA0gAMEUCIQDaEtRbQFRwKfN2zPN6OjX7G2FLwjTX3TUJlRRjSdnGQwIgSewaTGQ3Aybs0ctyGZSFPGfCxBMDIZC7iLfuwmv9feE=</certificate>
  </exporter>
  <revoked key="823d95a9a728f14d626df9a894705dda27417b8927412364255b515e9f2ac2e2"/>
</trust>
)trust";

}  // namespace ferry::fuzz
