#include "workloads/mooncake.hpp"

#include <cerrno>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxLine = 4 << 20;  // a prompt of kMaxTokens has 1.5 MB of block ids
constexpr double kMaxTimestamp = 4e12;     // ms: the year 2096 if it counts from 1970
constexpr std::size_t kMaxQuotation = 40;  // characters of the file shown in a message

/// The reader's place in the file, which every message begins with.
struct Place {
  const std::filesystem::path& path;
  std::uint64_t line = 0;

  [[noreturn]] void refuse(std::string_view found, std::string_view expected) const {
    throw InputError(fmt::format("{}:{}: {}, expected {}", path.string(), line, found, expected));
  }
};

std::string quoted(const json& value) {
  if (value.is_structured()) return fmt::format("an {}", value.type_name());
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxQuotation) text.replace(kMaxQuotation, std::string::npos, "...");
  return text;
}

json parse(const Place& place, std::string_view text) {
  constexpr std::string_view kExpected =
      "one JSON object with timestamp, input_length, output_length, hash_ids";
  json object;
  try {
    object = json::parse(text);
  } catch (const json::parse_error& error) {
    if (text.empty()) place.refuse("an empty line", kExpected);
    if (error.byte > text.size()) place.refuse("the line ends inside its JSON", kExpected);
    place.refuse(fmt::format("broken JSON at column {}", error.byte), kExpected);
  } catch (const json::out_of_range&) {
    place.refuse("a number too large for a double", kExpected);
  }
  if (!object.is_object()) place.refuse(quoted(object), kExpected);
  return object;
}

const json& member(const Place& place, const json& object, const char* key,
                   std::string_view expected) {
  const auto found = object.find(key);
  if (found == object.end()) place.refuse(fmt::format("{} is missing", key), expected);
  return *found;
}

std::uint64_t tokens(const Place& place, const json& object, const char* key) {
  static const std::string kExpected = fmt::format("an integer from 1 to {}", kMaxTokens);
  const json& value = member(place, object, key, kExpected);
  const auto count = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (count < 1 || count > kMaxTokens)
    place.refuse(fmt::format("{} is {}", key, quoted(value)), kExpected);
  return count;
}

Time timestamp(const Place& place, const json& object) {
  constexpr std::string_view kExpected = "milliseconds from 0 to 4e12";
  const json& value = member(place, object, "timestamp", kExpected);
  if (!value.is_number() || value < 0 || value > kMaxTimestamp)
    place.refuse(fmt::format("timestamp is {}", quoted(value)), kExpected);
  if (value.is_number_integer()) return std::chrono::milliseconds(value.get<std::int64_t>());
  return Time(std::llround(value.get<double>() * 1e6));
}

void check_hash_ids(const Place& place, const json& object) {
  constexpr std::string_view kExpected = "an array of integers from 0";
  const json& value = member(place, object, "hash_ids", kExpected);
  if (!value.is_array()) place.refuse(fmt::format("hash_ids is {}", quoted(value)), kExpected);
  for (std::size_t i = 0; i < value.size(); ++i)
    if (!value[i].is_number_unsigned())
      place.refuse(fmt::format("hash_ids[{}] is {}", i, quoted(value[i])), kExpected);
}

double milliseconds(Time time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

MooncakeRequest parse_request(const Place& place, std::string_view text) {
  const json object = parse(place, text);
  const MooncakeRequest request{.timestamp = timestamp(place, object),
                                .input_length = tokens(place, object, "input_length"),
                                .output_length = tokens(place, object, "output_length")};
  check_hash_ids(place, object);
  return request;
}

std::ifstream open(const std::filesystem::path& path) {
  const auto refuse = [&path](std::string_view found) {
    throw InputError(fmt::format("{}: {}, expected a Mooncake trace", path.string(), found));
  };
  if (!std::filesystem::exists(path)) refuse("no such file");
  if (std::filesystem::is_directory(path)) refuse("a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse("cannot be read");
  return file;
}

/// The next line without its end, in `buffer`; nothing at the end of the file.
std::optional<std::string_view> next_line(std::istream& file, Place& place,
                                          std::span<char> buffer) {
  ++place.line;
  file.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  const auto length = static_cast<std::size_t>(file.gcount());
  if (file.fail() && !file.bad() && length > 0)
    place.refuse(fmt::format("a line of {} bytes or more", buffer.size()), "one request a line");
  if (file.bad())
    throw std::system_error(errno, std::generic_category(), "read " + place.path.string());
  if (file.fail()) return std::nullopt;
  return std::string_view(buffer.data(), file.eof() ? length : length - 1);
}

}  // namespace

std::vector<MooncakeRequest> read_mooncake(const std::filesystem::path& path, std::uint64_t keep) {
  std::ifstream file = open(path);
  std::vector<MooncakeRequest> requests;
  Place place{path};
  Time latest{0};
  std::vector<char> buffer(kMaxLine);
  while (const std::optional<std::string_view> line = next_line(file, place, buffer)) {
    const MooncakeRequest request = parse_request(place, *line);
    if (request.timestamp < latest)
      place.refuse(fmt::format("timestamp is {} ms", milliseconds(request.timestamp)),
                   fmt::format("at least the {} ms of the line before", milliseconds(latest)));
    latest = request.timestamp;
    if (keep == 0 || requests.size() < keep) requests.push_back(request);
  }
  if (requests.empty()) place.refuse("an empty file", "a Mooncake trace: one JSON object a line");
  return requests;
}

}  // namespace splitbench
