#include "workers/process/worker_machine.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "codec/plugin/codec_library.hpp"
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/codec_probe.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/process/cores.hpp"

namespace splitbench {
namespace {

constexpr Time kAttention{20'000'000};

/// Returns how long before a task's time a worker begins to spin for it: 0 unless each of its
/// threads, and a few others, can have a core to themselves.
Time spin_of(const WorkerSetup& setup) {
  if (!setup.cores.empty()) return RealLoop::kSpin;
  const std::uint32_t workers = setup.prefill_workers + setup.decode_workers;
  return std::thread::hardware_concurrency() >= 5 * workers ? RealLoop::kSpin : Time{0};
}

/// Returns a descriptor of its own for what an inherited one refers to: several workers of a
/// process inherit the same. Throws std::system_error. -1 stays -1.
int own_descriptor(int inherited) {
  if (inherited < 0) return inherited;
  const int own = fcntl(inherited, F_DUPFD_CLOEXEC, 0);
  if (own < 0)
    throw std::system_error(errno, std::generic_category(), "take over an inherited descriptor");
  return own;
}

/// Binds the thread to its cores and returns the setup. Called before any thread or memory is
/// made, so that these are placed near the cores.
const WorkerSetup& bound_to_its_cores(const WorkerSetup& setup) {
  if (!setup.cores.empty()) run_on(setup.cores);
  return setup;
}

}  // namespace

WorkerMachine::WorkerMachine(asio::io_context& context, const WorkerSetup& s,
                             ControlChannel& coordinator)
    : io(context),
      setup(bound_to_its_cores(s)),
      channel(coordinator),
      loop(context, spin_of(s)),
      link(SharedLink::attach(own_descriptor(s.link_descriptor))),
      source(KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, s.seed, s.drift)),
      compute{s.pipeline.model.whole(), s.hardware, s.compute_scale, s.pipeline.element_type,
              s.kv_copies} {
  const TransportTraits& transport = traits_of(s.transport_kind);
  const std::vector<Baseline> added = added_codecs();
  const BackendSpec spec{
      .pipeline = setup.pipeline,
      .source = source,
      .kv_bytes = setup.kv_bytes,
      .slots = transport.payload == Payload::in_band ? s.pipeline.staging_plan().slots : 1,
      .arms = s.arms,
      .added = added,
      .device_staging = transport.device_memory,
      .load_scale = s.compute == ComputeKind::gemm ? std::optional(s.compute_scale) : std::nullopt};
  backend = s.backend == BackendKind::cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  show_life();
}

/// Returns what it takes to run each codec that the scenario adds; nothing for those that no arm
/// has.
std::vector<Baseline> WorkerMachine::added_codecs() const {
  const CodecDevice device =
      setup.backend == BackendKind::cuda ? CodecDevice::cuda : CodecDevice::cpu;
  std::vector<Baseline> added(setup.codecs.size());
  for (const Arm arm : setup.arms)
    if (const auto index = arm.added())
      added.at(*index) = library_baseline(
          std::make_shared<const CodecLibrary>(setup.codecs.at(*index).library, calls_), device,
          setup.pipeline.element_type);
  return added;
}

std::unique_ptr<FlowMemory> WorkerMachine::flow_memory(bool prefill) const {
  return make_flow_memory(
      setup.transport_kind,
      {.prefill = prefill,
       .index = setup.index,
       .prefill_workers = setup.prefill_workers,
       .decode_workers = setup.decode_workers,
       .plan = plan_buffers(setup.pipeline.staging_plan(), setup.prefill_workers),
       .slots = [this](std::uint32_t slot) { return backend->slot(slot); },
       .kv = backend->pool(),
       .shared_descriptor = own_descriptor(setup.staging_descriptor),
       .used_by_device = setup.backend == BackendKind::cuda});
}

TransferEstimate WorkerMachine::estimate(const HardwareProfile& hardware) const {
  return estimate_of(setup.pipeline, hardware, setup.transport_kind, setup.wire_bytes_per_s);
}

CodebookKeeper::Spec WorkerMachine::codebooks(const TransferEstimate& estimate) const {
  return keeper_spec(setup.drift, setup.pipeline, source, estimate);
}

CodebookKeeper::Spec WorkerMachine::codebooks_by(const HardwareProfile& measured) const {
  TransferEstimate by_measured = estimate(measured);
  // The measured speed of a codec includes its copies.
  by_measured.model.fused_encode = by_measured.model.fused_decode = true;
  return codebooks(by_measured);
}

Probe WorkerMachine::probe(bool prefill, const ProbeOrder& order, SlotMemory slots) {
  CodecProbe codecs(prefill, *backend, codebooks(), setup.pipeline, std::move(slots),
                    setup.pipeline.staging_plan().slots);
  Probe found;
  if (!order.paces.empty()) found.codec = codecs.cost(order.arm, order.paces);
  if (order.speeds)
    found.speeds =
        codecs.speeds(std::min(order.tokens, setup.pipeline.tokens_within(setup.kv_bytes)));
  found.clock_error = backend->clock_error();
  return found;
}

Time WorkerMachine::lane_spin() const {
  return spin_of(setup) > Time{0} ? kAttention : Time{0};
}

void WorkerMachine::attend() {
  loop.stay_awake(loop.now() + kAttention);
}

void WorkerMachine::show_life() {
  constexpr Time kHeartbeat{500'000'000};
  if (const auto call = calls_->longer_than(setup.heartbeat_timeout))
    throw std::runtime_error(
        fmt::format("{} has not returned for {} s", *call, seconds(setup.heartbeat_timeout)));
  channel.send(Alive{});
  loop.after(std::min(kHeartbeat, setup.heartbeat_timeout / 4), [this] { show_life(); });
}

FlowOptions WorkerMachine::flow_options(const Secret& secret) const {
  const StagingPlan staging = setup.pipeline.staging_plan();
  return {.secret = secret,
          .transport = setup.transport,
          .silence = std::chrono::ceil<std::chrono::milliseconds>(setup.heartbeat_timeout),
          .credits = staging.credits_per_sender(setup.prefill_workers),
          .slot_bytes = staging.slot_bytes,
          .payload = traits_of(setup.transport_kind).payload,
          .slots = staging.slots,
          .bulk_threads = !setup.cores.empty(),
          .terms = {
              {"model", setup.pipeline.model.name},
              {"elements_per_token", setup.pipeline.model.elements(setup.pipeline.element_type, 1)},
              {"layers", setup.pipeline.model.layers},
              {"kv_dtype", name(setup.pipeline.element_type)},
              {"layers_per_group", setup.pipeline.layers_per_group()},
              {"tokens_per_group", setup.pipeline.tokens_per_group()},
              {"chunk_bytes", staging.chunk_bytes},
              {"slots", staging.slots},
              {"transport", traits_of(setup.transport_kind).name}}};
}

}  // namespace splitbench
