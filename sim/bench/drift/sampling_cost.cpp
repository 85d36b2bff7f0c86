#include "sim/bench/drift/sampling_cost.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kRoundJobs = 16;
constexpr std::uint64_t kRounds = 11;  // the first does not count

double seconds_of(const StageSpans& spans) {
  Time sum{0};
  for (const Span& span : spans) sum += span.end - span.begin;
  return seconds(sum);
}

SamplingCost::Share share_of(std::vector<double> rounds) {
  std::ranges::sort(rounds);
  return {.median = quantile(rounds, 0.5), .noise = interquartile_range(rounds)};
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

  enum Way { never, watching, always };
  CodebookKeeper calm = lab_keeper({.policy = DriftPolicy::none}, pipeline, source);
  CodebookKeeper watchful = lab_keeper({.policy = DriftPolicy::recalibrate}, pipeline, source);
  std::array<std::vector<double>, 3> shares;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::array<double, 3> times{};
    for (std::uint64_t i = 0; i < times.size() * kRoundJobs; ++i) {
      const auto way = static_cast<Way>(i % times.size());
      CodebookKeeper& keeper = way == watching ? watchful : calm;
      ++job.id;
      for (const Chunk& chunk : chunks) {
        std::vector<Coding> codings = keeper.plan(job, chunk);
        if (way == always)
          for (Coding& coding : codings) coding.sample = true;
        const Packed packed = backend->pack(job, 0, chunk, codings, {.slot = backend->slot(0)});
        keeper.learn(job, chunk, packed.pieces);
        times[way] += seconds_of(packed.spans);
      }
    }
    if (round == 0) continue;
    for (const Way way : {watching, always}) shares[way].push_back(times[way] / times[never] - 1);
  }
  return {.watching = share_of(shares[watching]),
          .always = share_of(shares[always]),
          .rounds = shares[watching].size(),
          .round_bytes = kRoundJobs * pipeline.raw_bytes(spec.tokens)};
}

}  // namespace splitbench
