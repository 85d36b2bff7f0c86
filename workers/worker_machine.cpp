#include "workers/worker_machine.hpp"

#include <algorithm>
#include <thread>

#include "workers/chunk_plan.hpp"

namespace splitbench {
namespace {

/// How long before a moment a worker begins to spin for it: only where each of its threads, and a
/// few others, can have a core to themselves.
Time spin_of(const WorkerSetup& setup) {
  const std::uint32_t workers = setup.prefill_workers + setup.decode_workers;
  return std::thread::hardware_concurrency() >= 5 * workers ? RealLoop::kSpin : Time{0};
}

}  // namespace

WorkerMachine::WorkerMachine(asio::io_context& context, const WorkerSetup& s,
                             ControlChannel& coordinator)
    : io(context),
      setup(s),
      channel(coordinator),
      loop(context, spin_of(s)),
      link(SharedLink::attach(s.link_descriptor)),
      source(KvSource::load(s.kv, s.pipeline.model, s.seed)),
      compute{s.pipeline.model, s.hardware, s.compute_scale} {
  const BackendSpec spec{setup.pipeline, source, setup.kv_bytes};
  backend = s.backend == BackendKind::cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  show_life();
}

void WorkerMachine::show_life() {
  constexpr Time kHeartbeat{500'000'000};
  channel.send("alive", nlohmann::json::object());
  loop.after(std::min(kHeartbeat, setup.heartbeat_timeout / 4), [this] { show_life(); });
}

TcpOptions WorkerMachine::tcp_options(const Secret& secret) const {
  const StagingPlan staging = plan_staging(setup.pipeline.staging);
  return {.secret = secret,
          .transport = setup.transport,
          .silence = std::chrono::ceil<std::chrono::milliseconds>(setup.heartbeat_timeout),
          .credits = staging.credits_per_sender(setup.prefill_workers),
          .slot_bytes = staging.slot_bytes,
          .terms = {{"model", setup.pipeline.model.name},
                    {"elements_per_token", setup.pipeline.model.elements_per_token()},
                    {"layers", setup.pipeline.model.layers},
                    {"kv_dtype", "bf16"},
                    {"layers_per_group", setup.pipeline.layers_per_group()},
                    {"chunk_bytes", staging.chunk_bytes}}};
}

}  // namespace splitbench
