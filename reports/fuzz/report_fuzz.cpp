#include <cstdint>
#include <string_view>

#include "reports/html/html.hpp"
#include "reports/html/named_charts.hpp"
#include "reports/html/svg_chart.hpp"
#include "reports/json.hpp"
#include "reports/text/csv.hpp"
#include "reports/text/markdown.hpp"
#include "reports/text/table.hpp"
#include "reports/text/vllm.hpp"
#include "workloads/fuzz/claim.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

void check(std::string_view text) {
  try {
    const Report report = report_from_json(text, "r");
    const std::string written = to_json(report);
    claim(to_json(report_from_json(written, "r")) == written,
          "what was read is written and read again");
    for (const auto draw : {to_html, to_table, to_markdown}) draw(report);
    to_csv(report);
    for (const NamedChart& each : named_charts(report)) to_svg(each.chart, each.title);
    claim(!to_vllm(report).empty(), "every format takes every report");
  } catch (const InputError& error) {
    claim(std::string_view(error.what()).starts_with("r: "), "refusals name the file");
  }
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
