#pragma once
#include <algorithm>
#include <chrono>
#include <span>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace splitbench {

/// The work that a machine did for others than this run, as a mean number of busy cores.
struct OtherLoad {
  double others = 0;  ///< programs that are not of this run
  double stolen = 0;  ///< time that the hypervisor gave to other machines
};

/// Returns whether other work is likely to have slowed down what was timed meanwhile: more than a
/// quarter of a core of it, or on a large machine a twentieth of all cores.
inline bool is_disturbed(const OtherLoad& load,
                         unsigned cores = std::thread::hardware_concurrency()) {
  return load.others + load.stolen > std::max(0.25, 0.05 * cores);
}

/// Watches how busy the machine is besides this process and some others, by /proc. Where that is
/// missing it sees no load. Not thread-safe.
class MachineLoad {
 public:
  /// Begins to watch; `own` are the processes that belong to this run besides this one.
  explicit MachineLoad(std::vector<pid_t> own);

  /// Returns the load since this object was made; none if that is less than half a second ago, in
  /// which the kernel's ticks of 10 ms do not tell. A process of `own` that has ended or been
  /// replaced since counts as others, as far as it ran.
  OtherLoad since() const;

 private:
  struct Ticks {
    double busy = 0, stolen = 0, all = 0;
    double own = 0;
  };
  Ticks now() const;

  std::vector<pid_t> own_;
  std::chrono::steady_clock::time_point made_ = std::chrono::steady_clock::now();
  Ticks begin_;
};

}  // namespace splitbench
