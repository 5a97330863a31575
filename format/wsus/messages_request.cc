// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/internal/shared_fields.h"

namespace ferry::format::wsus {
namespace internal {

template <>
struct Fields<GetAuthConfigRequest> {
  template <class Io, class M>
  static void visit(Io& /*io*/, M& /*m*/) {}
};

template <>
struct Fields<GetAuthorizationCookieRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("accountName", m.account_name);
    io.text("accountGuid", m.account_guid);
  }
};

template <>
struct Fields<GetCookieRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.list("authCookies", "AuthorizationCookie", m.auth_cookies);
    io.child("oldCookie", m.old_cookie);
    io.text("protocolVersion", m.protocol_version);
  }
};

template <>
struct Fields<GetConfigDataRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    io.text("configAnchor", m.config_anchor);
  }
};

template <>
struct Fields<IdAndDelta> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.guid("Id", m.id);
    io.flag("Delta", m.delta);
  }
};

template <>
struct Fields<LanguageAndDelta> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.number("Id", m.id);
    io.flag("Delta", m.delta);
  }
};

namespace {

// `filter` is an element of its own in the protocol, and no value of its own here.
template <class M>
struct RevisionFilter {
  M& request;
};

}  // namespace

template <class M>
struct Fields<RevisionFilter<M>> {
  template <class Io, class F>
  static void visit(Io& io, F& filter) {
    M& m = filter.request;
    io.text("Anchor", m.anchor);
    io.flag("GetConfig", m.get_config);
    io.list_if_any("Categories", "IdAndDelta", m.categories);
    io.list_if_any("Classifications", "IdAndDelta", m.classifications);
    io.list_if_any("Languages", "LanguageAndDelta", m.languages);
  }
};

template <>
struct Fields<GetRevisionIdListRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    RevisionFilter<M> filter{m};
    io.child("filter", filter);
  }
};

template <>
struct Fields<GetUpdateDataRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    io.list("updateIds", "UpdateIdentity", m.updates);
  }
};

template <>
struct Fields<GetUpdateDecryptionDataRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    io.list("updateIds", "UpdateIdentity", m.updates);
  }
};

template <>
struct Fields<GetDeploymentsRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    io.text("deploymentAnchor", m.deployment_anchor);
    io.text("syncAnchor", m.sync_anchor);
  }
};

template <>
struct Fields<DownloadFilesRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.child("cookie", m.cookie);
    io.base64_list_if_any("fileDigestList", m.file_digests);
  }
};

template <>
struct Fields<PingRequest> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.number_if_any("pingLevel", m.level);
  }
};

}  // namespace internal

template std::string encode(const GetAuthConfigRequest&);
template std::string encode(const GetAuthorizationCookieRequest&);
template std::string encode(const GetCookieRequest&);
template std::string encode(const GetConfigDataRequest&);
template std::string encode(const GetRevisionIdListRequest&);
template std::string encode(const GetUpdateDataRequest&);
template std::string encode(const GetUpdateDecryptionDataRequest&);
template std::string encode(const GetDeploymentsRequest&);
template std::string encode(const DownloadFilesRequest&);
template std::string encode(const PingRequest&);
template GetAuthConfigRequest decode(const SoapBody&);
template GetAuthorizationCookieRequest decode(const SoapBody&);
template GetCookieRequest decode(const SoapBody&);
template GetConfigDataRequest decode(const SoapBody&);
template GetRevisionIdListRequest decode(const SoapBody&);
template GetUpdateDataRequest decode(const SoapBody&);
template GetUpdateDecryptionDataRequest decode(const SoapBody&);
template GetDeploymentsRequest decode(const SoapBody&);
template DownloadFilesRequest decode(const SoapBody&);
template PingRequest decode(const SoapBody&);

}  // namespace ferry::format::wsus
