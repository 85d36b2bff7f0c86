#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace splitbench {

/// What the payloads of chunks cross from worker to worker: sockets, host memory that both see, or
/// the memory of the receiver's device, which the sender's reaches.
enum class TransportKind { tcp, shm, p2p };

/// Whether payloads go through the sockets, or lie in buffers that both ends see, so that only the
/// number of a buffer goes through them.
enum class Payload { in_band, lent };

/// What the rest of the program goes by where transports differ. The memory that a transport's
/// payloads lie in is made by make_flow_memory.
struct TransportTraits {
  TransportKind kind = TransportKind::tcp;
  std::string_view name;     ///< in scenarios, in what both ends must agree on, and in reports
  std::string_view synonym;  ///< which scenarios may say instead of the name; or empty
  std::string_view lies_in;  ///< lent payloads, in a report's words
  Payload payload = Payload::in_band;
  bool recovers = false;  ///< lost workers and flows can be replaced, so there are faults of them
  bool leaves_host = false;    ///< workers need not be on one host
  bool shared_memory = false;  ///< its buffers are host memory that the coordinator makes for all
  /// Its buffers are memory of the receiver's device. Workers need GPUs that reach each other, and
  /// a chunk is copied at the rate from device to device, without a copy at the receiver.
  bool device_memory = false;
};

inline constexpr std::array kTransports{
    TransportTraits{
        .kind = TransportKind::tcp, .name = "tcp", .recovers = true, .leaves_host = true},
    TransportTraits{.kind = TransportKind::shm,
                    .name = "shm",
                    .lies_in = "host memory that both workers map",
                    .payload = Payload::lent,
                    .shared_memory = true},
    TransportTraits{.kind = TransportKind::p2p,
                    .name = "peer",
                    .synonym = "p2p",
                    .lies_in = "the receiver's device memory",
                    .payload = Payload::lent,
                    .device_memory = true}};

constexpr const TransportTraits& traits_of(TransportKind kind) {
  return *std::ranges::find(kTransports, kind, &TransportTraits::kind);
}

}  // namespace splitbench
