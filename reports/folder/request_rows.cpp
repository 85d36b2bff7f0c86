#include "reports/folder/request_rows.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

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

}  // namespace

void for_each_request_row(const std::filesystem::path& folder,
                          const std::function<void(const nlohmann::json&)>& take) {
  const std::filesystem::path path = folder / "requests.jsonl";
  InputFile file(path, "the requests of a run", kAnyLength);
  std::size_t line = 0;
  try {
    for_each_line(file, [&](std::string_view text) {
      ++line;
      take(parse_foreign_json(text));
    });
  } catch (const InputError&) {
    throw;                                 // names the file already
  } catch (const std::exception& error) {  // JsonError, and those of the JSON library
    throw InputError(fmt::format("{}:{}: {}, expected a request as a run writes it", path.string(),
                                 line, error.what()));
  }
}

}  // namespace splitbench
