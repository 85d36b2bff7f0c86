#include "workers/codec_probe.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace splitbench {

Probe probe_codec(bool prefill, Backend& backend, const WorkerSetup& setup) {
  constexpr std::uint64_t kTokens = 1024;
  constexpr std::size_t kSamples = 30;
  constexpr auto kPause = std::chrono::milliseconds(5);
  const Pipeline& pipeline = setup.pipeline;
  const std::uint64_t room = setup.kv_bytes / (pipeline.model.elements_per_token() * 2);
  const Job job{.id = 0, .arm = Arm::splitzip, .requests = {{0, std::min(room, kTokens), 1}}};
  const std::vector<Chunk> chunks = pipeline.chunks(job.tokens());
  backend.fill(job, 0, 0, KvLayout(pipeline.model, job).tensors());

  std::vector<double> costs;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const Chunk& chunk = chunks[i % chunks.size()];
    std::this_thread::sleep_for(kPause);
    const Packed packed = backend.pack(job, 0, chunk, 0);
    if (!prefill) std::this_thread::sleep_for(kPause);
    const std::vector<Span> spans =
        prefill ? packed.spans : backend.unpack(job, 0, chunk, 0, packed.payload_bytes);
    for (const Span& span : spans)
      if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
        costs.push_back(static_cast<double>((span.end - span.begin).count()) /
                        static_cast<double>(chunk.elements * 2));
  }
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
  std::ranges::nth_element(costs, middle);
  return {.codec = *middle};
}

}  // namespace splitbench
