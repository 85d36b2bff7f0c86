#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "network/link/fluid_link.hpp"
#include "sim/run/virtual/modelled_fleet.hpp"
#include "sim/run/virtual/scheduled_engine.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {

/// The workers of a scenario without faults, in virtual time. Everything happens when it would by
/// the policies of PrefillWorker and DecodeWorker, to the nanosecond, but a chunk costs a single
/// event, the moment when it has left its sender. That moment frees a slot and tells when the chunk
/// arrives. The rest follows by maxima and sums: a chunk is packed when its group is computed, a
/// slot is free and a pack may begin; it is offered when it is packed and a credit is back; a
/// credit is back when the chunk that had it is unpacked. Where two prefill workers do the same at
/// one moment, the other one may be first. All references must outlive the fleet. Not thread-safe.
class ComputedFleet final : public ModelledFleet {
 public:
  ComputedFleet(VirtualLoop&, const Scenario&, CodebookKeeper::Spec, PrefillCosts&, DecodeCosts&);
  ~ComputedFleet() override;

  void bring_up(PrefillObserver&, DecodeObserver&, Supervisor*) override;
  void start(const Job&) override;
  void connect(const FlowId&, std::uint64_t session) override;

  /// Throws std::logic_error: without faults nothing is lost.
  void drop(Member, std::uint64_t job) override;
  void end(Member) override;
  void restart(Member) override;

 private:
  struct Moving;
  struct Producer;
  struct Consumer;
  struct Flow;
  struct Landed;

  Producer& producer(const Moving&);
  Consumer& consumer(const Moving&);
  Flow& flow(const FlowId&);
  Flow& flow(const Moving&);

  void compute_next(Producer&);
  /// Computes the packs that nothing but time keeps from beginning. What is at `now` or before is
  /// known.
  void pack_ahead(Producer&, Time now);
  /// Returns when a slot that is free now takes the job's next chunk; nothing if that is not known
  /// yet.
  std::optional<Time> pack_begin(const Producer&, const Moving&, Time now);
  /// Gives a job of arm auto its arm. Returns false if it is too early for that.
  bool has_arm(Producer&, Moving&, Time begin, Time now);
  void pack(Producer&, Moving&, Time begin, Time now);
  /// Lets the keeper learn what it would have learned by then.
  void learn(Producer&, Time upto);
  /// Returns a turn behind all before, and behind those of jobs.
  std::uint64_t next_turn() { return (std::uint64_t{1} << 63) + turns_++; }
  /// Offers those chunks of which it is known when they have a credit.
  void offer_waiting(Flow&);
  void end_sending(Moving&);

  /// Goes along with the wire up to the next task of the loop.
  void follow_wire();
  void take_ended(Time now);
  void arrive(const Landed&, Time now);
  void watch();

  void install(Moving&);
  void check(Moving&);
  void applied(Moving&);
  void release(Moving&);

  VirtualLoop& loop_;
  const Pipeline& pipeline_;
  const bool learns_, jitters_;
  const std::uint32_t credits_;  // of a flow
  PrefillCosts& prefill_costs_;
  DecodeCosts& decode_costs_;
  const CodebookKeeper::Spec codebooks_;
  PrefillObserver* prefill_observer_ = nullptr;
  DecodeObserver* decode_observer_ = nullptr;
  Supervisor* supervisor_ = nullptr;

  FluidLink link_;
  std::vector<std::unique_ptr<Producer>> producers_;
  std::vector<std::unique_ptr<Consumer>> consumers_;
  std::vector<Flow> flows_;  // sender-major
  std::uint64_t turns_ = 0;
  // Kept for their memory.
  std::vector<Landed> landed_;
  std::vector<Coding> codings_;
  std::vector<CodedPiece> pieces_;
  VirtualTimer timer_ = VirtualTimer::of<&ComputedFleet::follow_wire>(loop_, this);
  Time watched_ = Time::max();  // the timer is set for it
};

}  // namespace splitbench
