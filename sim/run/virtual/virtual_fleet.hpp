#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/run/dispatch/fault_injector.hpp"
#include "sim/run/virtual/modelled_fleet.hpp"
#include "sim/run/virtual/scheduled_engine.hpp"
#include "sim/run/virtual/virtual_wire.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {

/// The workers of a scenario and the wires between them, in virtual time. All references must
/// outlive it. A worker that died stays in memory, but receives and sends nothing. For one that
/// stands still, everything that it receives and sends waits, while its device goes on. Not
/// thread-safe.
class VirtualFleet final : public ModelledFleet, public FaultTarget {
 public:
  VirtualFleet(VirtualLoop&, const Scenario&, CodebookKeeper::Spec, PrefillCosts&, DecodeCosts&);
  ~VirtualFleet() override;

  /// Creates the workers; connect() and inject() need a supervisor.
  void bring_up(PrefillObserver&, DecodeObserver&, Supervisor*) override;

  void start(const Job&) override;
  void drop(Member, std::uint64_t job) override;
  void end(Member) override;
  void restart(Member) override;
  void connect(const FlowId&, std::uint64_t session) override;

  void inject(const FaultSpec&) override;

 private:
  class GatedObserver;
  struct PrefillEnd;
  struct DecodeEnd;

  void make(Member);
  Gate& gate(const Member&);
  void stop(const Member&, const FaultSpec&);
  void hold(const FlowId&, Time duration);
  void lose(const FlowId&, const std::string& why);

  VirtualLoop& loop_;
  const Scenario& scenario_;
  const CodebookKeeper::Spec codebooks_;
  PrefillCosts& prefill_costs_;
  DecodeCosts& decode_costs_;
  PrefillObserver* prefill_observer_ = nullptr;
  DecodeObserver* decode_observer_ = nullptr;
  Supervisor* supervisor_ = nullptr;
  VirtualWire wire_;
  std::vector<std::unique_ptr<PrefillEnd>> prefill_, dead_prefill_;
  std::vector<std::unique_ptr<DecodeEnd>> decode_, dead_decode_;
};

}  // namespace splitbench
