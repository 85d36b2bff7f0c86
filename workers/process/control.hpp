#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/cuda/device.hpp"
#include "network/tcp/message.hpp"
#include "network/tcp/outbox.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/events.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/settings.hpp"
#include "workers/process/worker_setup.hpp"
#include "workers/transport/flow_memory.hpp"

// What the coordinator and a worker say to each other: one JSON object a message, its "type" beside
// its fields. How each type is called on the wire stands in control.cpp.

namespace splitbench {

// From the coordinator to a worker, beside WorkerSetup, which is the first, and Job.

/// Where a prefill worker finds a decode worker, and the session to connect under.
struct Connect {
  std::uint32_t decode = 0;
  std::string address;
  std::uint16_t port = 0;
  std::uint64_t session = 0;
  std::vector<MemoryHandles> memory;  ///< one, where there is something to open
};

/// Asks a worker how fast it packs or unpacks.
struct ProbeOrder {
  std::uint64_t tokens = 0;  ///< of a job like the run's
  Arm arm = Arm::raw;        ///< whose codec is timed, always on and the same; raw: none
  bool speeds = false;       ///< each stage's speed is wanted, too
};

/// The hardware profile by which a prefill worker judges from now on: what workers have measured.
struct MeasuredSpeeds {
  HardwareProfile hardware;
};

struct Drop {
  std::uint64_t job = 0;
};

/// A fault that a worker is to make itself.
struct Strike {
  FaultKind fault = FaultKind::cut;
  std::uint32_t peer = 0;  ///< the worker at the other end of the flow
  std::chrono::nanoseconds duration{0};
};

/// Returns how a connection behaves under a fault of a flow.
Mischief::Kind mischief_of(FaultKind);

/// The next run begins: a prefill worker begins anew with its codebooks.
struct Renew {};
/// Asks for a Pong.
struct Ping {};
/// Ends a worker.
struct Stop {};

// From a worker to the coordinator, beside the events.

/// A worker is set up. The rest is of decode workers.
struct Ready {
  std::uint16_t port = 0;
  std::vector<MemoryHandles> memory;  ///< for each prefill worker, if they are to open it
};

/// A prefill worker's flow came up.
struct FlowUp {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
  std::uint64_t session = 0;
  std::string congestion_control;  ///< of its sockets
};

/// A worker at either end of a flow lost it.
struct FlowLost {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
  std::uint64_t session = 0;
  std::string why;
};

/// A message of a flow came twice.
struct Duplicate {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
};

/// How fast a worker packs or unpacks with nobody beside it, and how well it knows when.
struct Probe {
  double codec = 0;                         ///< median_cost of chunks of the order's arm
  std::chrono::nanoseconds clock_error{0};  ///< most so far, of what a device stamped
  WorkerSpeeds speeds;                      ///< if they were wanted
};

/// A worker lives.
struct Alive {};
struct Pong {};
/// A worker cannot go on.
struct Failed {
  std::string why;
};

using ControlMessage =
    std::variant<WorkerSetup, Connect, ProbeOrder, MeasuredSpeeds, Job, Drop, Strike, Renew, Ping,
                 Stop, Ready, FlowUp, FlowLost, Duplicate, Probe, Alive, Pong, Failed, PrefillBegan,
                 PrefillComputed, PrefillReleased, Installed, Finished, Verified, Dropped, Refused>;

std::string control_text(const ControlMessage&);
/// Throws ProtocolError for what is no message, and for one whose fields are missing or of another
/// type.
ControlMessage read_control(std::string_view text);

/// Returns the error that a message is which its receiver has no use for.
ProtocolError unexpected(const ControlMessage&);

/// Handlers of messages by their type, for std::visit.
template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace splitbench
