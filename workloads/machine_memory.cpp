#include "workloads/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <unistd.h>

namespace splitbench {

std::uint64_t machine_memory() {
  const auto bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                     static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::ifstream file("/sys/fs/cgroup/memory.max");
  std::uint64_t group = 0;
  return file >> group ? std::min(bytes, group) : bytes;  // it says "max" if there is no limit
}

}  // namespace splitbench
