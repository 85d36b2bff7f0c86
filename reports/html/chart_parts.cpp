#include "reports/html/chart_parts.hpp"

#include "workloads/statistics.hpp"

namespace splitbench {

using Json = nlohmann::ordered_json;

double chart_number(double value) {
  return round_to_digits(value, 5);
}

std::string_view arm_colour(std::string_view arm) {
  if (arm == "raw") return "arm-raw";
  if (arm == "bypass") return "arm-bypass";
  if (arm == "ranked") return "arm-ranked";
  if (arm == "auto") return "arm-auto";
  return arm == "splitzip" ? "arm-splitzip" : "arm-other";
}

Json chart_axis(std::string_view title, std::string_view unit, std::string_view scale) {
  return {{"title", title}, {"unit", unit}, {"scale", scale}};
}

Json line_of_arm(const std::string& arm, Json points) {
  return {{"name", arm}, {"colour", arm_colour(arm)}, {"points", std::move(points)}};
}

Json line_chart(Json x, Json y, Json series) {
  return {{"kind", "lines"},
          {"stepped", false},
          {"x", std::move(x)},
          {"y", std::move(y)},
          {"series", std::move(series)}};
}

}  // namespace splitbench
