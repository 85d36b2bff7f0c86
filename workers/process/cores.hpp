#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace splitbench {

/// The numbers of some of the system's logical cores, ascending.
using Cores = std::vector<int>;

/// The fewest cores of a worker's share: its event loop, its lanes and the threads that serve its
/// device each want a core to themselves.
inline constexpr std::size_t kCoresPerWorker = 5;

/// Parses a list such as "0-3,8,10-11". Returns no cores if the text is not such a list.
Cores parse_cores(const std::string& list);

/// Returns the cores that the calling thread may run on. Throws std::system_error.
Cores allowed_cores();

/// Returns the allowed cores that are near a device of the PCI bus, such as "0000:1b:00.0"; all
/// allowed cores if the system reports none of them as near. Throws std::system_error.
Cores cores_near(const std::string& bus_id);

/// Returns the first of the hyper-threads that share a physical core with this one, or the core
/// itself if the system does not report them.
int first_sibling(int core);

/// Divides cores among workers. near[i] are the cores near worker i, and element i of the result is
/// its share. Workers with the same near cores get equal shares of them; a remainder is left over.
/// Hyper-threads of one core stay together unless the size of a share does not allow it. A worker
/// whose share would be smaller than kCoresPerWorker gets an empty one, and is to run anywhere.
std::vector<Cores> share_cores(const std::vector<Cores>& near,
                               const std::function<int(int core)>& sibling = first_sibling);

/// Binds the calling thread, and threads that it creates from now on, to these cores. Throws
/// std::system_error.
void run_on(const Cores&);

}  // namespace splitbench
