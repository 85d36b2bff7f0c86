#include "reports/folder/result_folder.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

#include "reports/folder/rows_json.hpp"
#include "reports/folder/trace_events.hpp"
#include "reports/html/html.hpp"
#include "reports/json.hpp"
#include "reports/text/histogram_text.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// The most requests of an arm that are kept for timeline.json; eight events of each fill it.
constexpr std::size_t kMostDrawn = kMaxTraceEvents / 8;

/// The files of a run. The last two are of a point of a sweep, which its run leaves as they are.
constexpr std::array<std::string_view, 9> kFiles = {
    "requests.jsonl", "transfers.jsonl", "scenario.yaml", "run.json",  "timeline.json",
    "report.html",    "report.json",     "stated.yaml",   "stderr.txt"};
constexpr FolderContents kContents{"a run's result", kFiles, "histograms", "scenario.yaml"};

/// Returns the first requests of a run, with their transfers.
RunRecord head_of(const RunRecord& run) {
  RunRecord head{.arm = run.arm, .repeat = run.repeat};
  std::set<std::uint64_t> transfers;
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup || timeline.status != Status::ok) continue;
    if (head.timelines.size() == kMostDrawn) break;
    head.timelines.push_back(timeline);
    transfers.insert(timeline.transfer);
  }
  for (const Transfer& transfer : run.transfers)
    if (transfers.contains(transfer.id)) head.transfers.push_back(transfer);
  return head;
}

std::size_t drawable(const RunRecord& run) {
  return static_cast<std::size_t>(std::ranges::count_if(
      run.timelines, [](const Timeline& t) { return !t.warmup && t.status == Status::ok; }));
}

/// Writes the histograms. Those of an earlier run are removed first: they may be of other arms.
void write_histograms(const std::filesystem::path& folder, const Report& report) {
  std::filesystem::create_directories(folder);
  for (const auto& earlier : std::filesystem::directory_iterator(folder))
    if (earlier.path().extension() == ".hgrm" || OutputFile::is_unfinished(earlier.path()))
      std::filesystem::remove(earlier.path());
  for (const auto& [arm, of_arm] : report.histograms)
    for (const auto& [latency, histogram] : of_arm)
      if (histogram.count() > 0)
        write_file(folder / fmt::format("{}_{}.hgrm", arm, latency), to_hgrm(histogram));
}

}  // namespace

ResultFolder::ResultFolder(std::filesystem::path folder, LockedFolder::Foreign foreign,
                           ResultParts parts)
    : folder_(std::move(folder), kContents, foreign),
      requests_(path() / "requests.jsonl"),
      transfers_(path() / "transfers.jsonl"),
      parts_(parts) {}

void ResultFolder::begin() {
  std::filesystem::remove(path() / "report.json");
}

void ResultFolder::add(const RunRecord& run) {
  begin();
  for (const Timeline& timeline : run.timelines)
    if (!timeline.warmup) requests_.append(request_row(timeline, parts_.token_gaps) + "\n");
  for (const Transfer& transfer : run.transfers)
    if (!transfer.warmup) transfers_.append(transfer_row(transfer) + "\n");
  if (run.repeat != 0 || !parts_.timeline) return;
  drawn_.push_back(head_of(run));
  not_drawn_ += drawable(run) - drawn_.back().timelines.size();
}

void ResultFolder::finish(const Report& report, const ResultTexts& texts) {
  begin();
  write_file(path() / "scenario.yaml", texts.scenario_yaml);
  write_file(path() / "run.json", texts.run_json);
  requests_.commit();
  transfers_.commit();
  if (parts_.timeline)
    write_file(path() / "timeline.json", to_trace_events(report.meta, drawn_, not_drawn_));
  else
    std::filesystem::remove(path() / "timeline.json");  // of an earlier result
  write_histograms(path() / "histograms", report);
  write_file(path() / "report.html", to_html(report));
  write_file(path() / "report.json", to_json(report));
}

Report load_report(const std::filesystem::path& folder) {
  constexpr std::uint64_t kMostBytes = 512 << 20;
  const std::filesystem::path path = folder / "report.json";
  return report_from_json(read_text(path, "the report of a finished run", kMostBytes),
                          path.string());
}

}  // namespace splitbench
