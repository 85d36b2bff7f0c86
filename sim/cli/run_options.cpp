#include "sim/cli/run_options.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sim/cli/command_line.hpp"

namespace splitbench {
namespace {

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

/// Returns the name of a scenario as that of a file: it may be any text.
std::string file_name(std::string name) {
  constexpr std::size_t kLongest = 100;
  if (name.size() > kLongest) name.resize(kLongest);
  std::ranges::replace_if(
      name, [](unsigned char c) { return c == '/' || c < 0x20 || c == 0x7F; }, '-');
  return name;
}

}  // namespace

std::filesystem::path free_folder(const std::string& path) {
  std::string chosen = path;
  for (int next = 2; std::filesystem::exists(chosen); ++next)
    chosen = fmt::format("{}-{}", path, next);
  return chosen;
}

void RunOptions::add_to(VerbOptions& options) {
  options.value("set", "PATH=VALUE", overrides, "overrides a key of the scenario");
  options.value("seed", "N", seed, "the same as --set seed=N");
  options.word("time", "TIME", time, {"real", "virtual"}, "the same as --set time=TIME");
  options.value("output-dir", "DIR", folder, "the result folder; else results/NAME-DATE-TIME");
  options.flag("force", force, "uses the result folder also if it holds other things, which stay");
}

std::vector<std::string> RunOptions::all_overrides() const {
  std::vector<std::string> all = overrides;
  if (!seed.empty()) all.push_back("seed=" + seed);
  if (!time.empty()) all.push_back("time=" + time);
  return all;
}

std::filesystem::path RunOptions::output_folder(const std::string& name,
                                                WallClock::time_point started) const {
  if (!folder.empty()) return folder;
  return free_folder(
      fmt::format("results/{}-{:%Y%m%d-%H%M%S}", file_name(name), fmt::localtime(started)));
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
