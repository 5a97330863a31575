// SPDX-License-Identifier: Apache-2.0
// What a server throws where the protocol asks for a fault.
#pragma once

#include <string>

#include "common/error.h"
#include "format/wsus/soap.h"

namespace ferry::format::wsus {

struct ProtocolFault : Error {
  // `text` is for people; `message` is what the protocol wants beside the code, such as a parameter's name.
  ProtocolFault(FaultCode fault_code, std::string text, std::string fault_message)
      : Error(std::move(text)), fault(fault_code), message(std::move(fault_message)) {}

  [[nodiscard]] static ProtocolFault parameter(std::string name, std::string text) {
    return {FaultCode::invalid_parameters, std::move(text), std::move(name)};
  }

  FaultCode fault;
  std::string message;
};

}  // namespace ferry::format::wsus
