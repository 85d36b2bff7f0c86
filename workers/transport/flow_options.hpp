#pragma once
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "network/tcp/connection.hpp"
#include "network/tcp/handshake.hpp"
#include "workers/plan/settings.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// The options of a flow's sender and receiver.
struct FlowOptions {
  Secret secret;
  TransportOptions transport;
  std::chrono::milliseconds silence{8000};  ///< time after which a silent remote end is given up
  std::uint32_t credits = 0;                ///< each sender's share of a receiver's slots
  std::uint64_t slot_bytes = 0;
  Payload payload = Payload::in_band;
  std::uint32_t slots = 0;  ///< lent only: slots of each sender; a flow has slots + credits buffers
  /// Bytes per second to which the kernel paces each of a sender's sockets; 0: no pacing.
  std::uint64_t pacing = 0;
  bool bulk_threads = false;  ///< each stream moves its chunks on a thread of its own
  /// Values that both sides must agree on, by name: a remote end with others is rejected in the
  /// handshake.
  nlohmann::json terms;

  ConnectionOptions connection() const {
    return {
        .payload_hash = transport.payload_hash, .silence = silence, .bulk_threads = bulk_threads};
  }
};

}  // namespace splitbench
