// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/internal/shared_fields.h"

namespace ferry::format::wsus {
namespace internal {

template <>
struct Fields<AuthPlugIn> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("PlugInID", m.id);
    io.text("ServiceUrl", m.service_url);
    io.text("Parameter", m.parameter);
  }
};

template <>
struct Fields<LanguageData> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.number("LanguageID", m.id);
    io.text("ShortLanguage", m.short_name);
    io.text_if_any("LongLanguage", m.long_name);
    io.flag_if_any("Enabled", m.is_enabled);
  }
};

template <>
struct Fields<UpdateData> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("Id", m.id);
    io.text("XmlUpdateBlob", m.blob);
    io.base64_list_if_any("FileDigestList", m.file_digests);
    io.base64("XmlUpdateBlobCompressed", m.compressed_blob);
  }
};

template <>
struct Fields<UrlData> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.base64("FileDigest", m.file_digest);
    io.text_if_any("MUUrl", m.url);
    io.text("UssUrl", m.uss_url);
    io.base64("DecryptionKey", m.decryption_key);
  }
};

template <>
struct Fields<FileDecryption> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.base64("FileDigest", m.file_digest);
    io.base64("DecryptionKey", m.decryption_key);
  }
};

template <>
struct Fields<UpdateDecryption> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("UpdateId", m.id);
    io.list("FileDecryptionData", "ServerSyncFileDecryption", m.files);
  }
};

template <>
struct Fields<TargetGroup> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.guid("TargetGroupID", m.id);
    io.guid("ParentGroupId", m.parent);
    io.text("Name", m.name);
    io.flag("IsBuiltin", m.is_builtin);
  }
};

template <>
struct Fields<Deployment> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.guid("UpdateId", m.update.update);
    io.number("RevisionNumber", m.update.number);
    io.number("Action", m.action);
    io.text_if_any("AdminName", m.admin_name);
    io.text("Deadline", m.deadline);
    io.flag_if_any("IsAssigned", m.is_assigned);
    io.text("GoLiveTime", m.go_live_time);
    io.guid("DeploymentGuid", m.id);
    io.guid("TargetGroupId", m.target_group);
    io.number_if_any("DownloadPriority", m.download_priority);
  }
};

// What is in the one element of the response to each operation.
template <>
struct ResultFields<GetAuthConfigResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("LastChange", m.last_change);
    io.list("AuthInfo", "AuthPlugInInfo", m.plug_ins);
  }
};

template <>
struct ResultFields<GetAuthorizationCookieResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    Fields<AuthorizationCookie>::visit(io, m.cookie);
  }
};

template <>
struct ResultFields<GetCookieResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    Fields<Cookie>::visit(io, m.cookie);
  }
};

template <>
struct ResultFields<GetConfigDataResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.flag("CatalogOnlySync", m.catalog_only_sync);
    io.flag_if_any("LazySync", m.lazy_sync);
    io.flag_if_any("ServerHostsPsfFiles", m.server_hosts_psf_files);
    io.number_if_any("MaxNumberOfComputerIdsInRequest", m.max_computer_ids);
    io.number_if_any("MaxNumberOfDriverSetsPerRequest", m.max_driver_sets);
    io.number_if_any("MaxNumberOfPnpHardwareIdsInRequest", m.max_hardware_ids);
    io.number("MaxNumberOfUpdatesPerRequest", m.max_updates);
    io.text("NewConfigAnchor", m.anchor);
    io.text("ProtocolVersion", m.protocol_version);
    io.list("LanguageUpdateList", "ServerSyncLanguageData", m.languages);
    io.number_if_any("MaxUpdatesPerRequestInGetUpdateDecryptionData", m.max_decryption_updates);
  }
};

template <>
struct ResultFields<GetRevisionIdListResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("Anchor", m.anchor);
    io.list("NewRevisions", "UpdateIdentity", m.revisions);
  }
};

template <>
struct ResultFields<GetUpdateDataResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.list("updates", "ServerSyncUpdateData", m.updates);
    io.list("fileUrls", "ServerSyncUrlData", m.urls);
  }
};

template <>
struct ResultFields<GetUpdateDecryptionDataResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.list("UpdateFileDecryptionData", "ServerSyncUpdateFileDecryption", m.updates);
  }
};

template <>
struct ResultFields<GetDeploymentsResponse> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("Anchor", m.anchor);
    io.list("Groups", "ServerSyncTargetGroup", m.groups);
    io.list("Deployments", "ServerSyncDeployment", m.deployments);
    io.list("DeadDeployments", "guid", m.dead_deployments);
    io.list("HiddenUpdates", "guid", m.hidden_updates);
    io.list("AcceptedEulas", "guid", m.accepted_eulas);
  }
};

template <>
struct Fields<DownloadFilesResponse> {
  template <class Io, class M>
  static void visit(Io& /*io*/, M& /*m*/) {}
};

template <>
struct Fields<PingResponse> {
  template <class Io, class M>
  static void visit(Io& /*io*/, M& /*m*/) {}
};

}  // namespace internal

template std::string encode(const GetAuthConfigResponse&);
template std::string encode(const GetAuthorizationCookieResponse&);
template std::string encode(const GetCookieResponse&);
template std::string encode(const GetConfigDataResponse&);
template std::string encode(const GetRevisionIdListResponse&);
template std::string encode(const GetUpdateDataResponse&);
template std::string encode(const GetUpdateDecryptionDataResponse&);
template std::string encode(const GetDeploymentsResponse&);
template std::string encode(const DownloadFilesResponse&);
template std::string encode(const PingResponse&);
template GetAuthConfigResponse decode(const SoapBody&);
template GetAuthorizationCookieResponse decode(const SoapBody&);
template GetCookieResponse decode(const SoapBody&);
template GetConfigDataResponse decode(const SoapBody&);
template GetRevisionIdListResponse decode(const SoapBody&);
template GetUpdateDataResponse decode(const SoapBody&);
template GetUpdateDecryptionDataResponse decode(const SoapBody&);
template GetDeploymentsResponse decode(const SoapBody&);
template DownloadFilesResponse decode(const SoapBody&);
template PingResponse decode(const SoapBody&);

}  // namespace ferry::format::wsus
