#include "sim/sampling_cost.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace splitbench {
namespace {

constexpr std::uint64_t kRoundJobs = 16;  // in so many a keeper samples every scope that is calm
constexpr std::uint64_t kRounds = 11;     // the first does not count

double seconds_of(const std::vector<Span>& spans) {
  Time sum{0};
  for (const Span& span : spans) sum += span.end - span.begin;
  return seconds(sum);
}

double quantile_of(const std::vector<double>& ascending, double quantile) {
  return ascending[static_cast<std::size_t>(quantile * static_cast<double>(ascending.size() - 1))];
}

}  // namespace

SamplingCost measure_sampling(const DriftLabSpec& spec) {
  const Pipeline& pipeline = spec.pipeline;
  const KvSource source = KvSource::load(spec.kv, pipeline.model, pipeline.element_type, spec.seed);
  const BackendSpec of{.pipeline = pipeline,
                       .source = source,
                       .kv_bytes = pipeline.memory_of(spec.tokens),
                       .slots = 1};
  const auto backend = spec.cuda ? make_cuda_backend(of) : make_cpu_backend(of);
  const std::vector<Chunk> chunks = pipeline.chunks(spec.tokens);
  Job job{.id = 0, .arm = Arm::splitzip};
  job.requests.push_back({.id = 0, .prompt_tokens = spec.tokens, .output_tokens = 1});
  backend->fill(job, 0, 0, chunks.back().pieces.back().tensor + 1);

  CodebookKeeper keepers[] = {lab_keeper({.policy = DriftPolicy::none}, pipeline, source),
                              lab_keeper({.policy = DriftPolicy::recalibrate}, pipeline, source)};
  std::vector<double> shares;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    double times[2] = {0, 0};
    for (std::uint64_t i = 0; i < 2 * kRoundJobs; ++i) {
      CodebookKeeper& keeper = keepers[i % 2];
      job.id = round * kRoundJobs + i / 2 + 1;
      for (const Chunk& chunk : chunks) {
        const Packed packed =
            backend->pack(job, 0, chunk, keeper.plan(job, chunk), {.slot = backend->slot(0)});
        keeper.learn(job, chunk, packed.pieces);
        times[i % 2] += seconds_of(packed.spans);
      }
    }
    if (round > 0) shares.push_back(times[1] / times[0] - 1);
  }
  std::ranges::sort(shares);
  return {.share = quantile_of(shares, 0.5),
          .noise = quantile_of(shares, 0.75) - quantile_of(shares, 0.25),
          .rounds = shares.size(),
          .round_bytes = kRoundJobs * spec.tokens * pipeline.bytes_per_token()};
}

}  // namespace splitbench
