#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <numeric>

#include "configs/scenario.hpp"
#include "configs/scenario_file.hpp"
#include "reports/analysis/summarize.hpp"
#include "reports/folder/result_folder.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/table.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/path/path_choice.hpp"
#include "sim/process/library_inquiry.hpp"
#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/dispatch/shard_scenario.hpp"
#include "sim/run/estimates.hpp"
#include "sim/run/simulate.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench run configs/quickstart.yaml
splitbench run configs/quickstart.yaml --set link.bandwidth='500 Mbit/s' --set repeats=5
splitbench run configs/quickstart.yaml --time virtual --output-dir /tmp/result
)",
    .about = "Runs a scenario, prints its report, and keeps the result in a folder.",
    .notes = ""};

/// Asks the shared libraries of a real run's arms which devices they work on. Throws InputError for
/// one that is none.
Scenario with_library_facts(Scenario scenario) {
  if (scenario.time != TimeKind::real) return scenario;
  for (const Arm arm : scenario.arms)
    if (const auto index = arm.added()) {
      AddedCodec& codec = scenario.codecs[*index];
      const LibraryFacts facts = ask_library(codec.library, scenario.pipeline.element_type);
      codec.on_cpu = facts.on_cpu;
      codec.on_cuda = facts.on_cuda;
    }
  return scenario;
}

std::string describe_transport(const Scenario& scenario, const Simulation& result) {
  if (scenario.time == TimeKind::virtual_time) return "";
  const TransportOptions& options = scenario.transport_options;
  const TransportTraits& transport = traits_of(scenario.transport);
  if (transport.payload == Payload::lent)
    return fmt::format("{}, {}, shaped by the receiver", transport.name, transport.lies_in);
  return fmt::format("{} {}, TCP_NODELAY, {} stream{}, payload hash {}, shaped by the {}",
                     transport.name, result.congestion_control, options.streams,
                     options.streams == 1 ? "" : "s", options.payload_hash ? "on" : "off",
                     options.shaping == Shaping::receiver ? "receiver" : "sender");
}

Slo slo_of(const Scenario& scenario) {
  return {scenario.slo.ttft, scenario.slo.tpot, scenario.slo.e2el};
}

/// Returns the names of the arms that go by figures which the scenario declares.
std::vector<std::string> declared_arms(const Scenario& scenario) {
  std::vector<std::string> names;
  if (scenario.time != TimeKind::virtual_time) return names;
  for (const Arm arm : scenario.arms)
    if (arm.added()) names.emplace_back(name_of(arm, scenario.codecs));
  return names;
}

/// Returns a warning about KV memory that the devices of virtual time do not have; empty if they
/// do, or nobody says how much they have. A real run finds out by itself.
std::string memory_doubt(const Scenario& scenario) {
  const HardwareProfile& hardware = scenario.hardware;
  const double devices = std::max(1.0, scenario.compute_scale);
  const double present = static_cast<double>(hardware.memory) * devices;
  if (scenario.time != TimeKind::virtual_time || hardware.memory == 0) return "";
  const Shards& shards = scenario.pipeline.shards;
  std::vector<std::string> pools;
  for (const auto& [key, bytes] :
       {std::pair{"prefill_memory", scenario.prefill_memory * shards.of_prefill_rank},
        std::pair{"decode_memory", scenario.decode_memory * shards.of_decode_rank}})
    if (static_cast<double>(bytes) > present)
      pools.push_back(
          fmt::format("{} of {}", key, quantity_text(static_cast<double>(bytes), "bytes")));
  if (pools.empty()) return "";
  return fmt::format(
      "a {}'s {} {} more than the {} of {}{}; lower workload.context, workload.length_scale or "
      "workload.batch_size, or set {}",
      scenario.pipeline.shards.count > 1 ? "rank" : "worker", fmt::join(pools, " and "),
      pools.size() > 1 ? "are" : "is", quantity_text(present, "bytes"),
      devices > 1 ? fmt::format("{} ", devices) : "", hardware.name,
      pools.size() > 1 ? "both" : "it");
}

/// Returns a rate that a shard has of every shard together.
std::optional<double> of_all_shards(const Scenario& scenario, std::optional<double> rate) {
  if (rate && *rate < static_cast<double>(kUnlimited)) *rate *= scenario.pipeline.shards.count;
  return rate;
}

std::string describe_workers(const WorkerCounts& workers) {
  const auto ranks = [](std::uint32_t tp) {
    return tp == 1 ? std::string() : fmt::format(" of {} ranks", tp);
  };
  return fmt::format("{} prefill{}, {} decode worker{}{}", workers.prefill,
                     ranks(workers.prefill_tp), workers.decode, workers.decode == 1 ? "" : "s",
                     ranks(workers.decode_tp));
}

/// Describes the run of a scenario as each shard sees it.
ReportMeta describe(const Scenario& scenario, const Load& load, const Simulation& result) {
  ReportMeta meta{
      .scenario = scenario.name,
      .seed = scenario.seed,
      .seeds = seeds_of(scenario, load),
      .random = load.random,
      .time = scenario.time == TimeKind::real ? "real" : "virtual",
      .backend = result.backend,
      .model = scenario.pipeline.model.name,
      .kv_dtype = std::string(name(scenario.pipeline.element_type)),
      .kv = scenario.kv.source == KvSourceKind::profile
                ? "profile " + scenario.kv.profile.name
                : "dump " + scenario.kv.dump.filename().string(),
      .workers = describe_workers(scenario.workers),
      .link_bandwidth =
          of_all_shards(scenario, link_rate_configured(scenario.link, scenario.workers)),
      .link_capacity = of_all_shards(scenario, link_capacity(scenario.link, scenario.workers)),
      .link_latency = scenario.link.latency,
      .overlap = scenario.pipeline.overlap,
      .transport = describe_transport(scenario, result),
      .gpu_shared = result.gpu_shared,
      .declared_arms = declared_arms(scenario),
      .verify = std::string(kVerifyNames[scenario.pipeline.verify]),
      .verify_cost = std::nullopt,
      .slo = slo_of(scenario),
      .warnings = load.remarks};
  if (const auto& times = result.verify_times; !times.empty())
    meta.verify_cost = std::accumulate(times.begin(), times.end(), Time{0}) /
                       static_cast<std::int64_t>(times.size());
  if (scenario.drift.policy == DriftPolicy::fixed && scenario.time == TimeKind::real)
    meta.warnings.emplace_back(
        "drift.policy fixed: frames that would grow are stored in a real run; the published codec "
        "sends them as they are, as time: virtual shows");
  if (std::string doubt = memory_doubt(scenario); !doubt.empty())
    meta.warnings.push_back(std::move(doubt));
  if (!result.failure.empty()) {
    meta.valid = false;
    meta.warnings.push_back(result.failure);
  }
  return meta;
}

}  // namespace

int run_command(std::span<const std::string> arguments) {
  VerbOptions options("run", "SCENARIO", kHelp);
  RunOptions given;
  given.add_to(options);
  bool strict = false, token_gaps = false;
  options.flag("strict", strict,
               "ends before the run, with exit 1, if this machine cannot hold link.bandwidth");
  options.flag("token-gaps", token_gaps,
               "keeps every gap between tokens, as itl_ns of requests.jsonl");
  if (!options.parse(arguments)) return 0;

  const std::string& file = options.arguments()[0];
  const Scenario loaded = load_scenario(file, given.all_overrides());
  if (!loaded.axes.empty())
    throw InputError(fmt::format("{}: has axes; expected one point, or splitbench sweep", file));
  const Scenario stated = with_library_facts(loaded);
  const auto started = WallClock::now();
  ResultFolder results(
      given.output_folder(stated.name, started), given.foreign(),
      {.timeline = stated.timeline != TimelineOutput::off, .token_gaps = token_gaps});
  check_requests(stated);
  const Load load = draw_load(stated);
  const Scenario sized = size_memory(shard_of(stated), load);
  for (const std::vector<Request>& trace : load.traces) {
    check_drift_comes(stated.drift, trace, "raise workload.requests");
    check_run(sized, trace);
  }
  show_progress("trying the path");
  const PathChoice path = choose_path(stated);
  show_progress("");
  if (!path.doubt.empty()) {
    say(path.doubt);
    if (strict) return 1;
  }
  const Scenario scenario = size_memory(shard_of(path.scenario), load);
  Summarizer summarizer(slo_of(scenario));
  const Simulation result =
      simulate(scenario, load, {.progress = show_progress, .finished = [&](const RunRecord& run) {
                                  summarizer.add(run);
                                  results.add(run);
                                }});
  show_progress("");
  ReportMeta meta = describe(scenario, load, result);
  if (!path.doubt.empty()) meta.warnings.push_back(path.doubt);
  const Report report = summarizer.report(meta, result.checks);
  results.finish(report, {.scenario_yaml = to_yaml(path.scenario),
                          .run_json = run_json(started, WallClock::now())});
  print_text(fmt::format("{}\nresult folder: {}\n", to_table(report), results.path().string()));
  if (result.failure.empty()) return 0;
  say("the run failed: " + result.failure);
  return 1;
}

}  // namespace splitbench
