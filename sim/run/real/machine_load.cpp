#include "sim/run/real/machine_load.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace splitbench {
namespace {

/// Returns the user and system time of a process and all its threads, in ticks; 0 if it is gone.
double ticks_of(pid_t process) {
  std::ifstream in(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(in, text);
  const std::size_t name_end = text.rfind(')');  // a name may contain anything
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return user + system;
}

}  // namespace

MachineLoad::MachineLoad(std::vector<pid_t> own) : own_(std::move(own)), begin_(now()) {}

MachineLoad::Ticks MachineLoad::now() const {
  std::ifstream in("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, steal = 0;
  in >> cpu >> user >> nice >> system >> idle >> waiting >> irq >> softirq >> steal;
  Ticks ticks{.busy = user + nice + system,
              .stolen = steal,
              .all = user + nice + system + idle + waiting + irq + softirq + steal,
              .own = ticks_of(getpid())};
  for (const pid_t process : own_) ticks.own += ticks_of(process);
  return ticks;
}

OtherLoad MachineLoad::since() const {
  if (std::chrono::steady_clock::now() - made_ < std::chrono::milliseconds(500)) return {};
  const Ticks end = now();
  const double all = end.all - begin_.all;
  if (all <= 0) return {};
  const double cores = std::max(1u, std::thread::hardware_concurrency());
  const auto load = [&](double ticks) { return std::max(0.0, ticks / all * cores); };
  return {.others = load(end.busy - begin_.busy - (end.own - begin_.own)),
          .stolen = load(end.stolen - begin_.stolen)};
}

}  // namespace splitbench
