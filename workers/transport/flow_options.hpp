#pragma once
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "network/tcp/connection.hpp"
#include "network/tcp/handshake.hpp"
#include "workers/plan/settings.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// What both ends of a flow go by.
struct FlowOptions {
  Secret secret;
  TransportOptions transport;
  std::chrono::milliseconds silence{8000};  ///< after which a peer is given up
  std::uint32_t credits = 0;                ///< of each sender: its share of a receiver's slots
  std::uint64_t slot_bytes = 0;
  Payload payload = Payload::in_band;
  std::uint32_t slots = 0;  ///< lent: of each sender; a flow has that many buffers more
  std::uint64_t pacing =
      0;  ///< bytes per second, by the kernel, of each of a sender's sockets; 0: none
  bool bulk_threads = false;  ///< each stream moves its chunks on a thread of its own
  /// What both sides must agree on, by name: a peer with others is refused at the handshake.
  nlohmann::json terms;

  ConnectionOptions connection() const {
    return {
        .payload_hash = transport.payload_hash, .silence = silence, .bulk_threads = bulk_threads};
  }
};

}  // namespace splitbench
