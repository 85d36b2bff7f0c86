#include "workloads/files.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>

#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t kMostBytes = 1 << 20;

class FilesTest : public testing::Test {
 protected:
  // Of earlier tests, whose inodes the file system gives to new files.
  FilesTest() { forget_files_read(); }

  static std::string read(const fs::path& path) { return read_text(path, "a text", kMostBytes); }

  static std::string refusal(const fs::path& path, std::uint64_t most_bytes = kMostBytes) {
    try {
      read_text(path, "a text", most_bytes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  static std::string refusal_to_write(const fs::path& path) {
    try {
      write_file(path, "text", OutputFile::Named::by_user);
    } catch (const InputError& error) {
      return error.what();
    }
    return "written";
  }

  std::size_t unfinished() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_))
      count += OutputFile::is_unfinished(entry.path()) ? 1 : 0;
    return count;
  }

  const ScratchFolder scratch_;
  const fs::path folder_ = scratch_.path();
  const fs::path file_ = folder_ / "file";
};

TEST_F(FilesTest, ComeBackAsTheyWereWritten) {
  for (const std::size_t length : {0u, 1u, 4095u, 4096u, 65'535u, 65'536u, 200'000u}) {
    std::string text(length, 'x');
    if (length > 1) text[1] = '\0';
    write_file(file_, text);
    EXPECT_EQ(read(file_), text);
    EXPECT_EQ(read_bytes(file_, "bytes").size(), length);
  }
}

TEST_F(FilesTest, AreReadWholeWhereTheyDoNotSayHowLongTheyAre) {
  EXPECT_NE(read("/proc/self/status").find("Name:"), std::string::npos);
}

TEST_F(FilesTest, SayWhyTheyCannotBeRead) {
  EXPECT_EQ(refusal(file_), file_.string() + ": no such file, expected a text");
  EXPECT_EQ(refusal(folder_), folder_.string() + ": a folder, expected a text");
  EXPECT_EQ(read_text_if_there(file_, "a text", kMostBytes), std::nullopt);
  EXPECT_THROW(read_text_if_there(folder_, "a text", kMostBytes), InputError);
}

TEST_F(FilesTest, ThatNeverEndOrNeverBeginAreNotRead) {
  EXPECT_EQ(refusal("/dev/zero"), "/dev/zero: a device, expected a text");
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(refusal(file_), file_.string() + ": a pipe, expected a text");
}

TEST_F(FilesTest, OfMoreThanTheirKindHasAreRefusedBeforeTheyAreRead) {
  write_file(file_, "12345");
  EXPECT_EQ(refusal(file_, 5), "accepted");
  EXPECT_EQ(refusal(file_, 4), file_.string() + ": 5 bytes, expected a text of at most 4");
  EXPECT_EQ(refusal("/proc/self/status", 40),
            "/proc/self/status: more than 40 bytes, expected a text of at most 40");
  fs::resize_file(file_, machine_memory());  // sparse: it takes no room
  EXPECT_THROW(read_bytes(file_, "bytes"), InputError);
}

TEST_F(FilesTest, AreReadInPartsAndAtAnOffset) {
  write_file(file_, "0123456789");
  InputFile file(file_, "digits", kMostBytes);
  std::string part(4, ' ');
  EXPECT_EQ(file.read(std::as_writable_bytes(std::span(part))), 4u);
  EXPECT_EQ(part, "0123");
  file.read_at(7, std::as_writable_bytes(std::span(part).first(3)));
  EXPECT_EQ(part, "7893");
  EXPECT_EQ(file.read(std::as_writable_bytes(std::span(part))), 0u);
  EXPECT_THROW(file.read_at(8, std::as_writable_bytes(std::span(part))), InputError);
}

TEST_F(FilesTest, AnOutputThatIsNotCommittedLeavesWhatWasThere) {
  write_file(file_, "before");
  {
    OutputFile output(file_);
    output.append("half");
    EXPECT_EQ(unfinished(), 1u);
  }
  EXPECT_EQ(read(file_), "before");
  EXPECT_EQ(unfinished(), 0u);
}

TEST_F(FilesTest, TwoOutputsOfOneNameAreTwoFiles) {
  OutputFile first(file_), second(file_);
  EXPECT_EQ(unfinished(), 2u);
  first.append("first");
  second.append("second");
  second.commit();
  EXPECT_EQ(read(file_), "second");
  first.commit();
  EXPECT_EQ(read(file_), "first");
}

TEST_F(FilesTest, NothingButARegularFileIsReplaced) {
  EXPECT_EQ(refusal_to_write("/dev/null"),
            "/dev/null: a device, expected a regular file to replace, or none");
  write_file(file_, "mine");
  fs::create_symlink(file_, folder_ / "link");
  EXPECT_THAT(refusal_to_write(folder_ / "link"), HasSubstr("a symbolic link, expected"));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal_to_write(folder_ / "pipe"), HasSubstr("a pipe, expected"));
  EXPECT_EQ(read(file_), "mine");
  EXPECT_EQ(unfinished(), 0u);
}

TEST_F(FilesTest, AFullDiskIsNamedAsSuch) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 10, .rlim_max = before.rlim_max};
  const auto ignored = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string why;
  try {
    write_file(file_, "more than ten bytes");
  } catch (const std::system_error& error) {
    why = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, ignored);
  EXPECT_EQ(why, "write " + file_.string() + ": File too large");
  EXPECT_EQ(unfinished(), 0u);
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(FilesTest, WhatWasReadIsNotOverwrittenByANameThatTheUserGave) {
  write_file(file_, "input");
  fs::create_hard_link(file_, folder_ / "again");
  EXPECT_EQ(refusal_to_write(file_), "written");
  write_file(file_, "input");
  read(file_);
  EXPECT_EQ(refusal_to_write(file_),
            file_.string() + ": is read and would be overwritten, expected another file");
  EXPECT_NO_THROW(write_file(file_, "ours", OutputFile::Named::by_us));
  read(file_);
  forget_files_read();
  EXPECT_EQ(refusal_to_write(file_), "written");
  read(folder_ / "again");
  EXPECT_EQ(refusal_to_write(folder_ / "." / "again"),
            (folder_ / "." / "again").string() +
                ": is read and would be overwritten, expected another file");
}

TEST_F(FilesTest, NamesMayBeAsLongAsTheDiskAllows) {
  const fs::path longest = folder_ / std::string(255, 'x');
  write_file(longest, "text");
  EXPECT_EQ(read(longest), "text");
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
  EXPECT_THROW(write_file(folder_ / "no" / "file", "text"), std::system_error);
  OutputFile output(file_);
  fs::create_directories(file_);  // no file can take its place
  EXPECT_THROW(output.commit(), std::system_error);
  EXPECT_EQ(unfinished(), 0u);
}

}  // namespace
}  // namespace splitbench
