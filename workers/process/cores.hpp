#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace splitbench {

/// Numbers of the system's cores, ascending.
using Cores = std::vector<int>;

/// A worker's event loop, its lanes and what serves its device: each wants a core to itself.
inline constexpr std::size_t kCoresPerWorker = 5;

/// "0-3,8,10-11"; nothing of a text that is no such list.
Cores parse_cores(const std::string& list);

/// Those that this process may run on.
Cores allowed_cores();

/// Those of them that are near a device of the PCI bus, such as "0000:1b:00.0"; all of them where
/// the system does not say.
Cores cores_near(const std::string& bus_id);

/// The first of the cores that are one with this one, as the system has it: hyper-threads.
int first_sibling(int core);

/// Divides cores among workers, given which are near to each: workers that are near to the same
/// ones get equal parts of them, in which siblings stay together. A worker gets none, and is to run
/// anywhere, where its part would be less than kCoresPerWorker.
std::vector<Cores> share_cores(const std::vector<Cores>& near,
                               const std::function<int(int core)>& sibling = first_sibling);

/// From now on the calling thread, and threads that it makes, run on these cores only.
void run_on(const Cores&);

}  // namespace splitbench
