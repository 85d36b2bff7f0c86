#include "workloads/locked_folder.hpp"

#include <array>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <unistd.h>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kNames = {"report.json", "points"};
constexpr FolderContents kContents{"a run's result", kNames};

class LockedFolderTest : public testing::Test {
 protected:
  ~LockedFolderTest() override { fs::remove_all(folder_); }

  std::string refusal(LockedFolder::Foreign foreign = LockedFolder::Foreign::refuse) const {
    try {
      const LockedFolder folder(folder_, kContents, foreign);
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / fmt::format("locked_folder_test_{}", getpid()) / "result";
};

TEST_F(LockedFolderTest, IsMadeAndTakenUpAgain) {
  {
    const LockedFolder folder(folder_, kContents);
    write_file(folder.path() / "report.json", "{}");
  }
  EXPECT_EQ(refusal(), "taken");
  EXPECT_TRUE(fs::exists(folder_ / "report.json"));
}

TEST_F(LockedFolderTest, IsGoneIfNothingWasPutInIt) {
  EXPECT_EQ(refusal(), "taken");
  EXPECT_FALSE(fs::exists(folder_));
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

TEST_F(LockedFolderTest, FollowsNoLinkOfAnyOfItsNames) {
  fs::create_directories(folder_);
  fs::create_symlink("/etc", folder_ / "points");
  EXPECT_THAT(refusal(), HasSubstr("points: a symbolic link"));
  EXPECT_THAT(refusal(LockedFolder::Foreign::leave), HasSubstr("points: a symbolic link"));
}

TEST_F(LockedFolderTest, ClearsWhatAKilledProcessLeftUnfinished) {
  fs::create_directories(folder_);
  write_file(folder_ / "report.json.0123abcd.part", "{");
  EXPECT_EQ(refusal(), "taken");
  fs::create_directories(folder_);
  write_file(folder_ / "other.0123abcd.part", "{");
  EXPECT_THAT(refusal(), HasSubstr("holds other.0123abcd.part"));
}

TEST_F(LockedFolderTest, SaysWhyItCannotBeMade) {
  fs::create_directories(folder_.parent_path());
  write_file(folder_, "a file");
  EXPECT_THAT(refusal(), HasSubstr("cannot be a result folder"));
}

}  // namespace
}  // namespace splitbench
