#include "reports/analysis/codec_arm.hpp"

namespace splitbench {

std::string answered_arm(const Report& report) {
  std::string first;
  for (const Row& row : report.rows) {
    const std::string& arm = row.axes.at("arm");
    if (arm == "splitzip") return arm;
    if (first.empty() && is_codec_arm(arm)) first = arm;
  }
  return first;
}

}  // namespace splitbench
