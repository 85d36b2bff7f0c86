#include "reports/folder/request_arrays.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/folder/request_rows.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

constexpr double kNanosecondsPerSecond = 1e9;

double seconds_of(const Json& row, const char* key) {
  return row.at(key).get<double>() / kNanosecondsPerSecond;
}

/// Adds a request. Throws an exception of the JSON library if a key is missing.
void add(ArraysByArm& arms, std::set<std::string>& without_gaps, const Json& row) {
  const auto arm = row.at("arm").get<std::string>();
  RequestArrays& arrays = arms[arm];
  const bool ok = row.at("status") == "ok";
  arrays.input_lens.push_back(row.at("prompt_tokens").get<std::uint64_t>());
  arrays.output_lens.push_back(ok ? row.at("output_tokens").get<std::uint64_t>() : 0);
  arrays.start_times.push_back(seconds_of(row, "arrival_ns"));
  arrays.ttfts.push_back(ok ? seconds_of(row, "ttft_ns") : 0);
  arrays.errors.push_back(ok ? "" : row.value("failure", row.at("status").get<std::string>()));
  std::vector<double>& gaps = arrays.itls.emplace_back();
  if (!row.contains("itl_ns")) {
    if (ok) without_gaps.insert(arm);
    return;
  }
  for (const Json& gap : row.at("itl_ns"))
    gaps.push_back(gap.get<double>() / kNanosecondsPerSecond);
}

}  // namespace

ArraysByArm load_request_arrays(const std::filesystem::path& folder) {
  ArraysByArm arms;
  std::set<std::string> without_gaps;
  for_each_request_row(folder, [&](const Json& row) { add(arms, without_gaps, row); });
  for (const std::string& arm : without_gaps) arms[arm].itls.clear();
  return arms;
}

}  // namespace splitbench
