#include "sim/cli/report_formats.hpp"

#include <array>
#include <fmt/format.h>

#include "reports/html/html.hpp"
#include "reports/json.hpp"
#include "reports/text/csv.hpp"
#include "reports/text/histogram_text.hpp"
#include "reports/text/markdown.hpp"
#include "reports/text/table.hpp"
#include "reports/text/vllm.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

std::string vllm_text(const Stored& stored) {
  return stored.arm == nullptr ? to_vllm(stored.report) : to_vllm(*stored.arm);
}

/// The format holds one histogram.
std::string hgrm_text(const Stored& stored) {
  const auto& rows = stored.report.rows;
  if (stored.arm == nullptr && rows.size() != 1)
    throw InputError("--format hgrm holds one histogram, expected --arm NAME");
  if (stored.latencies.size() > 1)
    throw InputError("--format hgrm holds one histogram, expected one --latency");
  const std::string arm = (stored.arm == nullptr ? rows[0] : *stored.arm).axes.at("arm");
  const std::string latency = stored.latencies.empty() ? "ttft" : stored.latencies[0];
  const auto& histograms = stored.report.histograms;
  if (const auto of_arm = histograms.find(arm); of_arm != histograms.end())
    if (const auto found = of_arm->second.find(latency); found != of_arm->second.end())
      if (found->second.count() > 0) return to_hgrm(found->second);
  throw InputError(fmt::format("{}: no histogram of {}, {}", stored.folder.string(), arm, latency));
}

std::string histogram_text(const Stored& stored) {
  std::vector<std::string> arms;
  for (const Row& row : stored.report.rows)
    if (stored.arm == nullptr || &row == stored.arm) arms.push_back(row.axes.at("arm"));
  const std::vector<std::string> usual = {"ttft", "transfer"};
  std::string text;
  for (const std::string& latency : stored.latencies.empty() ? usual : stored.latencies) {
    const std::string drawn = to_histogram_text(stored.report, latency, arms);
    if (drawn.empty())
      throw InputError(fmt::format("{}: no histogram of {}", stored.folder.string(), latency));
    text += (text.empty() ? "" : "\n\n") + drawn;
  }
  return printable(text);
}

std::string stored_timeline(const Stored& stored) {
  const std::filesystem::path path = stored.folder / "timeline.json";
  constexpr std::uint64_t kMostBytes = 256 << 20;
  return read_text(path, "the timeline of a run (those of a sweep lie with its points)",
                   kMostBytes);
}

constexpr std::array kFormats = {
    ReportFormat{"table", "for a terminal, the arms side by side",
                 [](const Stored& stored) { return printable(to_table(stored.report)); }},
    ReportFormat{"html", "report.html: one page, with all it needs in it",
                 [](const Stored& stored) { return to_html(stored.report); }},
    ReportFormat{"json", "report.json, as it is stored",
                 [](const Stored& stored) { return to_json(stored.report); }},
    ReportFormat{"csv", "a line for each row, base units",
                 [](const Stored& stored) { return to_csv(stored.report); }},
    ReportFormat{"markdown", "for an issue or a page of documentation",
                 [](const Stored& stored) { return printable(to_markdown(stored.report)); }},
    ReportFormat{"vllm", "the keys of vllm bench serve, for each arm; --arm: of one alone",
                 vllm_text, true},
    ReportFormat{"hgrm", "one histogram for HdrHistogram's plotter, in ms; --arm, --latency",
                 hgrm_text, true, true},
    ReportFormat{"histogram", "TTFT and transfer drawn for a terminal; --arm, --latency",
                 histogram_text, true, true},
    ReportFormat{"timeline", "timeline.json, for Perfetto or chrome://tracing", stored_timeline},
};

}  // namespace

std::span<const ReportFormat> report_formats() {
  return kFormats;
}

}  // namespace splitbench
