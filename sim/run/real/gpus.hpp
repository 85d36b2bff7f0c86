#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "workers/process/cores.hpp"

namespace splitbench {

/// Returns the names of the devices that this process may use, as CUDA_VISIBLE_DEVICES would have
/// them; element i is CUDA's device i.
std::vector<std::string> visible_gpus();

/// Returns the device number of each of `workers` workers: they take the devices of `listed` in
/// turn, or all `present` ones if it is empty. Throws InputError if a listed device, or any device,
/// is missing.
std::vector<std::uint32_t> take_gpus_in_turn(std::span<const std::uint32_t> listed,
                                             std::size_t present, std::size_t workers);

/// Returns the device number of each shard of each worker of a scenario on this machine, prefill
/// workers first: ranks take the devices in turn, and shards have those of their ranks. Throws
/// InputError as above.
std::vector<std::uint32_t> gpus_of_workers(const Scenario&);

/// Returns whether a scenario's backend is cuda, or is left to the machine and that has a device.
bool is_on_cuda(const Scenario&);

/// The device numbers of a prefill worker and of a decode worker that it sends to.
struct DevicePair {
  int from, to;
};

/// Returns the devices of each prefill worker with each decode worker, shard by shard, in the order
/// of workers.
/// Throws InputError as above.
std::vector<DevicePair> device_pairs(const Scenario&);

/// Returns what CUDA_VISIBLE_DEVICES is to be for a worker: its own device first, which is then the
/// current one of each of its threads, followed by those of the others, whose memory it may reach.
/// `gpus` holds the device of each worker, and `names` is visible_gpus().
std::string visible_to(std::size_t worker, std::span<const std::uint32_t> gpus,
                       std::span<const std::string> names);

/// Returns whether two workers have the same device.
bool is_shared(std::vector<std::uint32_t> gpus);

/// Returns the cores that each worker is to run on; `gpus` is empty if the workers have none.
std::vector<Cores> cores_of_workers(std::span<const std::uint32_t> gpus, std::size_t workers);

}  // namespace splitbench
