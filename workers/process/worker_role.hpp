#pragma once
#include <asio/io_context.hpp>
#include <memory>

#include "network/tcp/handshake.hpp"
#include "workers/process/control_channel.hpp"

namespace splitbench {

/// A worker that has been set up: it carries out each control message and reports events to the
/// coordinator. Not thread-safe: it lives on the io_context's thread.
class WorkerRole {
 public:
  virtual ~WorkerRole() = default;
  /// Carries out a control message. Throws ProtocolError for one that this role does not expect.
  virtual void handle(const ControlMessage&) = 0;
};

// Both functions set a worker up and send Ready before they return. The io_context and the channel
// must outlive the role; the setup and the secret are copied. They throw if the machine lacks
// something that the setup needs, for example Unavailable or CudaError.

/// Makes the role of a prefill worker.
std::unique_ptr<WorkerRole> make_prefill_role(asio::io_context&, const WorkerSetup&, const Secret&,
                                              ControlChannel&);
/// Makes the role of a decode worker, which listens for prefill workers from then on.
std::unique_ptr<WorkerRole> make_decode_role(asio::io_context&, const WorkerSetup&, const Secret&,
                                             ControlChannel&);

}  // namespace splitbench
