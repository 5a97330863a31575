// SPDX-License-Identifier: Apache-2.0
// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked with,
// and the only version after it that its root key ever signed.
#pragma once

#include <string_view>

namespace ferry::fuzz {

inline constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

inline constexpr std::string_view fixed_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="1" lineage="c7dd9674-5010-4d00-94b3-23ca6cc67652" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="2d34d692ac3fa664aee0e4cbcdf7f86094015cff8144b5298eff9c0e84b484d5">MIIBrzCCAVWgAwIBAgIQLTTWkqw/pmSu4OTLzff4YDAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNk/gX+xoJMmjw9CUHelxvqn9BX0ar4oMerorxKC9c7ujrGRMKRSG1zlBgqH1EbN2KdbcE3xvTYgM05HRKdC8PijdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTX/SxScwFrI4ehdLYJ5gmEqEQEHTAfBgNVHSMEGDAWgBTX/SxScwFrI4ehdLYJ5gmEqEQEHTAKBggqhkjOPQQDAgNIADBFAiBwUfNBtnQ1FuSf57JkeiKE+8cHW5rcu9hWirYTNlb+tQIhALnFvz32K0UYbDV2BrkKpSVgFHlPJgJNv8nXaMsZ8w6F</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="a8005ed39c4df4941dc6f8ac3562035c0e64c51a87e10575bf436090ab836510">MIIBuDCCAV6gAwIBAgIRAKgAXtOcTfSUHcb4rDViA1wwCgYIKoZIzj0EAwIwITEfMB0GA1UEAwwWRmVycnkgZXhwb3J0ZXItMSBvZiBocTAgFw03MDAxMDEwMDAwMDBaGA85OTk5MTIzMTIzNTk1OVowITEfMB0GA1UEAwwWRmVycnkgZXhwb3J0ZXItMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABE1QX1/lzQDGOKTyu0bsVnQ/SufhS9q4FX9K4u4xT9VWYQMgn6kOcxmfosNpVkPNSj7TS7Vp9xYS8tCJkPi8+IKjdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTYz+Z3vbeHZIw00c4vKn8aoklErTAfBgNVHSMEGDAWgBTYz+Z3vbeHZIw00c4vKn8aoklErTAKBggqhkjOPQQDAgNIADBFAiEA5lWh2SzMtAQWQB3p08TZ5w2sF79XwkDfquNiubEalJcCIGOSUFoEUtDTk+qR4oN4CJFCKalzVYKIXDIJ3BKn12n6</certificate>
  </exporter>
</trust>
)trust";

inline constexpr std::string_view fixed_next_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="2" lineage="c7dd9674-5010-4d00-94b3-23ca6cc67652" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="2d34d692ac3fa664aee0e4cbcdf7f86094015cff8144b5298eff9c0e84b484d5">MIIBrzCCAVWgAwIBAgIQLTTWkqw/pmSu4OTLzff4YDAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMB0xGzAZBgNVBAMMEkZlcnJ5IHJvb3QtMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNk/gX+xoJMmjw9CUHelxvqn9BX0ar4oMerorxKC9c7ujrGRMKRSG1zlBgqH1EbN2KdbcE3xvTYgM05HRKdC8PijdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTX/SxScwFrI4ehdLYJ5gmEqEQEHTAfBgNVHSMEGDAWgBTX/SxScwFrI4ehdLYJ5gmEqEQEHTAKBggqhkjOPQQDAgNIADBFAiBwUfNBtnQ1FuSf57JkeiKE+8cHW5rcu9hWirYTNlb+tQIhALnFvz32K0UYbDV2BrkKpSVgFHlPJgJNv8nXaMsZ8w6F</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="a8005ed39c4df4941dc6f8ac3562035c0e64c51a87e10575bf436090ab836510">MIIBuDCCAV6gAwIBAgIRAKgAXtOcTfSUHcb4rDViA1wwCgYIKoZIzj0EAwIwITEfMB0GA1UEAwwWRmVycnkgZXhwb3J0ZXItMSBvZiBocTAgFw03MDAxMDEwMDAwMDBaGA85OTk5MTIzMTIzNTk1OVowITEfMB0GA1UEAwwWRmVycnkgZXhwb3J0ZXItMSBvZiBocTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABE1QX1/lzQDGOKTyu0bsVnQ/SufhS9q4FX9K4u4xT9VWYQMgn6kOcxmfosNpVkPNSj7TS7Vp9xYS8tCJkPi8+IKjdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBTYz+Z3vbeHZIw00c4vKn8aoklErTAfBgNVHSMEGDAWgBTYz+Z3vbeHZIw00c4vKn8aoklErTAKBggqhkjOPQQDAgNIADBFAiEA5lWh2SzMtAQWQB3p08TZ5w2sF79XwkDfquNiubEalJcCIGOSUFoEUtDTk+qR4oN4CJFCKalzVYKIXDIJ3BKn12n6</certificate>
  </exporter>
  <revoked key="823d95a9a728f14d626df9a894705dda27417b8927412364255b515e9f2ac2e2"/>
</trust>
)trust";

}  // namespace ferry::fuzz
