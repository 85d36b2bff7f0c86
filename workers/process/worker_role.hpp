#pragma once
#include <asio/io_context.hpp>
#include <memory>

#include "network/tcp/handshake.hpp"
#include "workers/process/control_channel.hpp"

namespace splitbench {

/// A worker that has been set up, as its coordinator sees it: it does what each control message
/// says, and tells what happens.
class WorkerRole {
 public:
  virtual ~WorkerRole() = default;
  /// Throws ProtocolError for a message that this role has no use for.
  virtual void handle(const ControlMessage&) = 0;
};

/// Both have told the coordinator that they are ready when they return. References must outlive
/// the role.
std::unique_ptr<WorkerRole> make_prefill_role(asio::io_context&, const WorkerSetup&, const Secret&,
                                              ControlChannel&);
std::unique_ptr<WorkerRole> make_decode_role(asio::io_context&, const WorkerSetup&, const Secret&,
                                             ControlChannel&);

}  // namespace splitbench
