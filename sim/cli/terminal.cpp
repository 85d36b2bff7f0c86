#include "sim/cli/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

#include "reports/quantity_text.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {

namespace {

bool is_watched() {
  return isatty(STDERR_FILENO);
}

}  // namespace

void print_text(std::string_view text) {
  fmt::print("{}", printable(text));
}

void print_data(std::string_view data) {
  isatty(STDOUT_FILENO) ? print_text(data) : fmt::print("{}", data);
}

void show_progress(const std::string& line) {
  if (is_watched()) write_to_stderr("\r\033[K" + printable(line));
}

SweepProgress::SweepProgress(std::size_t points) : points_(points) {}

void SweepProgress::kept(const std::string& point) {
  ++kept_;
  show(point + ": done before");
}

void SweepProgress::done(const std::string& point) {
  ++done_;
  show(point + ": done");
}

void SweepProgress::failed(const std::string& point, const std::string& why) {
  ++failed_;
  show(fmt::format("{}: failed: {}", point, why));
}

void SweepProgress::clear() const {
  show_progress("");
}

void SweepProgress::show(const std::string& line) const {
  constexpr std::size_t kBar = 30;
  const std::size_t over = kept_ + done_ + failed_, ran = done_ + failed_;
  if (!is_watched()) {
    write_to_stderr(fmt::format("{}/{} {}\n", over, points_, printable(line)));
    return;
  }
  const std::chrono::duration<double> took = Clock::now() - began_;
  const double left = took.count() * static_cast<double>(points_ - over) /
                      static_cast<double>(std::max<std::size_t>(ran, 1));
  std::string shown = fmt::format("[{:<{}}] {} of {} points",
                                  std::string(kBar * over / points_, '#'), kBar, over, points_);
  if (failed_ > 0) shown += fmt::format(", {} failed", failed_);
  if (ran > 0 && over < points_) shown += fmt::format(", {} left", quantity_text(left, "s"));
  show_progress(shown);
}

std::string bar(double share) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  constexpr double kLongestBar = 40;
  const auto eighths = static_cast<unsigned>(std::lround(share * kLongestBar * 8));
  std::string text;
  for (unsigned i = 0; i < eighths / 8; ++i) text += "█";
  return text + std::string(kEighths[eighths % 8]);
}

std::string columns(std::span<const std::uint64_t> counts) {
  constexpr std::string_view kEighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (counts.empty()) return "";
  const std::uint64_t highest = std::max<std::uint64_t>(1, std::ranges::max(counts));
  std::string text;
  for (const std::uint64_t count : counts) text += kEighths[(count * 8 + highest - 1) / highest];
  return text;
}

}  // namespace splitbench
