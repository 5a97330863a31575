// SPDX-License-Identifier: Apache-2.0
#include "format/receipt.h"

#include <catch2/catch.hpp>

#include "common/encoding.h"
#include "common/error.h"
#include "format/state.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::format;
using tests::contains;
using tests::message_of;

namespace {

Signer make_signer() {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  return {key, Certificate::self_signed(key, "ferry site receipts", *Time::parse("2026-01-01T00:00:00Z"))};
}

Receipt sample() {
  Receipt receipt;
  receipt.site = "plant-1";
  receipt.point = Guid::random();
  receipt.serial = 7;
  receipt.made = *Time::parse("2026-11-25T12:00:00Z");
  receipt.clock = *Time::parse("2026-11-25T11:59:00Z");
  receipt.tool = "ferry-import 0.1.0";
  receipt.trust_version = 2;
  receipt.trust = sha256("trust");
  receipt.feeds = {{"all", Guid::random(), 0, 17, sha256("state"), 12, sha256("manifest"), 3, 4096},
                   {"drivers", Guid::random(), 1, 0, empty_state(), 0, {}, 0, 0}};
  receipt.children = {{"line-3", "all", 16, 17, *Time::parse("2026-11-20T00:00:00Z"), 0, 0},
                      {"line-3/cell-1", "all", 0, 9, {}, 1, 2}};
  return receipt;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a receipt reads back as it was written", "[receipt]") {
  const Receipt receipt = sample();
  CHECK(parse_receipt(encode(receipt)) == receipt);
  const Signer signer = make_signer();
  const std::string file = sign_receipt(receipt, signer);
  const VerifiedReceipt verified = verify_receipt(file);
  CHECK(verified.get() == receipt);
  CHECK(verified.key() == signer.certificate.key_id());
  CHECK(verified.digest() == sha256(encode(receipt)));
}

TEST_CASE("every changed byte of a receipt is refused as forged", "[receipt]") {
  const std::string file = sign_receipt(sample(), make_signer());
  std::size_t taken = 0;
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    try {
      static_cast<void>(verify_receipt(damaged));
      ++taken;
      UNSCOPED_INFO("byte " << at);
    } catch (const TrustError&) {
    }
  }
  CHECK(taken == 0);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, file.size() / 2, file.size() - 1})
    CHECK_THROWS_AS(verify_receipt(file.substr(0, size)), TrustError);
  CHECK_THROWS_AS(verify_receipt(file + "\n"), TrustError);
  CHECK_THROWS_AS(verify_receipt(file + file), TrustError);
}

TEST_CASE("a signature of something else does not make it a receipt", "[receipt]") {
  const Signer signer = make_signer();
  const std::string good = encode(sample());
  const auto signed_as = [&signer](const std::string& content) {
    std::string text = to_base64(cms_sign(content, signer, *Time::parse("2026-11-25T12:00:00Z")));
    std::string pem = "-----BEGIN CMS-----\n";
    for (std::size_t at = 0; at < text.size(); at += 64) pem += text.substr(at, 64) + "\n";
    return content + pem + "-----END CMS-----\n";
  };
  CHECK_NOTHROW(verify_receipt(signed_as(good)));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"plant-1", "PLANT 1"},
                                                        {"serial=\"7\"", "serial=\"0\""},
                                                        {"serial=\"7\"", "serial=\"07\""},
                                                        {"generation=\"17\"", "generation=\"9007199254740993\""},
                                                        {"generation=\"17\"", "generation=\"-1\""},
                                                        {"line-3/cell-1", "line-3//cell-1"},
                                                        {"line-3/cell-1", "../cell-1"},
                                                        {"line-3/cell-1", "line-3"},
                                                        {"<child", "<chi1d"},
                                                        {"  <trust", " <trust"},
                                                        {"format-version=\"1.0\"", "format-version=\"2.0\""}})
    CHECK_THROWS_AS(verify_receipt(signed_as(changed(good, from, to))), TrustError);
  Receipt deep = sample();
  for (std::size_t i = 0; i <= max_path_depth; ++i) deep.children.front().path += "/x";
  CHECK_THROWS_AS(verify_receipt(signed_as(encode(deep))), TrustError);
  Receipt twice = sample();
  twice.feeds.push_back(twice.feeds.front());
  CHECK_THROWS_AS(verify_receipt(signed_as(encode(twice))), TrustError);
  CHECK_THROWS_AS(verify_receipt(signed_as("<manifest/>\n")), TrustError);
  CHECK(contains(message_of([] { static_cast<void>(verify_receipt("ferry-need 1 a b c 1\n")); }), "--need"));
}

TEST_CASE("a receipt that is read out is typed as it was heard, or not taken", "[receipt]") {
  const Receipt receipt = sample();
  const std::string lines = spoken_lines(receipt.site, receipt.feeds.front());
  const auto typed = parse_spoken(lines);
  REQUIRE(typed.size() == 1);
  CHECK(typed[0].site == "plant-1");
  CHECK(typed[0].feed == "all");
  CHECK(typed[0].generation == 17);
  CHECK(typed[0].state_prefix == receipt.feeds.front().state.bytes().substr(0, 8));
  // However it is spaced, and in capitals; several at once.
  std::string loud = lines;
  for (char& c : loud) c = c == '\n' ? '\t' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(parse_spoken(loud).size() == 1);
  CHECK(parse_spoken(lines + lines).size() == 2);
  const std::string last = lines.substr(lines.size() - 7);  // a dash, a word and the line feed
  CHECK(parse_spoken(changed(lines, last, " " + last.substr(1))).size() == 1);
  CHECK_THROWS_AS(parse_spoken(changed(lines, " 17", " 16")), UsageError);
  CHECK_THROWS_AS(parse_spoken(changed(lines, "plant-1", "plant-2")), UsageError);
  for (const std::string& wrong : {std::string(), std::string("plant-1 all 17"), std::string("a b c d"),
                                   lines.substr(0, lines.size() - 3), std::string(100'000, 'a')})
    CHECK_THROWS_AS(parse_spoken(wrong), UsageError);
  // Two words swapped, and each letter mistaken once.
  const auto start = lines.find('\n') + 1;
  std::size_t taken = 0;
  for (std::size_t at = start; at + 1 < lines.size(); ++at) {
    for (const char letter : std::string("bdfghjklmnprstvzaiou")) {
      if (lines[at] == letter || lines[at] == '-') continue;
      std::string wrong = lines;
      wrong[at] = letter;
      try {
        static_cast<void>(parse_spoken(wrong));
        ++taken;
      } catch (const UsageError&) {
      }
    }
  }
  CHECK(taken == 0);
}

TEST_CASE("proquints read back", "[receipt]") {
  for (const std::string& bytes :
       {std::string(), std::string(2, '\0'), std::string("\xff\xfe\x01\x80"), std::string("abcdefgh")})
    CHECK(from_proquints(to_proquints(bytes)) == bytes);
  for (const char* wrong : {"lusa", "lusabx", "lusab-", "lusab babad", "LUSAB", "luxab", "lusab--babad"})
    CHECK_FALSE(from_proquints(wrong));
}
