#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>
#include <vector>

#include "reports/html/html_text.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"

namespace splitbench::html {
namespace {

/// More of them are folded up.
constexpr std::size_t kWarningsShown = 6;

/// What a sentence speaks of stands apart from what it says.
std::string sentence_item(const std::string& sentence) {
  const std::size_t colon = sentence.find(": ");
  if (colon == std::string::npos) return fmt::format("<li>{}</li>\n", html_text(sentence));
  return fmt::format("<li><span class=\"what\">{}</span> {}</li>\n",
                     html_text(sentence.substr(0, colon)), html_text(sentence.substr(colon + 2)));
}

std::string what_ran(const ReportMeta& meta) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::string part) {
    if (!part.empty()) parts.push_back(html_text(part));
  };
  add(meta.model);
  add(meta.kv_dtype);
  if (meta.link_bandwidth)
    add(fmt::format("{}, {}", quantity_text(*meta.link_bandwidth, "bit/s"),
                    quantity_text(seconds(meta.link_latency), "s")));
  add(meta.backend);
  add(meta.time.empty() ? "" : meta.time + " time");
  add(fmt::format("seed {}", meta.seed));
  add(fmt::format("{} repeat{}", meta.repeats, meta.repeats == 1 ? "" : "s"));
  if (!meta.verify.empty()) add("verify " + meta.verify);
  add(meta.transport);
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string list(std::span<const std::string> items) {
  std::string text = "<ul>\n";
  for (const std::string& item : items) text += fmt::format("<li>{}</li>\n", html_text(item));
  return text + "</ul>\n";
}

std::string warnings(const ReportMeta& meta) {
  if (meta.warnings.empty()) return "";
  const std::span<const std::string> all = meta.warnings;
  const std::size_t shown = std::min(kWarningsShown, all.size());
  std::string text = list(all.first(shown));
  if (shown < all.size())
    text += fmt::format("<details><summary>{} more</summary>\n{}</details>\n", all.size() - shown,
                        list(all.subspan(shown)));
  return fmt::format("<div class=\"warnings\" role=\"note\">\n{}</div>\n", text);
}

}  // namespace

std::string heading(const Report& report) {
  const ReportMeta& meta = report.meta;
  std::string text = fmt::format(
      "<header>\n<p class=\"product\">splitbench {}</p>\n<h1>{} <span class=\"badge "
      "{}\">{}</span></h1>\n<ul class=\"answer\">\n",
      report.axes.empty() ? "run" : "sweep", html_text(meta.scenario),
      meta.valid ? "valid" : "not-valid", meta.valid ? "valid" : "NOT VALID");
  for (const std::string& sentence : answer(report)) text += sentence_item(sentence);
  return text + fmt::format("</ul>\n{}<p class=\"meta\">{}</p>\n</header>\n", warnings(meta),
                            what_ran(meta));
}

std::string section(std::string_view title, std::string_view caption, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"caption\">{}</p>\n{}</section>\n", title,
                     caption, content);
}

}  // namespace splitbench::html
