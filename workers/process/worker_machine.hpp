#pragma once
#include <asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <span>

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

/// Everything that a set-up worker owns, whichever its role. Shows twice a second, or more often if
/// the coordinator is less patient, that it lives.
class WorkerMachine {
 public:
  WorkerMachine(asio::io_context&, const WorkerSetup&, ControlChannel&);

  /// Makes the memory of the worker's flows.
  std::unique_ptr<FlowMemory> flow_memory(bool prefill) const;
  FlowOptions flow_options(const Secret&) const;
  /// A chunk was begun or has come, and others will follow it.
  void attend();
  /// How a keeper begins that judges by the scenario's hardware profile.
  CodebookKeeper::Spec codebooks() const { return codebooks(estimate(setup.hardware)); }
  /// One that judges by what the workers have measured.
  CodebookKeeper::Spec codebooks_by(const HardwareProfile& measured) const;
  /// Asked by the coordinator, which has nothing else under way.
  Probe probe(bool prefill, const ProbeOrder&, std::span<std::byte> slot);

  asio::io_context& io;
  const WorkerSetup setup;
  ControlChannel& channel;
  RealLoop loop;
  SharedLink link;
  KvSource source;
  ComputeModel compute;
  std::unique_ptr<Backend> backend;

 private:
  TransferEstimate estimate(const HardwareProfile&) const;
  CodebookKeeper::Spec codebooks(const TransferEstimate&) const;
  void show_life();
};

/// Tells the coordinator what a worker's policy observes.
class Reporter final : public PrefillObserver, public DecodeObserver {
 public:
  explicit Reporter(ControlChannel& channel) : channel_(channel) {}

  void on(const PrefillBegan& e) override { channel_.send(e); }
  void on(const PrefillComputed& e) override { channel_.send(e); }
  void on(const PrefillReleased& e) override { channel_.send(e); }
  void on(const Installed& e) override { channel_.send(e); }
  void on(const Finished& e) override { channel_.send(e); }
  void on(const Verified& e) override { channel_.send(e); }
  void on(const Dropped& e) override { channel_.send(e); }
  void on(const Refused& e) override { channel_.send(e); }

 private:
  ControlChannel& channel_;
};

}  // namespace splitbench
