// SPDX-License-Identifier: Apache-2.0
// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked with,
// and the only version after it that its root key ever signed.
#pragma once

#include <string_view>

namespace ferry::fuzz {

inline constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

inline constexpr std::string_view fixed_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="1" lineage="af77770a-2f8e-49af-9436-08a2cebb524f" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="4edd888aa0dda98a7071d81c17e29a06aaa19d9c52862bfd93f0aceaf7fdf17c">MIIBsDCCAVWgAwIBAgIQTt2IiqDdqYpwcdgcF+KaBjAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLS1/tMlzwpav49ZhwMnx4QeJyquaElKTH0P8eHjwLqSNI6VGrcQh2POh60EMCuvrBxn2h8hDcsNX1s7YKM70LijdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTpNaAO01kyq9CQ0xyPANM1xiAINDAfBgNVHSMEGDAWgBTpNaAO01kyq9CQ0xyPANM1xiAINDAKBggqhkjOPQQDAgNJADBGAiEA6H71WOIpmXE2rq1END9uj03e8Pbks60sG+LfJ/lbkSACIQCfw6UaGDO776tYhXlhygmMq/jjZE79EqfIOYYnG7e0eA==</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="5ecbf555620f303538c1cc7e73ae2e07c532e663fe6d33262ef0db73466eca18">MIIBtzCCAV2gAwIBAgIQXsv1VWIPMDU4wcx+c64uBzAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1pw4PfHBKnpO3cPTv9BKzcM0TWuZavkJ61CaStJ0SlMpUs685zeawr0m2zPKixQVc56xdqgvdgJj4a2ZWYlFt6N1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFF5ftZ//oIgzArLjxSD+DvftfY+QMB8GA1UdIwQYMBaAFF5ftZ//oIgzArLjxSD+DvftfY+QMAoGCCqGSM49BAMCA0gAMEUCIDMYQ5IxU8GJWBZKASFG9tqhk+BbrkHFlR77K3DUrGtYAiEAmfX0LhX8193pepsRlNVY4Wa9iqAxxieLkI9n4PjlOqE=</certificate>
  </exporter>
</trust>
)trust";

inline constexpr std::string_view fixed_next_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="2" lineage="af77770a-2f8e-49af-9436-08a2cebb524f" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="4edd888aa0dda98a7071d81c17e29a06aaa19d9c52862bfd93f0aceaf7fdf17c">MIIBsDCCAVWgAwIBAgIQTt2IiqDdqYpwcdgcF+KaBjAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLS1/tMlzwpav49ZhwMnx4QeJyquaElKTH0P8eHjwLqSNI6VGrcQh2POh60EMCuvrBxn2h8hDcsNX1s7YKM70LijdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTpNaAO01kyq9CQ0xyPANM1xiAINDAfBgNVHSMEGDAWgBTpNaAO01kyq9CQ0xyPANM1xiAINDAKBggqhkjOPQQDAgNJADBGAiEA6H71WOIpmXE2rq1END9uj03e8Pbks60sG+LfJ/lbkSACIQCfw6UaGDO776tYhXlhygmMq/jjZE79EqfIOYYnG7e0eA==</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="5ecbf555620f303538c1cc7e73ae2e07c532e663fe6d33262ef0db73466eca18">MIIBtzCCAV2gAwIBAgIQXsv1VWIPMDU4wcx+c64uBzAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1pw4PfHBKnpO3cPTv9BKzcM0TWuZavkJ61CaStJ0SlMpUs685zeawr0m2zPKixQVc56xdqgvdgJj4a2ZWYlFt6N1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFF5ftZ//oIgzArLjxSD+DvftfY+QMB8GA1UdIwQYMBaAFF5ftZ//oIgzArLjxSD+DvftfY+QMAoGCCqGSM49BAMCA0gAMEUCIDMYQ5IxU8GJWBZKASFG9tqhk+BbrkHFlR77K3DUrGtYAiEAmfX0LhX8193pepsRlNVY4Wa9iqAxxieLkI9n4PjlOqE=</certificate>
  </exporter>
  <revoked key="823d95a9a728f14d626df9a894705dda27417b8927412364255b515e9f2ac2e2"/>
</trust>
)trust";

}  // namespace ferry::fuzz
