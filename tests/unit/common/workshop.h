// SPDX-License-Identifier: Apache-2.0
// A workshop for keys, certificates and signatures as others make them, with the openssl program; and just
// enough DER to forge them.
#pragma once

#include <catch2/catch.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/cms.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

namespace ferry::tests {

inline const std::string content = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest/>\n";
inline constexpr std::string_view leaf_extensions =
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n";
inline constexpr std::string_view ca_extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
inline constexpr std::string_view p256 = "ec -pkeyopt ec_paramgen_curve:P-256";

// Keys, certificates and signatures by name: NAME.key, NAME.pem, NAME.p7s.
class Workshop {
 public:
  Workshop() { write(scratch_ / "content", content); }

  void openssl(const std::string& arguments) {
    INFO(arguments);
    REQUIRE(run("cd " + scratch_.path().native() + " && openssl " + arguments));
  }
  // A certificate of its own key, or one that `issuer` signed.
  void make(const std::string& name, std::string_view key, std::string_view extensions,
            const std::string& issuer = "") {
    write(scratch_ / (name + ".cnf"),
          fmt::format("[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\n[dn]\nCN={}\n[ext]\n{}"
                      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
                      name, extensions));
    if (issuer.empty()) {
      openssl(
          fmt::format("req -x509 -newkey {1} -nodes -keyout {0}.key -out {0}.pem -days 30 -config {0}.cnf", name, key));
      return;
    }
    openssl(fmt::format("req -new -newkey {1} -nodes -keyout {0}.key -out {0}.csr -config {0}.cnf", name, key));
    openssl(
        fmt::format("x509 -req -in {0}.csr -CA {1}.pem -CAkey {1}.key -out {0}.pem -days 30 -extfile {0}.cnf "
                    "-extensions ext",
                    name, issuer));
  }
  // `options` without -cades leave out signingCertificateV2.
  std::string sign(const std::string& name, const std::string& options = "-cades -md sha256") {
    openssl(fmt::format("cms -sign -binary -in content -outform DER -out {0}.p7s -signer {0}.pem -inkey {0}.key {1}",
                        name, options));
    return read(scratch_ / (name + ".p7s"));
  }
  [[nodiscard]] Certificate certificate(const std::string& name) const {
    return Certificate::from_pem(read(scratch_ / (name + ".pem")));
  }
  // With which cms_sign() signs in its name.
  [[nodiscard]] Signer signer(const std::string& name, const std::vector<std::string>& chain = {}) const {
    Signer signer{PrivateKey::from_pem(read(scratch_ / (name + ".key"))), certificate(name)};
    for (const std::string& link : chain) signer.chain.push_back(certificate(link));
    return signer;
  }
  // What `issuer` revokes. `dates` such as "-crl_nextupdate 20300101000000Z".
  RevocationList revocation_list(const std::string& issuer, std::initializer_list<std::string> revoked,
                                 const std::string& dates = "-crldays 30") {
    write(scratch_ / "index", "");
    write(scratch_ / "ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\nunique_subject=no\n");
    const std::string ca = fmt::format("ca -config ca.cnf -cert {0}.pem -keyfile {0}.key ", issuer);
    for (const std::string& name : revoked) openssl(ca + "-revoke " + name + ".pem");
    openssl(ca + "-gencrl -out " + issuer + ".crl " + dates);
    return RevocationList::from_pem_or_der(read(scratch_ / (issuer + ".crl")));
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return scratch_ / name; }

 private:
  Scratch scratch_;
};

// Just enough DER to take a signature apart and put it together again.
struct Der {
  unsigned char tag = 0;
  std::string body;
  std::vector<Der> parts;

  static Der parse(std::string_view& rest) {
    const auto byte = [&rest](std::size_t at) { return static_cast<unsigned char>(rest.at(at)); };
    Der node;
    node.tag = byte(0);
    std::size_t length = byte(1);
    std::size_t header = 2;
    if (length >= 0x80) {
      const std::size_t digits = length & 0x7FU;
      length = 0;
      for (std::size_t i = 0; i < digits; ++i) length = length << 8U | byte(header++);
    }
    std::string_view inside = rest.substr(header, length);
    rest.remove_prefix(header + length);
    if ((node.tag & 0x20U) == 0) {
      node.body = inside;
    } else {
      while (!inside.empty()) node.parts.push_back(parse(inside));
    }
    return node;
  }
  [[nodiscard]] std::string bytes() const {
    std::string inside = body;
    for (const Der& part : parts) inside += part.bytes();
    std::string header(1, static_cast<char>(tag));
    if (inside.size() < 0x80) return header + static_cast<char>(inside.size()) + inside;
    return header + static_cast<char>(0x82) + static_cast<char>(inside.size() >> 8U) +
           static_cast<char>(inside.size() & 0xFFU) + inside;
  }
};

}  // namespace ferry::tests
