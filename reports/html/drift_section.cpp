#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/html/sections.hpp"

namespace splitbench::html {

std::string drift(const nlohmann::ordered_json& charts) {
  if (charts.is_null()) return "";
  std::string figures;
  for (const nlohmann::ordered_json& name : charts.at("names"))
    figures += fmt::format("<figure data-chart=\"{}\"></figure>\n", name.get<std::string>());
  return section(
      "As the exponents drift",
      "Along the requests in order of their numbers. The best codebooks are those that "
      "these very elements would have given; nobody knows them beforehand.",
      "<div data-choice=\"drift\"></div>\n<div class=\"pair\">\n" + figures + "</div>\n");
}

}  // namespace splitbench::html
