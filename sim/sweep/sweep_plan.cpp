#include "sim/sweep/sweep_plan.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sstream>

#include "codec/element.hpp"
#include "configs/scenario_file.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

namespace {

Axis axis_of(const AxisSpec& spec) {
  AxisNumbers numbers = numbers_of(spec);
  Axis axis{spec.path, std::move(numbers.unit), {}};
  for (std::size_t i = 0; i < spec.values.size(); ++i)
    axis.values.push_back({spec.values[i], numbers.numbers[i]});
  return axis;
}

/// Returns the values of a point by its number, as digits of which the last changes fastest.
std::vector<std::string> values_at(const std::vector<AxisSpec>& axes, std::size_t number) {
  std::vector<std::string> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = axes[i].values[number % axes[i].values.size()];
    number /= axes[i].values.size();
  }
  return values;
}

void name_arms(SweepPoint& point, const Scenario& scenario) {
  point.arms.clear();
  for (const Arm arm : scenario.arms) point.arms.emplace_back(name_of(arm, scenario.codecs));
}

PlannedPoint plan_point(const Scenario& sweep, std::size_t number, std::size_t digits) {
  PlannedPoint planned;
  SweepPoint& point = planned.point;
  point.values = values_at(sweep.axes, number);
  point.folder = fmt::format("points/{:0{}}", number, digits);
  name_arms(point, sweep);
  try {
    const Scenario scenario = at_point(sweep, point.values);
    name_arms(point, scenario);
    planned.scenario_yaml = point_yaml(scenario);
    planned.inputs = inputs_of(scenario);
    planned.time = scenario.time;
  } catch (const InputError& error) {
    const std::string why = error.what();
    point.failure = why.substr(0, why.find('\n'));
  }
  return planned;
}

}  // namespace

std::string inputs_of(const Scenario& scenario) {
  const WorkloadSpec& workload = scenario.workload;
  std::vector<std::filesystem::path> files;
  if (workload.arrivals == Arrivals::trace) files.push_back(workload.trace);
  if (scenario.kv.source == KvSourceKind::dump) files.push_back(scenario.kv.dump);
  if (!scenario.kv.codebook.empty()) files.push_back(scenario.kv.codebook);
  const auto add = [&](const Distribution& lengths) {
    if (!lengths.file.empty()) files.push_back(lengths.file);
  };
  if (workload.context) add(*workload.context);
  if (workload.output) add(*workload.output);
  for (const TrafficClass& traffic : workload.mix) {
    add(traffic.context);
    add(traffic.output);
  }
  for (const AddedCodec& codec : scenario.codecs)
    if (scenario.time == TimeKind::real && !codec.library.empty()) files.push_back(codec.library);
  std::string lines;
  for (const std::filesystem::path& file : files) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    const auto changed = std::filesystem::last_write_time(file, missing).time_since_epoch();
    lines += missing ? fmt::format("# read: {}, missing\n", file.string())
                     : fmt::format("# read: {}, {} bytes, changed {}\n", file.string(), bytes,
                                   changed.count());
  }
  return lines;
}

std::string point_yaml(Scenario scenario) {
  if (scenario.timeline == TimelineOutput::automatic) scenario.timeline = TimelineOutput::off;
  return to_yaml(scenario);
}

bool SweepPlan::any_real() const {
  return std::ranges::any_of(
      points, [](const PlannedPoint& point) { return point.time == TimeKind::real; });
}

SweepPlan plan_sweep(const Scenario& scenario) {
  SweepPlan plan;
  plan.meta = {.scenario = scenario.name,
               .seed = scenario.seed,
               .time = scenario.time == TimeKind::real ? "real" : "virtual",
               .model = scenario.pipeline.model.name,
               .kv_dtype = std::string(name(scenario.pipeline.element_type))};
  std::size_t count = 1;
  for (const AxisSpec& axis : scenario.axes) {
    plan.axes.push_back(axis_of(axis));
    count *= axis.values.size();
  }
  const std::size_t digits = std::max<std::size_t>(3, std::to_string(count - 1).size());
  for (std::size_t i = 0; i < count; ++i) plan.points.push_back(plan_point(scenario, i, digits));
  return plan;
}

namespace {

/// Throws InputError with the first line in which the folder's scenario is not ours.
void check_same(const std::filesystem::path& folder, const std::string& ours) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const auto text = read_text_if_there(folder / "scenario.yaml", "a scenario", kMostBytes);
  if (!text) return;
  std::istringstream theirs(*text), lines(ours);
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

constexpr std::array<std::string_view, 4> kFiles = {"scenario.yaml", "run.json", "report.html",
                                                    "report.json"};
constexpr FolderContents kContents{"a sweep's result", kFiles, "points", "scenario.yaml"};

}  // namespace

SweepFolder::SweepFolder(std::filesystem::path path, const std::string& scenario_yaml,
                         LockedFolder::Foreign foreign)
    : folder_(std::move(path), kContents, foreign) {
  check_same(this->path(), scenario_yaml);
  write_file(this->path() / "scenario.yaml", scenario_yaml);
  std::filesystem::create_directories(this->path() / "points");
}

}  // namespace splitbench
