#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "workers/process/cores.hpp"

namespace splitbench {

/// The devices that this process may use, as CUDA_VISIBLE_DEVICES would name them; that of CUDA's
/// device i is the i-th.
std::vector<std::string> visible_gpus();

/// Which of the machine's devices each worker of a run has, by number: they take those of `listed`
/// in turn, or where that is empty all there are. Throws InputError for one that there is not.
std::vector<std::uint32_t> take_gpus_in_turn(std::span<const std::uint32_t> listed,
                                             std::size_t present, std::size_t workers);

/// The same of a scenario on this machine, prefill workers first.
std::vector<std::uint32_t> gpus_of_workers(const Scenario&);

/// What CUDA_VISIBLE_DEVICES is to be for a worker: its own device first, which is then the current
/// one of each of its threads, and behind it those of the others, for it may reach their memory.
std::string visible_to(std::size_t worker, std::span<const std::uint32_t> gpus,
                       std::span<const std::string> names);

/// Whether two workers have the same device.
bool is_shared(std::vector<std::uint32_t> gpus);

/// Which cores each worker is to run on; `gpus` is empty where they have none.
std::vector<Cores> cores_of_workers(std::span<const std::uint32_t> gpus, std::size_t workers);

}  // namespace splitbench
