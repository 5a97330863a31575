// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.h"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/internal/xml_fields.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

using internal::child;
using internal::digest_field;
using internal::number_field;
using internal::text_field;

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

// The version is looked at before anything else, so that a later manifest is told from a damaged one.
void require_version(const XmlNode& root) {
  const std::string& version = text_field(root, "format-version");
  if (version == format_version) return;
  throw Error(fmt::format("manifest has format version {}; this program reads {}: install a newer ferry-import",
                          quote(version), format_version),
              ExitCode::too_new);
}

void require_known_features(const Manifest& manifest) {
  if (manifest.required_features.empty()) return;
  throw Error(fmt::format("bundle requires the feature {}, which this program does not know: install a newer "
                          "ferry-import (the bundle was written by {})",
                          quote(manifest.required_features.front()), quote(manifest.tool)),
              ExitCode::too_new);
}

ChunkInfo parse_chunk(const XmlNode& node) {
  ChunkInfo chunk;
  chunk.name = text_field(node, "name");
  chunk.size = number_field(node, "size");
  chunk.raw_size = number_field(node, "raw-size");
  chunk.records = number_field(node, "records");
  chunk.sha256 = digest_field(node, "sha256");
  if (chunk.raw_size > limits::max_chunk_raw_bytes || chunk.size > limits::max_chunk_raw_bytes)
    throw FormatError(fmt::format("{} has {} bytes stored and {} raw; at most {} are read", quote(chunk.name),
                                  chunk.size, chunk.raw_size, limits::max_chunk_raw_bytes));
  return chunk;
}

TrustMember parse_trust_member(const XmlNode& node) {
  TrustMember member{text_field(node, "name"), number_field(node, "size"), digest_field(node, "sha256")};
  if (member.size > limits::max_trust_bytes)
    throw FormatError(
        fmt::format("{} has {} bytes; at most {} are read", quote(member.name), member.size, limits::max_trust_bytes));
  return member;
}

// Checks that the parts of each file come in their order, from its beginning to its end, and no file twice.
class FileList {
 public:
  FilePart next(const XmlNode& node) {
    const bool is_part = node.name == "part";
    FilePart part;
    part.sha256 = digest_field(node, "sha256");
    part.size = number_field(node, "size");
    part.file = is_part ? digest_field(node, "file") : part.sha256;
    part.file_size = is_part ? number_field(node, "file-size") : part.size;
    part.number = is_part ? number_field(node, "number") : 0;
    if (part.size > limits::max_part_bytes)
      throw FormatError(
          fmt::format("{} has {} bytes; at most {} are read", part.name(), part.size, limits::max_part_bytes));
    const auto before = last_.find(part.file);
    if (!is_part && before != last_.end()) throw FormatError(fmt::format("{} is listed twice", part.name()));
    if (is_part) require_next(part, before == last_.end() ? nullptr : &before->second);
    last_[part.file] = part;
    if (part.is_last()) {
      ++files_;
      bytes_ += part.file_size;
    }
    return part;
  }
  void finish(const Manifest& manifest) const {
    for (const auto& [file, part] : last_) {
      if (!part.is_last()) throw FormatError(fmt::format("the last part of file {} is missing", file.hex()));
    }
    if (files_ != manifest.files || bytes_ != manifest.file_bytes)
      throw FormatError(fmt::format("volumes list {} files with {} bytes; expected {} with {}", files_, bytes_,
                                    manifest.files, manifest.file_bytes));
  }

 private:
  static void require_next(FilePart& part, const FilePart* before) {
    part.offset = before == nullptr ? 0 : before->offset + before->size;
    const bool follows = before == nullptr ? part.number == 1 && part.size < part.file_size
                                           : !before->is_whole() && part.number == before->number + 1 &&
                                                 part.file_size == before->file_size && !before->is_last();
    if (!follows || part.size == 0 || part.offset + part.size > part.file_size)
      throw FormatError(fmt::format("{} does not follow on the part before it", part.name()));
  }

  std::map<Digest, FilePart> last_;  // of each file
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

void parse_volumes(const XmlNode& root, Manifest& manifest) {
  std::uint64_t records = 0;
  std::uint64_t chunks = 0;
  FileList files;
  for (const XmlNode& volume : root.children) {
    if (volume.name != "volume") continue;
    if (number_field(volume, "index") != manifest.volumes.size() + 1)
      throw FormatError("volumes are not numbered 1, 2, 3 …");
    VolumeContents& contents = manifest.volumes.emplace_back();
    for (const XmlNode& node : volume.children) {
      if (node.name == "file" || node.name == "part") {
        contents.files.push_back(files.next(node));
        continue;
      }
      ChunkInfo& chunk = contents.chunks.emplace_back(parse_chunk(node));
      records += chunk.records;
      if (chunk.name != chunk_name(++chunks))
        throw FormatError(fmt::format("member {} is {}; expected {}", chunks, quote(chunk.name), chunk_name(chunks)));
    }
  }
  files.finish(manifest);
  if (manifest.volumes.empty() || manifest.volumes.size() > limits::max_volumes)
    throw FormatError(
        fmt::format("manifest lists {} volumes; expected 1 to {}", manifest.volumes.size(), limits::max_volumes));
  if (records != manifest.puts + manifest.drops + manifest.approvals)
    throw FormatError(fmt::format("chunks hold {} records; expected {} puts, {} drops and {} approvals", records,
                                  manifest.puts, manifest.drops, manifest.approvals));
}

void parse_policy(const XmlNode& feed, Manifest& manifest) {
  manifest.content_policy = text_field(feed, "content");
  const std::string& policy = manifest.content_policy;
  if (policy != "none" && policy != "eula" && policy != "approved" && policy != "all")
    throw FormatError(fmt::format("content policy is {}; expected none, eula, approved or all", quote(policy)));
  manifest.languages.clear();
  for (const std::string_view word : split(text_field(feed, "languages"), ' ')) manifest.languages.emplace_back(word);
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  for (std::size_t i = 0; i < manifest.languages.size(); ++i) {
    const std::string& language = manifest.languages[i];
    const bool is_all = language == "*" && manifest.languages.size() == 1;
    const bool follows = i == 0 || manifest.languages[i - 1] < language;
    if (!is_all && (language.empty() || language.find_first_not_of(allowed) != std::string::npos || !follows))
      throw FormatError(fmt::format("languages are {}; expected '*', or names such as 'de en' in ascending order",
                                    quote(text_field(feed, "languages"))));
  }
}

void write_file_part(XmlWriter& xml, const FilePart& part) {
  if (part.is_whole()) {
    xml.empty("file", XmlAttributes{{"sha256", part.sha256.hex()}, {"size", number(part.size)}});
    return;
  }
  xml.empty("part", XmlAttributes{{"file", part.file.hex()},
                                  {"file-size", number(part.file_size)},
                                  {"number", number(part.number)},
                                  {"size", number(part.size)},
                                  {"sha256", part.sha256.hex()}});
}

ChainLink parse_chain(const XmlNode& node) {
  const ChainLink chain{number_field(node, "sequence"), digest_field(node, "previous")};
  if (chain.sequence == 0 || chain.sequence > limits::max_generation)
    throw FormatError(
        fmt::format("chain sequence is {}; expected a number from 1 to {}", chain.sequence, limits::max_generation));
  if ((chain.sequence == 1) != (chain.previous == Digest()))
    throw FormatError(
        fmt::format("chain sequence is {} and the manifest before it {}; the first bundle of a feed has "
                    "zeros there, and no other",
                    chain.sequence, chain.previous.hex()));
  return chain;
}

EarlierBundle parse_earlier(const XmlNode& node) {
  return {text_field(node, "name"), number_field(node, "base"), number_field(node, "target"),
          number_field(node, "sequence"), digest_field(node, "manifest")};
}

Provenance parse_provenance(const XmlNode& node) {
  return {text_field(node, "publisher"),    text_field(node, "feed"),       internal::guid_field(node, "lineage"),
          number_field(node, "generation"), number_field(node, "sequence"), digest_field(node, "manifest")};
}

void check_times(const Manifest& manifest) {
  if (manifest.created > manifest.next_expected || manifest.next_expected > manifest.valid_until)
    throw FormatError(fmt::format("created {}, next-expected {} and valid-until {} are not in this order",
                                  manifest.created.text(), manifest.next_expected.text(), manifest.valid_until.text()));
}

void check_generations(const Manifest& manifest) {
  if (manifest.target.generation == 0) throw FormatError("target generation is 0; expected 1 or more");
  if ((manifest.kind == BundleKind::delta) == manifest.bases.empty())
    throw FormatError("a delta has accepted bases and no other bundle has; this one is neither");
  if (manifest.kind == BundleKind::content && manifest.puts + manifest.drops > 0)
    throw FormatError("a bundle of files alone holds records of documents");
  for (std::size_t i = 0; i < manifest.bases.size(); ++i) {
    if (manifest.bases[i].generation != manifest.bases.front().generation + i)
      throw FormatError("accepted bases are not consecutive generations");
  }
  if (!manifest.bases.empty() && manifest.bases.back().generation + 1 != manifest.target.generation)
    throw FormatError("accepted bases do not reach up to the target generation");
}

}  // namespace

std::optional<std::strong_ordering> compare_format_versions(std::string_view left, std::string_view right) {
  const auto parts = [](std::string_view version) -> std::optional<std::pair<std::uint64_t, std::uint64_t>> {
    const auto dot = version.find('.');
    if (dot == std::string_view::npos) return {};
    const auto major = parse_u64(version.substr(0, dot));
    const auto minor = parse_u64(version.substr(dot + 1));
    if (!major || !minor) return {};
    return std::pair{*major, *minor};
  };
  const auto first = parts(left);
  const auto second = parts(right);
  if (!first || !second) return {};
  return *first <=> *second;
}

std::string_view name_of(BundleKind kind) {
  switch (kind) {
    case BundleKind::full:
      return "full";
    case BundleKind::delta:
      return "delta";
    case BundleKind::content:
      return "content";
  }
  return "unknown";
}

std::string FilePart::name() const {
  return "content/" + file.hex() + (is_whole() ? "" : fmt::format(".part{:04}", number));
}

std::string chunk_name(std::uint64_t chunk) { return fmt::format("chunks/{:06}.zst", chunk); }

std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > limits::max_name_bytes) return fmt::format("it is longer than {} bytes", limits::max_name_bytes);
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  if (name.find_first_not_of(allowed) != std::string_view::npos)
    return "it becomes part of file names, so only a-z, 0-9, '.' and '-' may be in it";
  if (name.front() == '.' || name.front() == '-') return "it begins with a dot or a dash";
  return {};
}

std::string encode(const Manifest& manifest) {
  XmlWriter xml;
  xml.open("manifest",
           XmlAttributes{{"xmlns", std::string(manifest_namespace)}, {"format-version", std::string(format_version)}});
  xml.empty("bundle", XmlAttributes{{"name", manifest.bundle_name},
                                    {"kind", std::string(name_of(manifest.kind))},
                                    {"created", manifest.created.text()},
                                    {"tool", manifest.tool},
                                    {"compressor", manifest.compressor}});
  xml.empty("freshness", XmlAttributes{{"next-expected", manifest.next_expected.text()},
                                       {"valid-until", manifest.valid_until.text()}});
  xml.empty("publisher", XmlAttributes{{"point", manifest.publisher_id.text()}, {"name", manifest.publisher_name}});
  xml.empty("feed", XmlAttributes{{"name", manifest.feed},
                                  {"lineage", manifest.lineage.text()},
                                  {"epoch", number(manifest.epoch)},
                                  {"content", manifest.content_policy},
                                  {"languages", fmt::format("{}", fmt::join(manifest.languages, " "))}});
  for (const std::string& feature : manifest.required_features)
    xml.empty("requires", XmlAttributes{{"feature", feature}});
  for (const std::string& site : manifest.recipients) xml.empty("recipient", XmlAttributes{{"site", site}});
  for (const GenerationState& base : manifest.bases)
    xml.empty("base", XmlAttributes{{"generation", number(base.generation)}, {"state", base.state.hex()}});
  xml.empty("target", XmlAttributes{{"generation", number(manifest.target.generation)},
                                    {"state", manifest.target.state.hex()},
                                    {"updates", number(manifest.updates)},
                                    {"revisions", number(manifest.revisions)}});
  xml.empty("content", XmlAttributes{{"puts", number(manifest.puts)},
                                     {"drops", number(manifest.drops)},
                                     {"approvals", number(manifest.approvals)},
                                     {"document-bytes", number(manifest.document_bytes)},
                                     {"files", number(manifest.files)},
                                     {"file-bytes", number(manifest.file_bytes)}});
  xml.empty("chain",
            XmlAttributes{{"sequence", number(manifest.chain.sequence)}, {"previous", manifest.chain.previous.hex()}});
  for (const EarlierBundle& bundle : manifest.earlier)
    xml.empty("earlier", XmlAttributes{{"name", bundle.name},
                                       {"base", number(bundle.base)},
                                       {"target", number(bundle.target)},
                                       {"sequence", number(bundle.sequence)},
                                       {"manifest", bundle.manifest.hex()}});
  for (const Provenance& source : manifest.provenance)
    xml.empty("provenance", XmlAttributes{{"publisher", source.publisher},
                                          {"feed", source.feed},
                                          {"lineage", source.lineage.text()},
                                          {"generation", number(source.generation)},
                                          {"sequence", number(source.sequence)},
                                          {"manifest", source.manifest.hex()}});
  for (const TrustMember& member : manifest.trust)
    xml.empty("trust",
              XmlAttributes{{"name", member.name}, {"size", number(member.size)}, {"sha256", member.sha256.hex()}});
  for (std::size_t i = 0; i < manifest.volumes.size(); ++i) {
    const XmlAttributes index{{"index", number(i + 1)}};
    const VolumeContents& contents = manifest.volumes[i];
    if (contents.chunks.empty() && contents.files.empty()) {
      xml.empty("volume", index);
      continue;
    }
    xml.open("volume", index);
    for (const ChunkInfo& chunk : contents.chunks)
      xml.empty("chunk", XmlAttributes{{"name", chunk.name},
                                       {"size", number(chunk.size)},
                                       {"raw-size", number(chunk.raw_size)},
                                       {"records", number(chunk.records)},
                                       {"sha256", chunk.sha256.hex()}});
    for (const FilePart& part : contents.files) write_file_part(xml, part);
    xml.close();
  }
  xml.close();
  return xml.take();
}

Manifest parse_manifest(std::string_view bytes) {
  const XmlNode root =
      internal::parse_own_xml(bytes, limits::max_manifest_bytes, "manifest", manifest_namespace, "manifest");
  require_version(root);
  Manifest manifest;
  const XmlNode& bundle = child(root, "bundle");
  manifest.bundle_name = text_field(bundle, "name");
  const std::string& kind = text_field(bundle, "kind");
  if (kind != "full" && kind != "delta" && kind != "content")
    throw FormatError(fmt::format("kind is {}; expected full, delta or content", quote(kind)));
  manifest.kind = kind == "full" ? BundleKind::full : kind == "delta" ? BundleKind::delta : BundleKind::content;
  manifest.created = internal::time_field(bundle, "created");
  manifest.tool = text_field(bundle, "tool");
  manifest.compressor = text_field(bundle, "compressor");
  const XmlNode& freshness = child(root, "freshness");
  manifest.next_expected = internal::time_field(freshness, "next-expected");
  manifest.valid_until = internal::time_field(freshness, "valid-until");
  const XmlNode& publisher = child(root, "publisher");
  manifest.publisher_id = internal::guid_field(publisher, "point");
  manifest.publisher_name = text_field(publisher, "name");
  const XmlNode& feed = child(root, "feed");
  manifest.feed = text_field(feed, "name");
  if (const auto problem = name_problem(manifest.feed))
    throw FormatError(fmt::format("feed name {}: {}", quote(manifest.feed), *problem));
  manifest.lineage = internal::guid_field(feed, "lineage");
  manifest.epoch = number_field(feed, "epoch");
  parse_policy(feed, manifest);
  const XmlNode& target = child(root, "target");
  manifest.target = {number_field(target, "generation"), digest_field(target, "state")};
  manifest.updates = number_field(target, "updates");
  manifest.revisions = number_field(target, "revisions");
  const XmlNode& content = child(root, "content");
  manifest.puts = number_field(content, "puts");
  manifest.drops = number_field(content, "drops");
  manifest.approvals = number_field(content, "approvals");
  manifest.document_bytes = number_field(content, "document-bytes");
  manifest.files = number_field(content, "files");
  manifest.file_bytes = number_field(content, "file-bytes");
  manifest.chain = parse_chain(child(root, "chain"));
  for (const XmlNode& node : root.children) {
    if (node.name == "requires") manifest.required_features.push_back(text_field(node, "feature"));
    if (node.name == "recipient") manifest.recipients.push_back(text_field(node, "site"));
    if (node.name == "base") manifest.bases.push_back({number_field(node, "generation"), digest_field(node, "state")});
    if (node.name == "earlier") manifest.earlier.push_back(parse_earlier(node));
    if (node.name == "provenance") manifest.provenance.push_back(parse_provenance(node));
    if (node.name == "trust") manifest.trust.push_back(parse_trust_member(node));
  }
  require_known_features(manifest);
  check_times(manifest);
  check_generations(manifest);
  parse_volumes(root, manifest);
  // Whatever was not read above (unknown names, other order, white space, a second element) shows here.
  internal::require_canonical(bytes, encode(manifest), "manifest");
  return manifest;
}

}  // namespace ferry::format
