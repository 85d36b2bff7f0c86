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
#include "workers/device/codec_cost.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/events.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/settings.hpp"
#include "workers/process/worker_setup.hpp"
#include "workers/transport/flow_memory.hpp"

// The control messages between the coordinator and a worker. A message is one JSON object that
// holds its "type" beside its fields; the names of the types on the wire stand in control.cpp.

namespace splitbench {

// Messages from the coordinator to a worker, besides WorkerSetup, which is the first, and Job: a
// prefill worker starts it, and a decode worker that has its KV lets it join the batch
// (Pipeline::join_on_order).

/// Makes a prefill worker connect to a decode worker under a session.
struct Connect {
  std::uint32_t decode = 0;
  std::string address;
  std::uint16_t port = 0;
  std::uint64_t session = 0;
  std::vector<MemoryHandles> memory;  ///< one element if there is memory to open, else empty
};

/// Asks a worker to measure how fast it packs or unpacks. The answer is a Probe.
struct ProbeOrder {
  std::uint64_t tokens = 0;    ///< size of a job that is typical of the run
  bool speeds = false;         ///< WorkerSpeeds of such a job are wanted
  Arm arm = Arm::raw;          ///< arm whose codec is timed, not `auto`
  std::vector<JobPace> paces;  ///< moments at which its chunks are timed; empty: it is not timed
};

/// The hardware profile by which a prefill worker decides from now on, with the speeds that workers
/// have measured.
struct MeasuredSpeeds {
  HardwareProfile hardware;
};

/// Makes a worker forget a job. The answer is Dropped.
struct Drop {
  std::uint64_t job = 0;
};

/// A fault that a worker is to inject into itself.
struct InjectFault {
  FaultKind fault = FaultKind::cut;
  std::uint32_t remote = 0;  ///< the worker at the other end of the flow
  std::chrono::nanoseconds duration{0};
};

/// Returns the connection's fault for a fault of a flow. Throws std::invalid_argument for other
/// faults.
ConnectionFault::Kind connection_fault(FaultKind);

/// Begins the next run: a prefill worker starts over with its initial codebooks.
struct Renew {};
/// Asks for a Pong.
struct Ping {};
/// Ends a worker.
struct Stop {};

// Messages from a worker to the coordinator, besides the events (events.hpp).

/// Reports that a worker is set up. Only decode workers set the fields.
struct Ready {
  std::uint16_t port = 0;
  std::vector<MemoryHandles> memory;  ///< one element for each prefill worker, or empty
};

/// Reports that a prefill worker's flow is up.
struct FlowUp {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
  std::uint64_t session = 0;
  std::string congestion_control;  ///< the kernel's name for that of the flow's sockets
};

/// Reports that the worker at one end of a flow lost it.
struct FlowLost {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
  std::uint64_t session = 0;
  std::string why;
};

/// Reports that a decode worker received a message of a flow twice.
struct Duplicate {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
};

/// The measured speed of a worker that packs or unpacks alone, and the error of its clock.
struct Probe {
  MedianCost codec;                         ///< cost of the order's arm at its pace
  std::chrono::nanoseconds clock_error{0};  ///< largest error of a device's time stamps so far
  WorkerSpeeds speeds;                      ///< set if they were wanted
};

/// Reports, at regular intervals, that a worker is alive.
struct Alive {};
/// Answers a Ping.
struct Pong {};
/// Reports that a worker cannot go on.
struct Failed {
  std::string why;
};

using ControlMessage =
    std::variant<WorkerSetup, Connect, ProbeOrder, MeasuredSpeeds, Job, Drop, InjectFault, Renew,
                 Ping, Stop, Ready, FlowUp, FlowLost, Duplicate, Probe, Alive, Pong, Failed,
                 PrefillBegan, PrefillComputed, PrefillReleased, Installed, Finished, Verified,
                 Dropped, Refused>;

/// Returns a message as JSON text.
std::string control_text(const ControlMessage&);
/// Parses a message. Throws ProtocolError if the text is not a control message, or if a field is
/// missing or of another type.
ControlMessage read_control(std::string_view text);

/// Returns the error to throw for a message that its receiver does not expect.
ProtocolError unexpected(const ControlMessage&);

/// An overload set of lambdas, for std::visit.
template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang needs it

}  // namespace splitbench
