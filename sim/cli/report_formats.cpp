#include "sim/cli/report_formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

#include "configs/reader/words.hpp"
#include "reports/folder/request_arrays.hpp"
#include "reports/html/html.hpp"
#include "reports/html/named_charts.hpp"
#include "reports/html/svg_chart.hpp"
#include "reports/json.hpp"
#include "reports/text/csv.hpp"
#include "reports/text/histogram_text.hpp"
#include "reports/text/markdown.hpp"
#include "reports/text/table.hpp"
#include "reports/text/vllm.hpp"
#include "sim/cli/citation.hpp"
#include "sim/cli/png.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

std::string vllm_text(const Stored& stored) {
  std::optional<ArraysByArm> arrays;
  if (stored.per_request) arrays = load_request_arrays(stored.folder);
  const ArraysByArm* given = arrays ? &*arrays : nullptr;
  return stored.arm == nullptr ? to_vllm(stored.report, given) : to_vllm(*stored.arm, given);
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

const NamedChart& chart_named(const std::vector<NamedChart>& charts, const std::string& name) {
  const auto found = std::ranges::find(charts, name, &NamedChart::name);
  if (found != charts.end()) return *found;
  std::vector<std::string> names;
  for (const NamedChart& chart : charts) names.push_back(chart.name);
  const std::string near = nearest(name, names);
  throw InputError(fmt::format("--chart '{}': {}--format svg without --chart lists the names", name,
                               near.empty() ? "" : fmt::format("did you mean {}? ", near)));
}

/// Returns a chart as SVG; without a name, the names of all there are.
std::string svg_text(const Stored& stored) {
  const std::vector<NamedChart> charts = named_charts(stored.report);
  if (!stored.chart.empty()) {
    const NamedChart& chosen = chart_named(charts, stored.chart);
    return to_svg(chosen.chart, chosen.title);
  }
  std::string names;
  for (const NamedChart& chart : charts) names += printable(chart.name) + "\n";
  return names;
}

std::string png_bytes(const Stored& stored) {
  if (stored.chart.empty())
    throw InputError(
        "--format png draws one chart, expected --chart NAME; --format svg lists them");
  return to_png(svg_text(stored));
}

constexpr std::array kFormats = {
    ReportFormat{"table", "for a terminal, the arms side by side",
                 [](const Stored& stored) { return printable(to_table(stored.report)); }},
    ReportFormat{"html", "report.html: one page, with all it needs in it",
                 [](const Stored& stored) { return to_html(stored.report); }},
    ReportFormat{"json", "report.json, as it is stored",
                 [](const Stored& stored) { return to_json(stored.report); }},
    ReportFormat{"csv", "a line for each row, base units; --columns: some of it",
                 [](const Stored& stored) { return to_csv(stored.report, stored.columns); }, false,
                 false, true},
    ReportFormat{"markdown", "for an issue or a page of documentation",
                 [](const Stored& stored) { return printable(to_markdown(stored.report)); }},
    ReportFormat{"vllm", "the keys of vllm bench serve, for each arm; --arm, --per-request",
                 vllm_text, true, false, false, false, true},
    ReportFormat{"hgrm", "one histogram for HdrHistogram's plotter, in ms; --arm, --latency",
                 hgrm_text, true, true},
    ReportFormat{"histogram", "TTFT and transfer drawn for a terminal; --arm, --latency",
                 histogram_text, true, true},
    ReportFormat{"svg", "one chart of the page; without --chart, the names of all", svg_text, false,
                 false, false, true},
    ReportFormat{"png", "one chart of the page, 1400 pixels wide; --chart", png_bytes, false, false,
                 false, true},
    ReportFormat{"bibtex", "an entry that cites the program, by the result's version and date",
                 [](const Stored& stored) { return to_bibtex(stored.folder); }},
    ReportFormat{"timeline", "timeline.json, for Perfetto or chrome://tracing", stored_timeline},
};

}  // namespace

std::span<const ReportFormat> report_formats() {
  return kFormats;
}

}  // namespace splitbench
