#include "workloads/locked_folder.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kFiles = {"scenario.yaml", "report.json"};
constexpr FolderContents kContents{"a run's result", kFiles, "points", "scenario.yaml"};

class LockedFolderTest : public testing::Test {
 protected:
  std::string refusal(LockedFolder::Foreign foreign = LockedFolder::Foreign::refuse) const {
    try {
      const LockedFolder folder(folder_, kContents, foreign);
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  }

  const ScratchFolder scratch_;
  const fs::path folder_ = scratch_.file("result");
};

TEST_F(LockedFolderTest, IsMadeAndTakenUpAgain) {
  {
    const LockedFolder folder(folder_, kContents);
    write_file(folder.path() / "scenario.yaml", "");
    write_file(folder.path() / "report.json", "{}");
  }
  EXPECT_EQ(refusal(), "taken");
  EXPECT_TRUE(fs::exists(folder_ / "report.json"));
}

TEST_F(LockedFolderTest, IsGoneIfNothingWasPutInIt) {
  EXPECT_EQ(refusal(), "taken");
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(LockedFolderTest, TakesTheFoldersAboveItWithItIfItMadeThem) {
  const fs::path above = folder_.parent_path();
  fs::create_directories(above);
  for (const char* end : {"a/b", "a/b/", "./a//b"}) {
    { const LockedFolder folder(above / end, kContents); }
    EXPECT_TRUE(fs::is_empty(above)) << end;
  }
  { const LockedFolder folder(above, kContents); }
  EXPECT_TRUE(fs::exists(above));  // it was there before
}

TEST_F(LockedFolderTest, IsOfOneAtATime) {
  std::optional<LockedFolder> first(std::in_place, folder_, kContents);
  EXPECT_EQ(
      refusal(),
      folder_.string() + ": another run or sweep is writing to it, expected another --output-dir");
  EXPECT_NE(refusal(LockedFolder::Foreign::leave), "taken");
  first.reset();
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(LockedFolderTest, HoldsNothingElseUnlessItMayStay) {
  fs::create_directories(folder_);
  write_file(folder_ / "thesis.tex", "years of work");
  EXPECT_THAT(refusal(), HasSubstr("holds thesis.tex, which is no part of a run's result"));
  EXPECT_EQ(refusal(LockedFolder::Foreign::leave), "taken");
  EXPECT_TRUE(fs::exists(folder_ / "thesis.tex"));
}

TEST_F(LockedFolderTest, IsOursOnlyWithTheFileThatComesFirst) {
  fs::create_directories(folder_ / "points");
  EXPECT_THAT(refusal(), HasSubstr("holds points and no scenario.yaml"));
  write_file(folder_ / "scenario.yaml", "");
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(LockedFolderTest, TakesNothingElseForOneOfItsFiles) {
  fs::create_directories(folder_ / "report.json");
  EXPECT_THAT(refusal(), HasSubstr("report.json: expected a file that an earlier run wrote"));
  fs::remove(folder_ / "report.json");
  fs::create_symlink("/etc", folder_ / "points");
  for (const auto foreign : {LockedFolder::Foreign::refuse, LockedFolder::Foreign::leave})
    EXPECT_THAT(refusal(foreign), HasSubstr("points: expected a folder that an earlier run wrote"));
}

TEST_F(LockedFolderTest, ClearsWhatAKilledProcessLeftUnfinishedAndNothingElse) {
  fs::create_directories(folder_);
  const fs::path unfinished = folder_ / ".splitbench-0123abcd";
  write_file(unfinished, "{");
  write_file(folder_ / "report.json-backup12.part", "precious");
  EXPECT_THAT(refusal(), HasSubstr("holds report.json-backup12.part"));
  EXPECT_TRUE(fs::exists(unfinished));  // what is refused stays as it is
  fs::remove(folder_ / "report.json-backup12.part");
  EXPECT_EQ(refusal(), "taken");
  EXPECT_FALSE(fs::exists(unfinished));
}

TEST_F(LockedFolderTest, SaysWhyItCannotBeMade) {
  fs::create_directories(folder_.parent_path());
  write_file(folder_, "a file");
  EXPECT_THAT(refusal(), HasSubstr("cannot be a result folder"));
}

}  // namespace
}  // namespace splitbench
