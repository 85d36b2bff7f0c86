#include "sim/cli/run_options.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sim/cli/command_line.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

void check_writable(const std::filesystem::path& folder) {
  std::filesystem::path nearest = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(nearest)) nearest = nearest.parent_path();
  const bool is_folder = std::filesystem::is_directory(nearest);
  if (is_folder && access(nearest.c_str(), W_OK) == 0) return;
  throw InputError(fmt::format("{}: cannot be a result folder, since {} {}", folder.string(),
                               nearest.string(), is_folder ? "is not writable" : "is a file"));
}

}  // namespace

void RunOptions::add_to(VerbOptions& options) {
  options.value("set", "PATH=VALUE", overrides, "overrides a key of the scenario");
  options.value("seed", "N", seed, "the same as --set seed=N");
  options.word("time", "TIME", time, {"real", "virtual"}, "the same as --set time=TIME");
  options.value("output-dir", "DIR", folder, "the result folder; else results/NAME-DATE-TIME");
}

std::vector<std::string> RunOptions::all_overrides() const {
  std::vector<std::string> all = overrides;
  if (!seed.empty()) all.push_back("seed=" + seed);
  if (!time.empty()) all.push_back("time=" + time);
  return all;
}

std::filesystem::path RunOptions::output_folder(const std::string& name,
                                                WallClock::time_point started) const {
  std::filesystem::path chosen =
      folder.empty() ? std::filesystem::path("results") /
                           fmt::format("{}-{:%Y%m%d-%H%M%S}", name, fmt::localtime(started))
                     : std::filesystem::path(folder);
  check_writable(chosen);
  return chosen;
}

std::string run_json(WallClock::time_point started, WallClock::time_point ended) {
  const std::chrono::duration<double> took = ended - started;
  return nlohmann::ordered_json{{"started", fmt::format("{:%FT%TZ}", fmt::gmtime(started))},
                                {"host", host_name()},
                                {"version", kVersion},
                                {"commit", kCommit},
                                {"duration_s", took.count()}}
             .dump(2) +
         "\n";
}

}  // namespace splitbench
