// SPDX-License-Identifier: Apache-2.0
// Makes the seed corpora and fixed_trust.h anew:
//   ninja -C build tests/fuzz/make-fuzz-corpus
//   build/tests/fuzz/make-fuzz-corpus tests/fuzz samples/metadata/start
// Only after a change of format: the signing keys are new each time and thrown away, so all files of
// manifest, trust, signature and volume change together with the header.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "common/cabinet.h"
#include "common/encoding.h"
#include "common/gzip.h"
#include "common/hash.h"
#include "common/xml.h"
#include "common/zstd_frame.h"
#include "exporter/keys.h"
#include "exporter/trust_store.h"
#include "format/chunk.h"
#include "format/limits.h"
#include "format/parity.h"
#include "format/receipt.h"
#include "format/volume.h"
#include "format/wsus/messages.h"
#include "format/wsus/metadata_records.h"
#include "tests/fuzz/fixed_parity.h"
#include "tests/support/test_support.h"

namespace ferry::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view signed_content = "The bytes that every signature of the corpus was tried on.\n";

std::string document(unsigned number, unsigned revision, std::string title, std::string relations = "",
                     std::string category_type = "") {
  DocumentSpec spec;
  spec.number = number;
  spec.revision = revision;
  spec.title = std::move(title);
  spec.relations = std::move(relations);
  if (!category_type.empty()) spec.type = "Category";
  spec.category_type = std::move(category_type);
  return update_document(spec);
}

void write_header(const fs::path& folder, std::string_view trust, std::string_view next) {
  write(folder / "fixed_trust.h",
        fmt::format("// SPDX-License-Identifier: Apache-2.0\n"
                    "// Written by make_corpus.cc: the trust file that the signatures of the corpora are checked "
                    "with,\n// and the only version after it that its root key ever signed.\n#pragma once\n\n#include "
                    "<string_view>\n\nnamespace ferry::fuzz {{\n\n"
                    "inline constexpr std::string_view signed_content = \"{}\\n\";\n\n"
                    "inline constexpr std::string_view fixed_trust = R\"trust({})trust\";\n\n"
                    "inline constexpr std::string_view fixed_next_trust = R\"trust({})trust\";\n\n"
                    "}}  // namespace ferry::fuzz\n",
                    signed_content.substr(0, signed_content.size() - 1), trust, next));
}

// A bundle of files alone, one of them cut, and an approval.
void make_files(const fs::path& corpus, const format::Point& point, format::Manifest manifest) {
  const Scratch scratch;
  format::BundleParts parts;
  parts.trust = exporter::load_chain(point).files();
  parts.signers = exporter::find_signers(exporter::key_store(point), exporter::load_chain(point).current().exporter);
  parts.spool = scratch.path();
  parts.store = format::ContentStore(scratch / "content");
  for (const std::string& bytes : {std::string("small"), std::string(70'000, 'x')}) {
    format::IncomingContent incoming = parts.store.receive(sha256(bytes));
    incoming.write(bytes);
    parts.files.push_back(incoming.publish());
  }
  format::ChunkWriter chunks(scratch.path());
  chunks.approve(id(1));
  parts.chunks = chunks.finish();
  write(corpus / "record" / "one-approval", "approve " + id(1).text() + "\n");
  manifest.kind = format::BundleKind::content;
  manifest.content_policy = "approved";
  manifest.languages = {"de", "en"};
  manifest.puts = manifest.drops = manifest.document_bytes = 0;
  manifest.approvals = 1;
  parts.max_volume_bytes = format::limits::min_volume_bytes;
  const auto volumes = format::write_bundle(manifest, parts, scratch.path()).volumes;
  for (std::size_t i = 0; i < volumes.size(); ++i)
    write(corpus / "volume" / fmt::format("files-{}.ferry", i + 1), read(volumes[i]));
  write(corpus / "manifest" / "files.xml", format::VolumeReader(volumes.front()).front().manifest.bytes);
}

void make_bundles(const fs::path& corpus, const format::Point& point, const fs::path& source, const Clock& clock) {
  const Scratch scratch;
  write(source / "a.xml", document(1, 1, "One", "", "Product"));
  write(source / "b.xml", document(2, 1, "Two", needs({1})));
  write(source / "c.xml", document(3, 1, "Three", bundles({{2, 1}})));
  sync(point, clock);
  const auto full = export_bundle(point, scratch / "full", clock, 0).front();
  write(source / "b.xml", document(2, 2, "Two again", needs({1})));
  fs::remove(source / "c.xml");
  sync(point, clock);
  const auto delta = export_bundle(point, scratch / "delta", clock, 1).front();
  for (const auto& [name, file] : {std::pair("full", full), std::pair("delta", delta)}) {
    write(corpus / "volume" / fmt::format("{}.ferry", name), read(file));
    write(corpus / "manifest" / fmt::format("{}.xml", name), format::VolumeReader(file).front().manifest.bytes);
  }
  format::Manifest split = format::parse_manifest(format::VolumeReader(delta).front().manifest.bytes);
  split.volumes.push_back({});
  split.earlier.push_back({"all_g0-g1_full", 0, 1, 1, sha256("first")});
  split.provenance.push_back({"headquarters", "fleet", Guid::random(), 3, 4, sha256("fourth")});
  split.recipients.clear();
  write(corpus / "manifest" / "two-volumes.xml", format::encode(split));
  make_files(corpus, point, format::parse_manifest(format::VolumeReader(full).front().manifest.bytes));
}

void make_signatures(const fs::path& corpus, const format::Point& point, const Clock& clock) {
  const format::TrustFile trust = exporter::load_chain(point).current();
  const Signer signer = exporter::find_signers(exporter::key_store(point), trust.exporter).front();
  write(corpus / "signature" / "good.p7s", cms_sign(signed_content, signer, clock.now()));
  write(corpus / "signature" / "other-content.p7s", cms_sign("x", signer, clock.now()));
  const PrivateKey stranger = PrivateKey::generate(KeyType::p256);
  const Certificate certificate = Certificate::self_signed(stranger, "stranger", clock.now());
  write(corpus / "signature" / "stranger.p7s", cms_sign(signed_content, {stranger, certificate}, clock.now()));
  format::TrustFile two = trust;
  two.version = 2;
  two.exporter.certificates.push_back(certificate);
  two.exporter.threshold = 2;
  write(corpus / "trust" / "one.xml", format::encode(trust));
  write(corpus / "trust" / "two.xml", format::encode(two));
  two.epoch = 1;
  two.broadcast = false;
  two.exporter.needs_crl = true;
  two.exporter.algorithms = {SignatureAlgorithm::ecdsa_p384, SignatureAlgorithm::rsa_pss};
  two.exporter.pins = {sha256("a key")};
  two.revoked = {{signer.certificate.key_id(), {{id(1), 7}, {id(2), 1}}}, {sha256("another key"), {}}};
  write(corpus / "trust" / "all.xml", format::encode(two));
}

// How trust_chain_fuzz.cc reads its input: the file's length in three bytes, the file, one signature.
std::string chain_input(std::string_view trust, std::string_view signature) {
  std::string input;
  for (const unsigned shift : {0U, 8U, 16U}) input += static_cast<char>(trust.size() >> shift & 0xFFU);
  return input.append(trust).append(signature);
}

// The version after the point's trust file, signed by its root key.
std::string make_chains(const fs::path& corpus, const format::Point& point, const Clock& clock) {
  const format::TrustFile trust = exporter::load_chain(point).current();
  const Signer root = exporter::find_signers(exporter::key_store(point), trust.root).front();
  format::TrustFile next = trust;
  next.version = 2;
  next.revoked = {{sha256("stolen"), {}}};
  const std::string good = format::encode(next);
  write(corpus / "trust_chain" / "good", chain_input(good, cms_sign(good, root, clock.now())));
  const Signer exporter_key = exporter::find_signers(exporter::key_store(point), trust.exporter).front();
  write(corpus / "trust_chain" / "by-exporter", chain_input(good, cms_sign(good, exporter_key, clock.now())));
  write(corpus / "trust_chain" / "unsigned", chain_input(good, ""));
  return good;
}

void make_records(const fs::path& corpus) {
  std::string raw;
  const std::string upd = document(4, 1, "Four");
  const std::string sdp = sdp_document(5, "Five");
  format::append_put(raw, {id(4), 1}, format::Dialect::upd, upd);
  write(corpus / "record" / "one-put", raw);
  format::append_put(raw, {id(5), 3}, format::Dialect::sdp, sdp);
  format::append_drop(raw, {id(6), 2147483647}, format::DropReason::replaced);
  format::append_drop(raw, {id(7), 7}, format::DropReason::deselected);
  write(corpus / "record" / "puts-and-drops", raw);
  std::string drops;
  format::append_drop(drops, {id(8), 8}, format::DropReason::removed);
  write(corpus / "record" / "one-drop", drops);
  const auto chunk = [&corpus](std::string_view name, std::string_view bytes, char records, int level) {
    std::string input;
    for (const unsigned shift : {0U, 8U, 16U}) input += static_cast<char>(bytes.size() >> shift & 0xFFU);
    input += records;
    write(corpus / "chunk" / name, input + Compressor(level).compress(bytes));
  };
  chunk("four-records", raw, 4, format::chunk_compression_level);
  chunk("one-drop", drops, 1, 1);
  chunk("empty", "", 0, 3);
  std::string many;
  for (unsigned i = 1; i <= 200; ++i) format::append_drop(many, {id(i), i}, format::DropReason::removed);
  chunk("many-drops", many, static_cast<char>(200), 19);
}

void make_catalogs(const fs::path& corpus) {
  const auto package = [](const std::string& sdp) {
    const auto start = sdp.find('>') + 1;
    return "<smc:SoftwareDistributionPackage SchemaVersion=\"1.2\">" + sdp.substr(start, sdp.rfind("</") - start) +
           "</smc:SoftwareDistributionPackage>";
  };
  const std::string packages = package(sdp_document(1, "One")) + package(sdp_document(2, "Two &amp; more"));
  const std::string open =
      "<smc:SystemsManagementCatalog "
      "xmlns:smc=\"http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd\" "
      "xmlns:sdp=\"http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd\">";
  write(corpus / "v1_catalog" / "two.xml",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + open + packages + "</smc:SystemsManagementCatalog>\n");
  // Well-formed XML 1.0 all the same; the pieces have no declaration of their own.
  write(corpus / "v1_catalog" / "latin-1.xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n" + open +
                                                   package(sdp_document(4, "M\xfcller")) +
                                                   "</smc:SystemsManagementCatalog>\n");
  write(corpus / "v1_catalog" / "whole-sdp.xml", open + sdp_document(3, "Three") + "</smc:SystemsManagementCatalog>");
}

void make_configs(const fs::path& corpus) {
  write(corpus / "config" / "small.toml", "[point]\nname = \"hq\"\n");
  write(corpus / "config" / "all.toml",
        "# everything\n[point]\nname = \"hq\"\n\n[[source]]\nname = \"oem\"\nkind = \"scup\"\npath = \"in/oem.cab\"\n"
        "[[source]]\nname = \"wsus\"\nkind = \"updates\"\npath = \"/srv/updates\"\n\n[[feed]]\nname = \"plant\"\n"
        "products = [\"Contoso/Shield\", \"*\"]\nclassifications = ['Security Updates']\nlanguages = [\"en\", \"de\"]\n"
        "content = \"eula\"\n\n[[site]]\nname = \"plant-1\"\nfeed = \"plant\"\ncover-drops = 6\n"
        "next-drop-days = 7\nvalid-days = 30\n[time]\nclock = \"untrusted\"\nmax-age-days = 90\n"
        "certificates = \"now\"\n[signing]\npkcs11-module = \"/usr/lib/token.so\"\n"
        "passphrase-file = \"secret\"\ncrl = [\"ca.crl\"]\n");
}

// One of each kind.
void make_parities(const fs::path& corpus, const fs::path& scratch) {
  using format::ParityKind;
  std::vector<fs::path> data;
  std::vector<std::uint64_t> sizes;
  for (const std::string& bytes : fuzz::parity_data) {
    data.push_back(scratch / fmt::format("{}", data.size()));
    write(data.back(), bytes);
    sizes.push_back(bytes.size());
  }
  const auto make = [&](const std::string& name, format::ParityMode mode, std::uint64_t max_file_bytes) {
    const format::ParityPlan plan = format::plan_parity(mode, sizes, max_file_bytes);
    std::vector<AtomicFile> files = format::write_parity(plan, sha256("set"), data, scratch, name);
    for (AtomicFile& file : files) file.publish();
    write(corpus / "parity" / (name + ".parity"), read(files.back().target()));
  };
  make("percent", {ParityKind::percent, 1}, 0);
  make("volumes", {ParityKind::volumes, 2}, 0);
}

void copy_documents(const fs::path& corpus, const fs::path& samples) {
  // The smallest of each folder are enough to begin with.
  for (const char* folder : {"updates", "scup"}) {
    std::vector<std::pair<std::uintmax_t, fs::path>> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(samples / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".xml" || extension == ".sdp") files.emplace_back(entry.file_size(), entry.path());
    }
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < files.size(); i += files.size() / 3)
      write(corpus / "document" / files[i].second.filename(), read(files[i].second));
  }
}

void make_receipts(const fs::path& corpus, const Clock& clock) {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  const Signer signer{key, Certificate::self_signed(key, "ferry site receipts", clock.now())};
  format::Receipt receipt;
  receipt.site = "plant-1";
  receipt.point = Guid::random();
  receipt.made = receipt.clock = clock.now();
  receipt.tool = "ferry-import 0.1.0";
  receipt.feeds = {{"all", Guid::random(), 0, 17, sha256("state"), 12, sha256("manifest"), 3, 4096}};
  receipt.children = {{"line-3", "all", 16, 17, clock.now(), 0, 0}, {"line-3/cell-1", "all", 0, 9, {}, 1, 2}};
  write(corpus / "receipt" / "parsed", "p" + format::encode(receipt));
  write(corpus / "receipt" / "file", "f" + format::sign_receipt(receipt, signer));
  write(corpus / "receipt" / "typed", "t" + format::spoken_lines(receipt.site, receipt.feeds.front()));
}

void make_wsus(const fs::path& corpus) {
  using namespace format::wsus;
  const Cookie cookie{"2026-11-23T12:00:00.5Z", "cookie"};
  const auto message = [&](const char* name, const std::string& bytes) {
    write(corpus / "wsus_message" / name, bytes);
  };
  message("cookie-request", encode(GetCookieRequest{{{"DssTargeting", "bytes"}}, cookie, "1.20"}));
  message("list-request", encode(GetRevisionIdListRequest{
                              cookie, "1,2026-01-01", false, {{id(1), true}}, {{id(2), false}}, {{1033, true}}}));
  message("data-request", encode(GetUpdateDataRequest{cookie, {{id(1), 200}, {id(2), 1}}}));
  message("files-request", encode(DownloadFilesRequest{cookie, {std::string(20, '\1')}}));
  message("authorization", encode(GetAuthConfigResponse{"2026-01-01T00:00:00", {{"DssTargeting", "a.asmx", ""}}}));
  message("config", encode(GetConfigDataResponse{
                        false, true, false, 0, 0, 0, 100, "a", "1.20", {{1033, "en", "English", true}}, 100}));
  message("list", encode(GetRevisionIdListResponse{"1,2026-01-01", {{id(1), 200}, {id(1), 201}}}));
  message("data", encode(GetUpdateDataResponse{
                      {{{id(1), 200}, "<a>&amp;</a>", {std::string(20, '\1')}, {}}, {{id(2), 1}, {}, {}, "MSCF"}},
                      {{std::string(20, '\1'), "http://a/b.cab", "", {}}}}));
  GetDeploymentsResponse deployments;
  deployments.anchor = "1";
  deployments.groups = {{id(3), id(4), "pilot", false}};
  deployments.deployments.push_back(
      {{id(1), 200}, 0, "admin", std::string(no_deadline), false, "2026-01-01T00:00:00", id(5), id(3), 2});
  deployments.hidden_updates = {id(2)};
  message("deployments", encode(deployments));
  message("fault", encode(Fault{FaultCode::invalid_parameters, "filter", id(6), "GetRevisionIdList", "text"}));
  const std::string utf16 = utf16le_from_utf8("<a>\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80</a>");
  write(corpus / "wsus_blob" / "utf16", utf16);
  write(corpus / "wsus_blob" / "mszip.cab", cabinet_of("blob", utf16, CabinetCompression::mszip));
  write(corpus / "wsus_blob" / "stored.cab", cabinet_of("blob", utf16, CabinetCompression::stored));
  write(corpus / "wsus_blob" / "odd.cab", cabinet_of("blob", utf16.substr(1), CabinetCompression::stored));
}

// Packages of wsusutil: records, the index, and documents in the index in each way.
void make_packages(const fs::path& corpus) {
  const std::string first = document(1, 100, "Critical Updates", "", "UpdateClassification");
  const std::string second = document(2, 200, "\xc3\x9c \xf0\x9f\x9a\xa2", needs({1}));
  StringSink records;
  format::wsus::write_metadata_record(records, {id(1), 100}, first);
  format::wsus::write_metadata_record(records, {id(2), 200}, second);
  const std::string text = records.take();
  write(corpus / "metadata_records" / "utf-8", text);
  write(corpus / "metadata_records" / "utf-16", "\xff\xfe" + utf16le_from_utf8(text));
  const auto update = [](unsigned number, unsigned revision, const std::string& inside) {
    return fmt::format(
        "<Update UpdateId=\"{}\" RevisionNumber=\"{}\"><Files /><Categories /><Classifications />{}</Update>",
        id(number).text(), revision, inside);
  };
  const auto package = [](const std::string& updates) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?><ExportPackage ServerID=\"" + id(9).text() +
           "\" CreationTime=\"2026-11-01T10:00:00Z\" FormatVersion=\"1.0\" ProtocolVersion=\"1.20\"><Languages>"
           "<Language Id=\"1033\" ShortName=\"en\" LongName=\"English\" Enabled=\"1\" /></Languages><Files><File "
           "Digest=\"" +
           to_base64(sha1("file")) + "\" MUUrl=\"http://example.org/a.cab\" Name=\"a.cab\" /></Files><Updates>" +
           updates + "</Updates></ExportPackage>";
  };
  const auto packed = [](const std::string& bytes) {
    StringSink sink;
    GzipSink gzip(sink);
    gzip.write(bytes);
    gzip.finish();
    return sink.take();
  };
  const std::string cabinet = cabinet_of("blob", utf16le_from_utf8(second), CabinetCompression::mszip);
  const std::string whole = package(update(1, 100, "<Metadata>" + xml_escaped(first) + "</Metadata>") +
                                    update(2, 200, "<Metadata>" + second + "</Metadata>") +
                                    update(2, 201, "<Metadata>" + to_base64(cabinet) + "</Metadata>") +
                                    update(2, 202, "<Metadata>" + to_base64(packed(second)) + "</Metadata>"));
  write(corpus / "package_index" / "index", package(update(1, 100, "") + update(2, 200, "")));
  write(corpus / "package_index" / "whole", whole);
  write(corpus / "package_gzip" / "package", packed(whole));
  write(corpus / "package_gzip" / "members", packed(whole.substr(0, 400)) + packed(whole.substr(400)));
  write(corpus / "package_gzip" / "cabinet", to_base64(cabinet));
  write(corpus / "package_gzip" / "gzip", to_base64(packed(second)));
}

void make_all(const fs::path& folder, const fs::path& samples) {
  const Scratch scratch;
  const FixedClock clock;
  const fs::path corpus = folder / "corpus";
  const format::Point point = make_exporter(scratch / "hq", scratch / "source", clock);
  write_header(folder, exporter::load_chain(point).files().back().bytes, make_chains(corpus, point, clock));
  make_bundles(corpus, point, scratch / "source", clock);
  make_signatures(corpus, point, clock);
  make_receipts(corpus, clock);
  make_records(corpus);
  make_catalogs(corpus);
  make_configs(corpus);
  make_wsus(corpus);
  make_parities(corpus, scratch.path());
  make_packages(corpus);
  copy_documents(corpus, samples);
}

}  // namespace
}  // namespace ferry::tests

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: make-fuzz-corpus TESTS/FUZZ SAMPLES/METADATA/START\n");
    return 64;
  }
  try {
    ferry::tests::make_all(words[1], words[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make-fuzz-corpus: %s\n", error.what());
    return 1;
  }
}
