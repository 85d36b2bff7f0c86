#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "reports/quantity_text.hpp"

namespace splitbench {

namespace {

bool is_watched() {
  return isatty(STDERR_FILENO);
}

}  // namespace

void show_progress(const std::string& line) {
  if (is_watched()) fmt::print(stderr, "\r\033[K{}", line);
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
    fmt::print(stderr, "{}/{} {}\n", over, points_, line);
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

}  // namespace splitbench
