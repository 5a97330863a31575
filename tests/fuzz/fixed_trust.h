// SPDX-License-Identifier: Apache-2.0
// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked with,
// and the only version after it that its root key ever signed.
#pragma once

#include <string_view>

namespace ferry::fuzz {

inline constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

inline constexpr std::string_view fixed_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="1" lineage="b0ffeb71-9890-4678-a865-d5661dec8e2d" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="b7e2ef2eb696bbbaca8991b958bd3aafad5861f870cadf2c46b650adc5b29b75">MIIBsTCCAVagAwIBAgIRALfi7y62lru6yomRuVi9Oq8wCgYIKoZIzj0EAwIwHTEbMBkGA1UEAwwSRmVycnkgcm9vdC0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQrqFyKksmsh1gKhTiMt8BAFLialM467FkZ+ZBrRnjO3MdmGFnPWBThTs9JkxtQISqx1L3wA5uxTuUV5DS+vuVfo3UwczAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAzAdBgNVHQ4EFgQUFktpm84QUBhbyIHWyWT4Eu2tEzQwHwYDVR0jBBgwFoAUFktpm84QUBhbyIHWyWT4Eu2tEzQwCgYIKoZIzj0EAwIDSQAwRgIhANTmiFPfmyKCX682yQFK6U4cynwQJKwS0OmEouhUAN3BAiEA0089dhJW/Wdbk8GLQoAGxnOibq1ycDcmBnZjzA1MbG4=</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="4fd1937fc7eada4ddccbdcca25fe3ddc23acee630b34b954dc8daf339b342b59">MIIBtzCCAV2gAwIBAgIQT9GTf8fq2k3cy9zKJf493DAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIWs8TB66yCcgvitY3rtc3ok2gyW1pLEM8ZipKai7GD0hKl+rUEsvKnRy3admsDONmy0zBELkvdtV/NKTuvvi3qN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFKvxUktQRlY1gXEpUOO2TCRlAxbiMB8GA1UdIwQYMBaAFKvxUktQRlY1gXEpUOO2TCRlAxbiMAoGCCqGSM49BAMCA0gAMEUCIQCoV3NbubMU7ccTcPy637RNP0z/Xhqtvb0RaqhKL0qPQwIgUAByWVTt/Z7J8rs31cixpEjOwHUUbSLHkDfi2+20n5o=</certificate>
  </exporter>
</trust>
)trust";

inline constexpr std::string_view fixed_next_trust = R"trust(<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="2" lineage="b0ffeb71-9890-4678-a865-d5661dec8e2d" created="2026-11-23T12:00:00Z" epoch="0" minimum-format="1.0" broadcast="yes">
  <root threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="b7e2ef2eb696bbbaca8991b958bd3aafad5861f870cadf2c46b650adc5b29b75">MIIBsTCCAVagAwIBAgIRALfi7y62lru6yomRuVi9Oq8wCgYIKoZIzj0EAwIwHTEbMBkGA1UEAwwSRmVycnkgcm9vdC0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAdMRswGQYDVQQDDBJGZXJyeSByb290LTEgb2YgaHEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQrqFyKksmsh1gKhTiMt8BAFLialM467FkZ+ZBrRnjO3MdmGFnPWBThTs9JkxtQISqx1L3wA5uxTuUV5DS+vuVfo3UwczAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAzAdBgNVHQ4EFgQUFktpm84QUBhbyIHWyWT4Eu2tEzQwHwYDVR0jBBgwFoAUFktpm84QUBhbyIHWyWT4Eu2tEzQwCgYIKoZIzj0EAwIDSQAwRgIhANTmiFPfmyKCX682yQFK6U4cynwQJKwS0OmEouhUAN3BAiEA0089dhJW/Wdbk8GLQoAGxnOibq1ycDcmBnZjzA1MbG4=</certificate>
  </root>
  <exporter threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none">
    <certificate key="4fd1937fc7eada4ddccbdcca25fe3ddc23acee630b34b954dc8daf339b342b59">MIIBtzCCAV2gAwIBAgIQT9GTf8fq2k3cy9zKJf493DAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZGZXJyeSBleHBvcnRlci0xIG9mIGhxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIWs8TB66yCcgvitY3rtc3ok2gyW1pLEM8ZipKai7GD0hKl+rUEsvKnRy3admsDONmy0zBELkvdtV/NKTuvvi3qN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFKvxUktQRlY1gXEpUOO2TCRlAxbiMB8GA1UdIwQYMBaAFKvxUktQRlY1gXEpUOO2TCRlAxbiMAoGCCqGSM49BAMCA0gAMEUCIQCoV3NbubMU7ccTcPy637RNP0z/Xhqtvb0RaqhKL0qPQwIgUAByWVTt/Z7J8rs31cixpEjOwHUUbSLHkDfi2+20n5o=</certificate>
  </exporter>
  <revoked key="823d95a9a728f14d626df9a894705dda27417b8927412364255b515e9f2ac2e2"/>
</trust>
)trust";

}  // namespace ferry::fuzz
