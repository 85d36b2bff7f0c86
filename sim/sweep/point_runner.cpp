#include "sim/sweep/point_runner.hpp"

#include <fmt/format.h>
#include <list>
#include <span>
#include <sstream>
#include <vector>

#include "reports/folder/result_folder.hpp"
#include "sim/cli/commands.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kErrors = "stderr.txt";  // stays if a point failed
// What was to be run. The point's own scenario.yaml also holds what its run chose.
constexpr const char* kStated = "stated.yaml";

std::string text_of(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  return read_text_if_there(path, "a file of a sweep's point", kMostBytes).value_or("");
}

std::string stated(const PointRun& point) {
  return point.inputs + point.scenario_yaml;
}

/// Returns the end of what the run of a point wrote to stderr, which may have been very much.
std::string end_of_errors(const std::filesystem::path& folder) {
  constexpr std::uint64_t kEnd = 16 << 10;
  if (!std::filesystem::exists(folder / kErrors)) return "";
  InputFile file(folder / kErrors, "the errors of a point", kAnyLength);
  std::string text(std::min(file.bytes(), kEnd), '\0');
  file.read_at(file.bytes() - text.size(), std::as_writable_bytes(std::span(text)));
  return text;
}

/// Returns the report of a point that is done and recorded no error.
std::optional<Report> report_of(const PointRun& point) {
  try {
    const bool has_stated = std::filesystem::exists(point.folder / kStated);  // newer sweeps
    const bool ours =
        text_of(point.folder / (has_stated ? kStated : "scenario.yaml")) == stated(point);
    const bool over = std::filesystem::exists(point.folder / "report.json");
    if (!ours || !over || !end_of_errors(point.folder).empty()) return std::nullopt;
    return load_report(point.folder);
  } catch (const InputError&) {  // a report of another version, or something else of that name
    return std::nullopt;
  }
}

/// Returns the last line of the errors that is not a continuation of one before it, without the
/// folder, so that it is the same wherever the sweep lies.
std::string last_words(const std::filesystem::path& folder) {
  std::istringstream file(end_of_errors(folder));
  std::string words;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != ' ') words = line;
  for (const std::string& noise : {std::string("splitbench: "), folder.string() + '/'})
    for (std::size_t at; (at = words.find(noise)) != words.npos;) words.erase(at, noise.size());
  return words;
}

ChildProcess start(const PointRun& point, LockedFolder::Foreign foreign) {
  if (std::filesystem::is_symlink(point.folder)) std::filesystem::remove(point.folder);
  std::filesystem::create_directories(point.folder);  // its run refuses what is none of its own
  std::error_code not_a_file;
  for (const char* earlier : {"report.json", kErrors})
    std::filesystem::remove(point.folder / earlier, not_a_file);
  const std::filesystem::path scenario = point.folder / "scenario.yaml";
  write_file(scenario, point.scenario_yaml);
  write_file(point.folder / kStated, stated(point));
  std::vector<std::string> command = {"run", scenario.string(), "--output-dir",
                                      point.folder.string()};
  if (foreign == LockedFolder::Foreign::leave) command.emplace_back("--force");
  const ChildStreams streams{.output = "/dev/null", .errors = point.folder / kErrors, .input = {}};
  if (point.time == TimeKind::real) return {command, {}, streams};
  return ChildProcess::fork([&command] { return run_program(command); }, streams);
}

PointEnd end_of(const PointRun& point, const std::string& why) {
  if (why == kSucceeded) {
    std::filesystem::remove(point.folder / kErrors);
    if (std::optional<Report> report = report_of(point)) return {.report = std::move(report)};
  }
  const std::string words = last_words(point.folder);
  return {.report = std::nullopt,
          .failure = words.empty() ? why : fmt::format("{}: {}", why, words)};
}

}  // namespace

void PointRunner::run(std::span<const PointRun> points, const Observer& ended) {
  std::list<std::size_t> wanted;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (std::optional<Report> report = report_of(points[i]))
      ended(i, {.report = std::move(report), .failure = "", .kept = true});
    else
      wanted.push_back(i);
  }

  std::list<std::pair<std::size_t, ChildProcess>> running;
  while (!wanted.empty() || !running.empty()) {
    while (!wanted.empty() && running.size() < jobs_) {
      running.emplace_back(wanted.front(), start(points[wanted.front()], foreign_));
      wanted.pop_front();
    }
    if (const int signal = signals_.wait(1s); signal != 0 && signal != SIGCHLD)
      throw Interrupted(signal);
    for (auto child = running.begin(); child != running.end();) {
      const std::string why = child->second.ended();
      if (!why.empty()) ended(child->first, end_of(points[child->first], why));
      child = why.empty() ? std::next(child) : running.erase(child);
    }
  }
}

}  // namespace splitbench
