#pragma once
#include <span>
#include <sys/types.h>
#include <vector>

namespace splitbench {

/// The work that a machine did for others than this run, as a mean number of busy cores.
struct OtherLoad {
  double others = 0;  ///< programs that are not of this run
  double stolen = 0;  ///< time that the hypervisor gave to other machines
};

/// Returns whether other work is likely to have slowed down what was timed meanwhile.
constexpr bool is_disturbed(const OtherLoad& load) {
  return load.others + load.stolen > 0.25;
}

/// Watches how busy the machine is besides this process and some others, by /proc. Where that is
/// missing it sees no load. Not thread-safe.
class MachineLoad {
 public:
  /// Begins to watch; `own` are the processes that belong to this run besides this one.
  explicit MachineLoad(std::vector<pid_t> own);

  /// Returns the load since this object was made. A process of `own` that has ended or been
  /// replaced since counts as others, as far as it ran.
  OtherLoad since() const;

 private:
  struct Ticks {
    double busy = 0, stolen = 0, all = 0;
    double own = 0;
  };
  Ticks now() const;

  std::vector<pid_t> own_;
  Ticks begin_;
};

}  // namespace splitbench
