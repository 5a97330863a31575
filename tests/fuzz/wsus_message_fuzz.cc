// SPDX-License-Identifier: Apache-2.0
// SOAP bodies as a server gets them and as a client does: whatever is read at all says the same when it is written.
#include "common/error.h"
#include "format/wsus/messages.h"
#include "format/wsus/update_blob.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace ferry::format::wsus;

template <typename Message>
void try_as(const SoapBody& body) {
  try {
    const std::string once = encode(decode<Message>(body));
    const std::string again = encode(decode<Message>(SoapBody(once, ~0ULL)));
    ferry::fuzz::require(once == again, "a message that was read and written is read as the same");
  } catch (const ferry::FormatError&) {
  }
}

template <typename... Messages>
void try_each(const SoapBody& body) {
  (try_as<Messages>(body), ...);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const SoapBody body(ferry::fuzz::view(data, size), max_response_bytes);
    static_cast<void>(body.requested());
    if (const auto fault = body.fault()) {
      const auto again = SoapBody(encode(*fault), ~0ULL).fault();
      ferry::fuzz::require(again && again->code == fault->code, "a fault keeps its code");
    }
    try_each<GetAuthConfigRequest, GetAuthorizationCookieRequest, GetCookieRequest, GetConfigDataRequest,
             GetRevisionIdListRequest, GetUpdateDataRequest, GetUpdateDecryptionDataRequest, GetDeploymentsRequest,
             DownloadFilesRequest, PingRequest>(body);
    try_each<GetAuthConfigResponse, GetAuthorizationCookieResponse, GetCookieResponse, GetConfigDataResponse,
             GetRevisionIdListResponse, GetUpdateDecryptionDataResponse, GetDeploymentsResponse, DownloadFilesResponse,
             PingResponse, GetUpdateDataResponse>(body);
  } catch (const ferry::FormatError&) {
  }
  return 0;
}
