#include <algorithm>

#include "codec/exponent_statistics.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/job.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kParts = 4;  // of each tensor
constexpr std::uint32_t kMostLayers = 16;

/// Returns the tensors of layers that lie evenly from the first to the last, numbered as in a chunk
/// plan.
std::vector<std::uint32_t> tensors_of(const ModelGeometry& model) {
  const auto classes = static_cast<std::uint32_t>(model.tensor_classes().size());
  const std::uint32_t layers = std::min(model.layers, kMostLayers);
  std::vector<std::uint32_t> tensors;
  for (std::uint32_t i = 0; i < layers; ++i) {
    const auto layer = static_cast<std::uint32_t>(std::uint64_t{i} * model.layers / layers);
    for (std::uint32_t each = 0; each < classes; ++each) tensors.push_back(layer * classes + each);
  }
  return tensors;
}

/// Returns a job of one request whose tensors have `bytes` each, or a little more.
Job job_of(std::uint64_t bytes, std::uint64_t row_bytes) {
  Job job;
  job.requests.push_back({.prompt_tokens = (bytes + row_bytes - 1) / row_bytes});
  return job;
}

}  // namespace

BenchElements run_elements(const Scenario& scenario, bool cuda) {
  const ModelGeometry& model = scenario.pipeline.model;
  const ElementType type = scenario.pipeline.element_type;
  const KvSource source = KvSource::load(scenario.kv, model, type, scenario.seed);
  const Job job = job_of(kParts * kRunPartBytes, model.width() * element_bytes(type));
  const std::vector<std::uint32_t> tensors = tensors_of(model);
  std::vector<std::byte> all(tensors.size() * kParts * kRunPartBytes);
  for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor)
    for (std::uint64_t part = 0; part < kParts; ++part) {
      const std::uint64_t at = cuda ? part * tensors.size() + tensor : tensor * kParts + part;
      source.copy(job, tensors[tensor], part * kRunPartBytes / element_bytes(type),
                  std::span(all).subspan(at * kRunPartBytes, kRunPartBytes));
    }
  const std::size_t piece = cuda ? all.size() : kParts * kRunPartBytes;
  std::vector<BenchSource> pieces;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    const std::span<const std::byte> raw = std::span(all).subspan(at, piece);
    pieces.push_back({raw, calibrated(exponent_histogram(raw, type), type)});
  }
  return take_elements(pieces, type);
}

}  // namespace splitbench
