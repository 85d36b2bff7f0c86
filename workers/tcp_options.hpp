#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

#include "network/connection.hpp"
#include "network/secret.hpp"
#include "workers/settings.hpp"

namespace splitbench {

/// Where a worker's staging slots lie.
using SlotMemory = std::function<std::span<std::byte>(std::uint32_t slot)>;

/// What both ends of the TCP transport go by.
struct TcpOptions {
  Secret secret;
  TransportOptions transport;
  std::chrono::milliseconds silence{8000};  ///< after which a peer is given up
  std::uint32_t credits = 0;                ///< of each sender: its share of a receiver's slots
  std::uint64_t slot_bytes = 0;
  std::uint64_t pacing =
      0;  ///< bytes per second, by the kernel, of each of a sender's sockets; 0: none
  /// What both sides must agree on, by name: a peer with others is refused at the handshake.
  nlohmann::json terms;

  ConnectionOptions connection() const {
    return {.payload_hash = transport.payload_hash, .silence = silence};
  }
};

}  // namespace splitbench
