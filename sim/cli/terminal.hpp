#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace splitbench {

/// Prints text for people on stdout, printable: names in it may come from anybody.
void print_text(std::string_view text);

/// Prints what programs read on stdout: byte for byte into a file or a pipe, printable on a
/// terminal.
void print_data(std::string_view data);

/// Shows a line on stderr in place of the last one, if a person is watching; an empty one leaves
/// the terminal as it was.
void show_progress(const std::string& line);

/// Says on stderr how far a sweep is: on a terminal in one line with a bar, else in a line for each
/// point.
class SweepProgress {
 public:
  explicit SweepProgress(std::size_t points);

  void kept(const std::string& point);
  void done(const std::string& point);
  void failed(const std::string& point, const std::string& why);
  /// Leaves the terminal's line empty for what comes next.
  void clear() const;

 private:
  void show(const std::string& line) const;

  using Clock = std::chrono::steady_clock;
  const Clock::time_point began_ = Clock::now();
  std::size_t points_;
  std::size_t kept_ = 0, done_ = 0, failed_ = 0;
};

// Plots for a terminal.

/// A bar that is `share` of 40 characters long, to an eighth of a character.
std::string bar(double share);

/// A character for each count, as high as its share of the highest.
std::string columns(std::span<const std::uint64_t> counts);

}  // namespace splitbench
