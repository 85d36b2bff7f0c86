#include "workers/process/cores.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <sched.h>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace splitbench {
namespace {

std::string first_line(const std::string& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

bool read_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

Cores parse_cores(const std::string& list) {
  Cores cores;
  std::istringstream ranges(list);
  for (std::string range; std::getline(ranges, range, ',');) {
    std::string_view rest = range;
    int first = 0, last = 0;
    if (!read_number(rest, first)) return {};
    last = first;
    if (rest.starts_with('-') && (rest.remove_prefix(1), !read_number(rest, last))) return {};
    if (!rest.empty() || last >= CPU_SETSIZE) return {};
    for (int core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

Cores allowed_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::generic_category(), "ask which cores may be run on");
  Cores cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

Cores cores_near(const std::string& bus_id) {
  const Cores allowed = allowed_cores();
  const Cores local = parse_cores(first_line("/sys/bus/pci/devices/" + bus_id + "/local_cpulist"));
  Cores near;
  std::ranges::set_intersection(allowed, local, std::back_inserter(near));
  return near.empty() ? allowed : near;
}

int first_sibling(int core) {
  const Cores siblings = parse_cores(first_line(
      "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/topology/thread_siblings_list"));
  return siblings.empty() ? core : siblings.front();
}

std::vector<Cores> share_cores(const std::vector<Cores>& near,
                               const std::function<int(int core)>& sibling) {
  std::map<Cores, std::vector<std::size_t>> workers_near;
  for (std::size_t worker = 0; worker < near.size(); ++worker)
    workers_near[near[worker]].push_back(worker);

  std::vector<Cores> shares(near.size());
  for (const auto& [cores, workers] : workers_near) {
    const std::size_t part = cores.size() / workers.size();
    if (part < kCoresPerWorker) continue;
    std::vector<std::pair<int, int>> ordered;
    for (const int core : cores) ordered.emplace_back(sibling(core), core);
    std::ranges::sort(ordered);
    auto next = ordered.begin();
    for (const std::size_t worker : workers) {
      for (std::size_t i = 0; i < part; ++i) shares[worker].push_back((next++)->second);
      std::ranges::sort(shares[worker]);
    }
  }
  return shares;
}

void run_on(const Cores& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::generic_category(), "run on some of the cores only");
}

}  // namespace splitbench
