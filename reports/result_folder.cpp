#include "reports/result_folder.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <system_error>

#include "reports/json.hpp"
#include "reports/rows_json.hpp"
#include "reports/trace_events.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// A file that has its name only once it is whole: written beside it as <name>.part and renamed by
/// publish().
class WholeFile {
 public:
  explicit WholeFile(std::filesystem::path path)
      : path_(std::move(path)), part_(path_.string() + ".part"), stream_(part_, std::ios::binary) {
    check();
  }
  ~WholeFile() {
    std::error_code ignored;  // published already, or the run fails with an error of its own
    if (!published_) std::filesystem::remove(part_, ignored);
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void write(std::string_view text) {
    stream_ << text;
    check();
  }

  void publish() {
    stream_.close();
    check();
    std::filesystem::rename(part_, path_);
    published_ = true;
  }

 private:
  void check() const {
    if (!stream_)
      throw std::system_error(errno, std::generic_category(),
                              fmt::format("write {}", part_.string()));
  }

  std::filesystem::path path_;
  std::filesystem::path part_;
  std::ofstream stream_;
  bool published_ = false;
};

void write_text(const std::filesystem::path& path, std::string_view text) {
  WholeFile file(path);
  file.write(text);
  file.publish();
}

void write_requests(const std::filesystem::path& path, std::span<const RunRecord> runs) {
  WholeFile file(path);
  for (const RunRecord& run : runs)
    for (const Timeline& timeline : run.timelines)
      if (!timeline.warmup) file.write(request_row(timeline) + "\n");
  file.publish();
}

void write_transfers(const std::filesystem::path& path, std::span<const RunRecord> runs) {
  WholeFile file(path);
  for (const RunRecord& run : runs)
    for (const Transfer& transfer : run.transfers)
      if (!transfer.warmup) file.write(transfer_row(transfer) + "\n");
  file.publish();
}

}  // namespace

void write_results(const std::filesystem::path& folder, const Report& report,
                   std::span<const RunRecord> runs, const ResultTexts& texts) {
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder /
                          "report.json");  // of an earlier run: it must not vouch for a mixture
  write_text(folder / "scenario.yaml", texts.scenario_yaml);
  write_text(folder / "run.json", texts.run_json);
  write_requests(folder / "requests.jsonl", runs);
  write_transfers(folder / "transfers.jsonl", runs);
  write_text(folder / "timeline.json", to_trace_events(report.meta, runs));
  write_text(folder / "report.json", to_json(report));
}

Report load_report(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "report.json";
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw InputError(
        fmt::format("{}: no such file, expected the report of a finished run", path.string()));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return report_from_json(text, path.string());
}

}  // namespace splitbench
