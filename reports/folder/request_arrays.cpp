#include "reports/folder/request_arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

constexpr double kNanosecondsPerSecond = 1e9;

/// Hands on each line without its end, the last one also where it has none.
void for_each_line(InputFile& file, const std::function<void(std::string_view)>& take) {
  constexpr std::size_t kMostOfALine = 64 << 20;
  std::array<std::byte, 1 << 16> room;
  std::string text;
  while (const std::size_t length = file.read(room)) {
    text.append(reinterpret_cast<const char*>(room.data()), length);
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
      take(std::string_view(text).substr(begin, end - begin));
    text.erase(0, begin);
    if (text.size() > kMostOfALine) throw JsonError("a line of more than 64 MiB");
  }
  if (!text.empty()) take(text);
}

double seconds_of(const Json& row, const char* key) {
  return row.at(key).get<double>() / kNanosecondsPerSecond;
}

/// Adds a request. Throws JsonError or an exception of the JSON library if a key is missing.
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
  const std::filesystem::path path = folder / "requests.jsonl";
  InputFile file(path, "the requests of a run", kAnyLength);
  ArraysByArm arms;
  std::set<std::string> without_gaps;
  std::size_t line = 0;
  try {
    for_each_line(file, [&](std::string_view text) {
      ++line;
      add(arms, without_gaps, parse_foreign_json(text));
    });
  } catch (const InputError&) {
    throw;                                 // names the file already
  } catch (const std::exception& error) {  // JsonError, and those of the JSON library
    throw InputError(fmt::format("{}:{}: {}, expected a request as a run writes it", path.string(),
                                 line, error.what()));
  }
  for (const std::string& arm : without_gaps) arms[arm].itls.clear();
  return arms;
}

}  // namespace splitbench
