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

void add_run_options(po::options_description& options) {
  options.add_options()("help", "show this text")("scenario", po::value<std::string>(),
                                                  "the scenario file")(
      "set", po::value<std::vector<std::string>>()->default_value({}, ""),
      "path=value: overrides a key")("seed", po::value<std::string>(), "the same as --set seed=N")(
      "time", po::value<std::string>(), "real or virtual: the same as --set time=...")(
      "output-dir", po::value<std::string>(), "the result folder; else results/NAME-DATE-TIME");
}

std::vector<std::string> overrides_of(const po::variables_map& given) {
  auto overrides = given["set"].as<std::vector<std::string>>();
  for (const char* key : {"seed", "time"})
    if (given.contains(key))
      overrides.push_back(std::string(key) + "=" + given[key].as<std::string>());
  return overrides;
}

std::filesystem::path output_folder(const po::variables_map& given, const std::string& name,
                                    WallClock::time_point started) {
  std::filesystem::path folder =
      given.contains("output-dir")
          ? std::filesystem::path(given["output-dir"].as<std::string>())
          : std::filesystem::path("results") /
                fmt::format("{}-{:%Y%m%d-%H%M%S}", name, fmt::localtime(started));
  check_writable(folder);
  return folder;
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
