#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace splitbench {

/// The medium that carries payloads from worker to worker: sockets, host memory that both map, or
/// the memory of the receiver's device, which the sender's device can access. `automatic` stands
/// for one of them until choose_path (sim/path/path_choice.hpp) has chosen.
enum class TransportKind { automatic, tcp, shm, p2p };

/// The path of payloads: through the sockets, or in buffers that both ends can access, so that only
/// the number of a buffer goes through the sockets.
enum class Payload { in_band, lent };

/// The properties in which transports differ. The memory that a transport's payloads lie in is made
/// by make_flow_memory.
struct TransportTraits {
  TransportKind kind = TransportKind::tcp;
  std::string_view name;     ///< name in scenarios, in reports and in what both ends must agree on
  std::string_view synonym;  ///< alternative name in scenarios, or empty
  std::string_view lies_in;  ///< location of lent payloads, in a report's words
  Payload payload = Payload::in_band;
  /// True if lost workers and flows can be replaced, so that their faults can be injected.
  bool recovers = false;
  bool leaves_host = false;    ///< workers need not be on one host
  bool shared_memory = false;  ///< buffers are host memory that the coordinator makes for all
  /// True if buffers are memory of the receiver's device. Workers need GPUs that can access each
  /// other's memory, and a chunk is copied at the device-to-device rate, without a copy at the
  /// receiver.
  bool device_memory = false;
};

/// A transport that is still to be chosen may do whatever some transport can.
inline constexpr std::array kTransports{
    TransportTraits{
        .kind = TransportKind::automatic, .name = "auto", .recovers = true, .leaves_host = true},
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

/// Returns the traits of a transport; the reference is valid for the whole program.
constexpr const TransportTraits& traits_of(TransportKind kind) {
  return *std::ranges::find(kTransports, kind, &TransportTraits::kind);
}

}  // namespace splitbench
