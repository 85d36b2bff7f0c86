#include "reports/folder/result_folder.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <system_error>

#include "reports/analysis/summarize.hpp"
#include "reports/testing/example_runs.hpp"
#include "reports/text/histogram_text.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

class ResultFolderTest : public testing::Test {
 protected:
  // Files that earlier tests read may have had the inodes of those that are written now.
  ResultFolderTest() { forget_files_read(); }

  void write() const {
    ResultFolder folder(folder_);
    for (const RunRecord& run : runs_) folder.add(run);
    folder.finish(report_, {"name: quickstart\n", "{}\n"});
  }

  std::string read(const char* name) const {
    return read_text_if_there(folder_ / name, "a file", 1 << 20).value_or("");
  }

  std::set<std::string> names() const {
    std::set<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      result.insert(entry.path().filename());
    return result;
  }

  const ScratchFolder scratch_;
  const std::filesystem::path folder_ = scratch_.file("nested");
  std::vector<RunRecord> runs_ = example::runs();
  Report report_ = summarize(example::meta(), runs_, example::checks());
};

TEST_F(ResultFolderTest, GivesBackTheReport) {
  write();
  EXPECT_EQ(load_report(folder_), report_);
}

TEST_F(ResultFolderTest, HoldsItsFilesAndNothingHalfWritten) {
  write();
  EXPECT_THAT(names(), testing::ElementsAre("histograms", "report.html", "report.json",
                                            "requests.jsonl", "run.json", "scenario.yaml",
                                            "timeline.json", "transfers.jsonl"));
  EXPECT_EQ(read("scenario.yaml"), "name: quickstart\n");
  EXPECT_EQ(read("run.json"), "{}\n");
}

TEST_F(ResultFolderTest, WritesARowForEachMeasuredRequestAndTransfer) {
  write();
  EXPECT_EQ(std::ranges::count(read("requests.jsonl"), '\n'), 60);
  EXPECT_EQ(std::ranges::count(read("transfers.jsonl"), '\n'), 60);
}

TEST_F(ResultFolderTest, ReplacesAnEarlierResult) {
  write();
  runs_.resize(3);
  report_ = summarize(example::meta(), runs_, {});
  write();
  EXPECT_EQ(load_report(folder_), report_);
  EXPECT_EQ(std::ranges::count(read("requests.jsonl"), '\n'), 30);
}

TEST_F(ResultFolderTest, HoldsTheHistogramsOfItsReportAndOfNoEarlierOne) {
  report_.histograms["raw"]["ttft"].add(example::ms(20));
  report_.histograms["splitzip"]["ttft"].add(example::ms(10));
  write();
  EXPECT_EQ(read("histograms/raw_ttft.hgrm"), to_hgrm(report_.histograms["raw"]["ttft"]));
  report_.histograms.erase("splitzip");
  write();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "histograms/splitzip_ttft.hgrm"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "histograms/raw_ttft.hgrm"));
}

TEST_F(ResultFolderTest, HasNoReportWhenWritingStoppedHalfWay) {
  write();
  {
    ResultFolder folder(folder_);
    for (const RunRecord& run : runs_) folder.add(run);
    std::filesystem::remove(folder_ / "timeline.json");
    std::filesystem::create_directories(folder_ / "timeline.json");  // blocks the file's name
    EXPECT_THROW(folder.finish(report_, {"name: quickstart\n", "{}\n"}), InputError);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "report.json"));
  EXPECT_THAT(names(), testing::Not(testing::Contains(testing::StartsWith(".splitbench-"))));
}

TEST_F(ResultFolderTest, KeepsAnEarlierResultUntilThereIsSomethingNew) {
  write();
  { const ResultFolder unused(folder_); }
  EXPECT_EQ(load_report(folder_), report_);
  ResultFolder begun(folder_);
  begun.add(runs_[0]);
  EXPECT_THROW(load_report(folder_), InputError);
}

TEST_F(ResultFolderTest, IsOfOneRunAtATimeAndOfNothingElse) {
  {
    const ResultFolder first(folder_);
    EXPECT_THROW(ResultFolder{folder_}, InputError);
  }
  std::filesystem::create_directories(folder_ / "points");  // a sweep's
  EXPECT_THROW(ResultFolder{folder_}, InputError);
  EXPECT_NO_THROW(ResultFolder(folder_, LockedFolder::Foreign::leave));
}

TEST_F(ResultFolderTest, NamesTheReportThatIsMissing) {
  try {
    load_report(folder_);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), (folder_ / "report.json").string() +
                                ": no such file, expected the report of a finished run");
  }
}

}  // namespace
}  // namespace splitbench
