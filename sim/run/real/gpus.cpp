#include "sim/run/real/gpus.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <sstream>

#include "codec/cuda/device.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

std::vector<std::string> visible_gpus() {
  const auto present = static_cast<std::size_t>(cuda_device_count());
  std::vector<std::string> names;
  if (const char* named = std::getenv("CUDA_VISIBLE_DEVICES")) {
    std::istringstream list(named);
    for (std::string name; std::getline(list, name, ',');) names.push_back(name);
    names.resize(std::min(names.size(), present));  // CUDA ignores everything after an invalid one
  } else {
    for (std::size_t i = 0; i < present; ++i) names.push_back(std::to_string(i));
  }
  return names;
}

std::vector<std::uint32_t> take_gpus_in_turn(std::span<const std::uint32_t> listed,
                                             std::size_t present, std::size_t workers) {
  for (const std::uint32_t gpu : listed)
    if (gpu >= present)
      throw InputError(
          fmt::format("gpu: there is no device {}, only {} of them, from 0 on", gpu, present));
  if (present == 0) throw InputError("gpu: there is no device");
  std::vector<std::uint32_t> gpus;
  for (std::size_t worker = 0; worker < workers; ++worker)
    gpus.push_back(listed.empty() ? static_cast<std::uint32_t>(worker % present)
                                  : listed[worker % listed.size()]);
  return gpus;
}

std::vector<std::uint32_t> gpus_of_workers(const Scenario& scenario) {
  const auto& [shards, of_prefill_rank, of_decode_rank] = scenario.pipeline.shards;
  const std::uint32_t prefill = scenario.workers.prefill * shards / of_prefill_rank;  // ranks
  const std::uint32_t decode = scenario.workers.decode * shards / of_decode_rank;
  const std::vector<std::uint32_t> of_ranks =
      take_gpus_in_turn(scenario.gpu, visible_gpus().size(), prefill + decode);
  std::vector<std::uint32_t> gpus;
  for (std::uint32_t rank = 0; rank < prefill + decode; ++rank)
    gpus.insert(gpus.end(), rank < prefill ? of_prefill_rank : of_decode_rank, of_ranks[rank]);
  return gpus;
}

bool is_on_cuda(const Scenario& scenario) {
  return scenario.backend == BackendKind::cuda ||
         (scenario.backend == BackendKind::automatic && cuda_available());
}

std::vector<DevicePair> device_pairs(const Scenario& scenario) {
  const std::vector<std::uint32_t> gpus = gpus_of_workers(scenario);
  const std::uint32_t shards = scenario.pipeline.shards.count;
  const std::uint32_t senders = scenario.workers.prefill * shards;
  std::vector<DevicePair> pairs;
  for (std::uint32_t from = 0; from < senders; ++from)
    for (std::size_t to = senders + from % shards; to < gpus.size(); to += shards)
      pairs.push_back({static_cast<int>(gpus[from]), static_cast<int>(gpus[to])});
  return pairs;
}

std::string visible_to(std::size_t worker, std::span<const std::uint32_t> gpus,
                       std::span<const std::string> names) {
  std::vector<std::uint32_t> seen = {gpus[worker]};
  for (const std::uint32_t gpu : gpus)
    if (std::ranges::find(seen, gpu) == seen.end()) seen.push_back(gpu);
  std::vector<std::string> list;
  for (const std::uint32_t gpu : seen) list.push_back(names[gpu]);
  return fmt::format("{}", fmt::join(list, ","));
}

bool is_shared(std::vector<std::uint32_t> gpus) {
  std::ranges::sort(gpus);
  return std::ranges::adjacent_find(gpus) != gpus.end();
}

std::vector<Cores> cores_of_workers(std::span<const std::uint32_t> gpus, std::size_t workers) {
  std::vector<Cores> near;
  for (std::size_t worker = 0; worker < workers; ++worker)
    near.push_back(gpus.empty() ? allowed_cores()
                                : cores_near(cuda_device_bus_id(static_cast<int>(gpus[worker]))));
  return share_cores(near);
}

}  // namespace splitbench
