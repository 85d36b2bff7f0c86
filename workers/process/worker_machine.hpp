#pragma once
#include <asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "codec/plugin/call_watch.hpp"
#include "network/link/shared_link.hpp"
#include "network/real_loop.hpp"
#include "workers/device/backend.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/timing.hpp"
#include "workers/plan/transfer_estimate.hpp"
#include "workers/process/control_channel.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/flow_options.hpp"

namespace splitbench {

/// The resources that a set-up worker owns, whichever its role. Sends Alive every half second, or
/// every quarter of the heartbeat timeout if that is shorter, and throws std::runtime_error out of
/// the io_context when a call into a codec's shared library has not returned within that timeout.
/// Not thread-safe: it lives on the io_context's thread. The io_context and the channel must
/// outlive it.
class WorkerMachine {
 public:
  /// Binds the calling thread to the setup's cores, then makes the resources; the setup is copied.
  /// Loads the shared libraries of the arms' codecs, and throws BadLibrary if one is none.
  WorkerMachine(asio::io_context&, const WorkerSetup&, ControlChannel&);

  /// Makes the memory of the worker's flows. It refers to this object's slots and KV memory.
  std::unique_ptr<FlowMemory> flow_memory(bool prefill) const;
  FlowOptions flow_options(const Secret&) const;
  /// Makes the event loop spin instead of sleep for the next 20 ms, if it may spin at all: a job or
  /// a chunk was begun or has arrived, and others will follow.
  void attend();
  /// Returns how long lanes spin for: as long, on the same condition.
  Time lane_spin() const;
  /// Returns the spec of a codebook keeper that decides by the scenario's hardware profile.
  CodebookKeeper::Spec codebooks() const { return codebooks(estimate(setup.hardware)); }
  /// Returns the spec of a codebook keeper that decides by the speeds that the workers have
  /// measured.
  CodebookKeeper::Spec codebooks_by(const HardwareProfile& measured) const;
  /// Takes the measurements that an order asks for; chunks pass through the staging slots of a
  /// flow. Blocks. No job may be under way.
  Probe probe(bool prefill, const ProbeOrder&, SlotMemory slots);

  asio::io_context& io;
  const WorkerSetup setup;
  ControlChannel& channel;
  RealLoop loop;
  SharedLink link;
  KvSource source;
  ComputeModel compute;
  std::unique_ptr<Backend> backend;

 private:
  std::vector<Baseline> added_codecs() const;
  TransferEstimate estimate(const HardwareProfile&) const;
  CodebookKeeper::Spec codebooks(const TransferEstimate&) const;
  void show_life();

  std::shared_ptr<CallWatch> calls_ = std::make_shared<CallWatch>();  // into codecs' libraries
};

/// Sends the events of a worker's policy to the coordinator.
class Reporter final : public PrefillObserver, public DecodeObserver {
 public:
  explicit Reporter(ControlChannel& channel) : channel_(channel) {}

  void on(const PrefillBegan& e) override { channel_.send(e); }
  void on(const PrefillComputed& e) override { channel_.send(e); }
  void on(PrefillReleased e) override { channel_.send(std::move(e)); }
  void on(Installed e) override { channel_.send(std::move(e)); }
  void on(Finished e) override { channel_.send(std::move(e)); }
  void on(const Verified& e) override { channel_.send(e); }
  void on(const Dropped& e) override { channel_.send(e); }
  void on(const Refused& e) override { channel_.send(e); }

 private:
  ControlChannel& channel_;
};

}  // namespace splitbench
