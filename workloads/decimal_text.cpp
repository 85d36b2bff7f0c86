#include "workloads/decimal_text.hpp"

#include <fmt/format.h>

namespace splitbench {
namespace {

bool is_zero(const std::string& text) {
  return text.find_first_not_of("+-0.") == std::string::npos;
}

}  // namespace

std::string decimal_text(double value, int decimals) {
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  return is_zero(text) && text.starts_with('-') ? text.substr(1) : text;
}

std::string signed_decimal_text(double value, int decimals) {
  const std::string text = fmt::format("{:+.{}f}", value, decimals);
  return is_zero(text) ? text.substr(1) : text;
}

}  // namespace splitbench
