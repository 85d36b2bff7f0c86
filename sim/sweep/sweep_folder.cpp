#include "sim/sweep/sweep_folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "reports/folder/whole_file.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// Names the first line in which the folder's scenario is not ours.
void check_same(const std::filesystem::path& folder, const std::string& ours) {
  std::ifstream theirs(folder / "scenario.yaml");
  if (!theirs) return;
  std::istringstream lines(ours);
  for (std::size_t number = 1; theirs || lines; ++number) {
    std::string their_line, our_line;
    std::getline(theirs, their_line);
    std::getline(lines, our_line);
    if (their_line == our_line) continue;
    throw InputError(
        fmt::format("{}: holds another sweep, or a run: line {} of its scenario.yaml is '{}', of "
                    "this sweep's '{}'; expected another --output-dir",
                    folder.string(), number, their_line, our_line));
  }
}

/// The kernel lets go of it however this process ends.
int lock(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    throw std::system_error(errno, std::generic_category(), "open " + folder.string());
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  close(descriptor);
  throw InputError(fmt::format("{}: another sweep is writing to it", folder.string()));
}

}  // namespace

SweepFolder::SweepFolder(std::filesystem::path path, const std::string& scenario_yaml)
    : path_(std::move(path)) {
  check_same(path_, scenario_yaml);
  std::filesystem::create_directories(path_ / "points");
  lock_ = lock(path_);
  write_whole_file(path_ / "scenario.yaml", scenario_yaml);
}

SweepFolder::~SweepFolder() {
  close(lock_);
}

}  // namespace splitbench
