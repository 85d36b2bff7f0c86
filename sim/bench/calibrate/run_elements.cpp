#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>

#include "codec/exponent_statistics.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/job.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kParts = 4;  // of each tensor
constexpr std::size_t kMostLayers = 16;

/// Returns the tensors that a codec is for, numbered as in a chunk plan; of many layers' those of
/// some that lie evenly from the first to the last. Throws InputError if there are none.
std::vector<std::uint32_t> tensors_of(const ModelGeometry& model, ElementType type) {
  const std::vector<CacheTensor> all = model.tensors(type);
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_layer;
  for (std::uint32_t tensor = 0; tensor < all.size(); ++tensor)
    if (all[tensor].coded()) by_layer[all[tensor].layer].push_back(tensor);
  if (by_layer.empty())
    throw InputError(fmt::format(
        "model {}: no layer keeps what a codec is for; expected one that has KV", model.name));
  const std::size_t layers = std::min(by_layer.size(), kMostLayers);
  std::vector<std::uint32_t> tensors;
  for (std::size_t i = 0; i < layers; ++i) {
    const auto& of_layer =
        std::next(by_layer.begin(), static_cast<std::ptrdiff_t>(i * by_layer.size() / layers))
            ->second;
    tensors.insert(tensors.end(), of_layer.begin(), of_layer.end());
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
  ModelGeometry model = scenario.pipeline.model;
  for (LayerKind& kind : model.kinds) kind.window = 0;  // a few rows would not do
  const ElementType type = scenario.pipeline.element_type;
  const KvSource source = KvSource::load(scenario.kv, model, type, scenario.seed);
  const Job job = job_of(kParts * kRunPartBytes, model.width() * element_bytes(type));
  const std::vector<std::uint32_t> tensors = tensors_of(model, type);
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
