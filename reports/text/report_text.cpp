#include "reports/text/report_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

std::string moment(const std::optional<Time>& at, const std::optional<Time>& since) {
  if (!at) return "never";
  const Time shown = *at - since.value_or(Time{0});
  return shown > Time{0} ? quantity_text(seconds(shown), "s") : "at once";
}

}  // namespace

std::string heading_text(const ReportMeta& meta) {
  const std::string bandwidth =
      meta.link_bandwidth ? quantity_text(*meta.link_bandwidth, "bit/s") : "changing bandwidth";
  std::vector<std::string> parts = {
      meta.scenario,
      meta.model,
      fmt::format("{}, {}", bandwidth, quantity_text(seconds(meta.link_latency), "s")),
      meta.backend,
      meta.time.empty() ? "" : meta.time + " time",
      seeds_text(meta)};
  // Otherwise the rate of all of a worker's NICs would go without a reason.
  if (meta.workers.find(" ranks") != std::string::npos)
    parts.insert(parts.begin() + 2, meta.workers);
  std::erase(parts, "");  // fields that differ between a sweep's points
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string seeds_text(const ReportMeta& meta) {
  constexpr std::size_t kListed = 6;
  const std::vector<std::uint64_t>& seeds = meta.seeds;
  if (seeds.size() < 2) return fmt::format("seed {}", meta.seed);
  const auto apart = [](std::uint64_t one, std::uint64_t next) { return next != one + 1; };
  if (std::ranges::adjacent_find(seeds, apart) == seeds.end())
    return fmt::format("seeds {} to {}", seeds.front(), seeds.back());
  if (seeds.size() > kListed) return fmt::format("{} seeds", seeds.size());
  return fmt::format("seeds {}", fmt::join(seeds, ", "));
}

std::string noise_text(const ReportMeta& meta) {
  if (meta.repeats > 1)
    return fmt::format("± is the 95% confidence interval over {} repeats.", meta.repeats);
  if (meta.time == "virtual" && !meta.random)
    return "Nothing in this load is random, so one repeat says all.";
  return "One repeat, so the noise is unknown.";
}

std::string validity_text(const ReportMeta& meta) {
  return meta.valid ? "valid" : "NOT VALID";
}

std::string end_line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::vector<IncidentText> incident_texts(const Report& report) {
  std::vector<IncidentText> texts;
  for (const RunIncident& incident : report.incidents)
    texts.push_back({incident_text(incident), incident.incident.seen});
  return texts;
}

std::string declared_text(const ReportMeta& meta) {
  if (meta.declared_arms.empty()) return "";
  return fmt::format("declared by figures, not measured: {}", fmt::join(meta.declared_arms, ", "));
}

std::vector<std::string> legend_texts(const ReportMeta& meta, bool compared) {
  std::vector<std::string> signs;
  if (!meta.warnings.empty()) signs.emplace_back("! not valid");
  if (compared) signs.emplace_back("1.25x better than raw, below 1 worse    ~ within the noise");
  std::string verify = meta.verify.empty() ? "" : "verify " + meta.verify;
  if (meta.verify_cost)
    verify += fmt::format(", {} a transfer", quantity_text(seconds(*meta.verify_cost), "s"));
  std::string noise = meta.repeats > 0 ? noise_text(meta) : "";
  if (meta.repeats == 1 && meta.random)
    noise += " ± of percentiles is the 95% interval by order statistics within it.";
  std::vector<std::string> texts = {std::move(noise),
                                    fmt::format("{}", fmt::join(signs, "    ")),
                                    declared_text(meta),
                                    meta.kv.empty() ? "" : "KV of " + meta.kv,
                                    verify,
                                    meta.transport};
  std::erase(texts, "");
  return texts;
}

std::string incident_text(const RunIncident& of_run) {
  const auto& [arm, repeat, incident] = of_run;
  const auto& from = incident.injected ? incident.injected : incident.detected;
  std::string text =
      fmt::format("{}, repeat {}, at {}: {} {}", arm, repeat + 1, moment(from, {}), incident.target,
                  incident.fault.empty() ? "failed" : incident.fault);
  if (incident.injected) text += fmt::format(", noticed {}", moment(incident.detected, from));
  if (incident.detected) text += fmt::format(", recovered {}", moment(incident.recovered, from));
  return text + fmt::format("; sent again {}, lost {}", incident.retried, incident.lost);
}

}  // namespace splitbench
