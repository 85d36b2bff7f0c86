#include "workloads/files.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() { fs::create_directories(folder_); }
  ~FilesTest() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::error_code error;
    std::string text = read_file(path, error);
    EXPECT_FALSE(error) << error.message();
    return text;
  }

  const fs::path folder_ = fs::path(testing::TempDir()) /
                           fmt::format("files_test_{}", getpid());  // tests run beside each other
  const fs::path file_ = folder_ / "file";
};

TEST_F(FilesTest, ComeBackAsTheyWereWritten) {
  for (const std::size_t length : {0u, 1u, 4095u, 4096u, 100'000u}) {
    std::string text(length, 'x');
    if (length > 1) text[1] = '\0';
    write_file(file_, text);
    EXPECT_EQ(read(file_), text);
    EXPECT_EQ(read_bytes(file_).size(), length);
  }
}

TEST_F(FilesTest, AreReadWholeWhereTheyDoNotSayHowLongTheyAre) {
  EXPECT_NE(read("/proc/self/status").find("Name:"), std::string::npos);
}

TEST_F(FilesTest, SayWhyTheyCannotBeRead) {
  std::error_code error;
  EXPECT_EQ(read_file(file_, error), "");
  EXPECT_EQ(error.value(), ENOENT);
  EXPECT_EQ(read_file(folder_, error), "");
  EXPECT_EQ(error.value(), EISDIR);
  try {
    read_bytes(file_);
    FAIL();
  } catch (const InputError& refused) {
    EXPECT_EQ(refused.what(), file_.string() + ": cannot be read: No such file or directory");
  }
}

TEST_F(FilesTest, AnOutputThatIsNotCommittedLeavesWhatWasThere) {
  write_file(file_, "before");
  {
    OutputFile output(file_);
    output.append("half");
    EXPECT_TRUE(fs::exists(file_.string() + ".part"));
  }
  EXPECT_EQ(read(file_), "before");
  EXPECT_FALSE(fs::exists(file_.string() + ".part"));
}

TEST_F(FilesTest, TheStartOfAnOutputCanBeWrittenLast) {
  OutputFile output(file_);
  output.append("????, then the rest");
  output.overwrite_start(std::as_bytes(std::span("head", 4)));
  output.append(".");
  output.commit();
  EXPECT_EQ(read(file_), "head, then the rest.");
}

TEST_F(FilesTest, WhereNothingCanBeWrittenIsTheUsersMistakeAndALostPlaceTheMachines) {
  EXPECT_THROW(OutputFile(folder_ / "no" / "file"), InputError);
  fs::create_directories(file_);  // no file can take its place
  EXPECT_THROW(write_file(file_, "text"), std::system_error);
  EXPECT_FALSE(fs::exists(file_.string() + ".part"));
}

}  // namespace
}  // namespace splitbench
