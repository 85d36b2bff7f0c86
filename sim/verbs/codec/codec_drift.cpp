#include "sim/verbs/codec/codec_drift.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

#include "codec/cuda/device.hpp"
#include "configs/reader/axis_values.hpp"
#include "configs/reader/form_kinds.hpp"
#include "configs/scenario_file.hpp"
#include "reports/folder/result_folder.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/run/estimates.hpp"
#include "sim/run/simulate.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec drift configs/drift.yaml
splitbench codec drift configs/drift.yaml --kind 'scale_shift(binades 4),padding' --policy fallback,recalibrate
splitbench codec drift configs/drift.yaml --set 'drift.path=ramp(from 16, over 64)' --output-dir drift-result
splitbench codec drift configs/drift.yaml --scope global --format json
)",
    .about = "The codec alone, as a worker uses it, while the exponents of its input move.",
    .notes =
        R"(Small requests are encoded, decoded and compared bit for bit, under each kind, policy and scope;
and what sampling for drift costs where there is none is measured. The path of the drift, the
model (of which eight layers with KV do) and the KV are the scenario's; its drift.policy and
drift.scope do not count. A path by times of arrival needs a workload of as many requests. Policy
fixed is the codec as it was published, and so is the accounting of its bytes: see the table's note,
and "accounting" in JSON. oracle_ratio and entropy_ratio are ideal bounds: no codec that learns from
what it has seen reaches them under drift.
)"};

/// Raw bytes of a request: enough for a GPU to be busy, little enough for a CPU to be done soon.
constexpr std::uint64_t kCpuBytes = 1 << 20, kCudaBytes = 16 << 20;
constexpr std::uint64_t kCpuSamplingBytes = 8 << 20, kCudaSamplingBytes = 256 << 20;
/// The layers used of a model that has more, so that tensors are not too small to be meaningful.
constexpr std::uint32_t kMostLayers = 8;
constexpr std::uint64_t kStaging = 64'000'000, kMostChunk = 16'000'000;
constexpr std::uint64_t kMaxRequests = 100'000;

struct Options {
  std::string scenario, kinds, policies = "fixed,fallback,recalibrate",
                               scopes = "per_layer_kv,per_layer,global", backend = "auto",
                               format = "table", folder;
  std::uint64_t requests = 128;
  std::vector<std::string> overrides;
  bool force = false;
};

/// The words of a list are among the names.
template <class Value, std::size_t n>
std::vector<Value> values_named(const std::string& list, const EnumNames<Value, n>& names) {
  std::vector<Value> values;
  for (const std::string& word : split_list(list)) {
    const Value value = names.named(word).value();
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  }
  return values;
}

std::vector<DriftCase> cases_of(const Options& options) {
  std::vector<DriftCase> cases;
  for (const auto policy : values_named(options.policies, kDriftPolicyNames))
    for (const auto scope : values_named(options.scopes, kCodebookScopeNames))
      cases.push_back({policy, scope});
  return cases;
}

/// A kind of drift as rows call it, and as the scenario takes it.
struct NamedKind {
  std::string name;
  std::string form;
};

std::vector<NamedKind> kinds_of(const Options& options, const Scenario& scenario) {
  std::vector<NamedKind> kinds;
  const auto add = [&](const std::string& given) {
    const bool own = given == name_of(scenario.drift.kind);
    const bool bare_model = given == name_of(DriftKind::other_model) && !own;
    kinds.push_back({given, own          ? kind::drift().format(scenario.drift)
                            : bare_model ? "other_model(profile phi-2)"
                                         : given});
  };
  if (!options.kinds.empty()) {
    for (const AxisItem& item : split_axis_items(options.kinds)) add(item.text);
    return kinds;
  }
  for (const std::string_view name : kDriftKindNames.names()) {
    const bool has_two = scenario.pipeline.model.kv_tensors() > 1;
    if (name != name_of(DriftKind::none) && (has_two || name != name_of(DriftKind::kv_mixup)))
      add(std::string(name));
  }
  return kinds;
}

/// None where the arguments ask for help.
std::optional<Options> parse(std::span<const std::string> arguments) {
  VerbOptions options("codec drift", "SCENARIO", kHelp);
  Options given;
  options.value("kind", "LIST", given.kinds,
                "forms of drift.kind; else all but none, the scenario's own as it says");
  options.words("policy", "LIST", given.policies, kDriftPolicyNames);
  options.words("scope", "LIST", given.scopes, kCodebookScopeNames);
  options.value("requests", "N", given.requests, "of each kind, policy and scope");
  options.word("backend", "WORD", given.backend, {"auto", "cpu", "cuda"},
               "auto is cuda where there is a device");
  options.word("format", "FORMAT", given.format, {"table", "json", "csv"});
  options.value("output-dir", "DIR", given.folder, "keeps a result folder with report.html, too");
  options.flag("force", given.force, "uses that folder also if it holds other things, which stay");
  options.value("set", "path=value", given.overrides, "overrides a key of the scenario");
  if (!options.parse(arguments)) return std::nullopt;
  given.scenario = options.arguments()[0];
  if (given.requests < 1 || given.requests > kMaxRequests)
    throw InputError(
        fmt::format("codec drift: --requests {}, expected 1 to {}", given.requests, kMaxRequests));
  if (given.backend == "cuda" && !cuda_available())
    throw InputError("codec drift: --backend cuda, but this program finds no CUDA device");
  return given;
}

/// Returns the numbers of requests and, where the path goes by them, their arrivals.
std::vector<Request> requests_of(const Scenario& scenario, std::uint64_t count) {
  std::vector<Request> requests(count);
  for (std::uint64_t i = 0; i < count; ++i) requests[i].id = i;
  if (!scenario.drift.path.timed) return requests;
  const std::vector<Request> trace = make_trace(scenario.workload, scenario.seed);
  if (trace.size() < count)
    throw InputError(fmt::format(
        "codec drift: --requests {}, but the workload has {} and drift.path goes by their arrival",
        count, trace.size()));
  for (std::uint64_t i = 0; i < count; ++i) requests[i].arrival = trace[i].arrival;
  return requests;
}

DriftLabSpec spec_of(const Scenario& scenario, bool cuda, std::uint64_t bytes) {
  DriftLabSpec spec{.pipeline = scenario.pipeline,
                    .kv = scenario.kv,
                    .seed = scenario.seed,
                    .kind = {},
                    .drift = scenario.drift,
                    .cases = {},
                    .cuda = cuda};
  spec.pipeline.model = coded_part(scenario.pipeline.model, kMostLayers);
  if (spec.pipeline.model.layers == 0)
    throw InputError(fmt::format(
        "codec drift: no layer of model {} keeps what a codec is for; expected one that has KV",
        scenario.pipeline.model.name));
  spec.pipeline.staging = kStaging;
  spec.pipeline.chunk = cuda ? kCudaBytes : std::min(scenario.pipeline.chunk, kMostChunk);
  spec.tokens = std::max<std::uint64_t>(1, bytes / spec.pipeline.raw_bytes(1));
  return spec;
}

DriftResult measure(const Options& options, const Scenario& scenario) {
  const bool cuda = options.backend == "cuda" || (options.backend == "auto" && cuda_available());
  DriftResult result{.backend = cuda ? "cuda" : "cpu",
                     .device = cuda ? cuda_device_name() : processor(),
                     .rows = {},
                     .sampling = {}};
  const std::vector<NamedKind> kinds = kinds_of(options, scenario);
  const std::vector<DriftCase> cases = cases_of(options);
  std::vector<Scenario> drifting;  // all are read and checked before the first is run
  std::vector<std::vector<Request>> requests;
  for (const NamedKind& kind : kinds) {
    std::vector<std::string> overrides = options.overrides;
    overrides.push_back("drift.kind=" + kind.form);
    drifting.push_back(load_scenario(options.scenario, overrides));
    requests.push_back(requests_of(drifting.back(), options.requests));
    check_drift_comes(drifting.back().drift, requests.back(), "raise --requests");
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    show_progress(fmt::format("drift {}, {} of {}", kinds[i].name, i + 1, kinds.size()));
    DriftLabSpec spec = spec_of(drifting[i], cuda, cuda ? kCudaBytes : kCpuBytes);
    spec.kind = kinds[i].name;
    spec.cases = cases;
    result.tokens = spec.tokens;
    DriftLab lab(std::move(spec));
    for (const Request& request : requests[i])
      std::ranges::move(lab.step(request.id, request.arrival), std::back_inserter(result.rows));
  }
  show_progress("the cost of sampling");
  result.sampling =
      measure_sampling(spec_of(scenario, cuda, cuda ? kCudaSamplingBytes : kCpuSamplingBytes));
  show_progress("");
  return result;
}

void run(std::span<const std::string> arguments) {
  const std::optional<Options> parsed = parse(arguments);
  if (!parsed) return;
  const Options& options = *parsed;
  const Scenario scenario = load_scenario(options.scenario, options.overrides);
  if (!scenario.kv.codebook.empty())
    throw InputError(
        "codec drift: kv.codebook is set, but here each scope is calibrated on the KV; set "
        "kv.codebook=none, or use splitbench run");
  const auto started = WallClock::now();
  std::optional<ResultFolder> results;
  if (!options.folder.empty()) results.emplace(options.folder, foreign_by(options.force));
  const DriftResult result = measure(options, scenario);
  if (results)
    results->finish(
        drift_report(result, scenario),
        {.scenario_yaml = to_yaml(scenario), .run_json = run_json(started, WallClock::now())});
  if (options.format == "table") return print_text(drift_table(result));
  print_data(options.format == "json" ? drift_json(result, scenario) : drift_csv(result));
}

}  // namespace

const SubVerb kDriftVerb{
    .name = "drift", .summary = "what happens when the exponents move", .run = run};

}  // namespace splitbench
