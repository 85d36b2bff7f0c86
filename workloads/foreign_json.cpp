#include "workloads/foreign_json.hpp"

#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

namespace splitbench {
namespace {

using Json = nlohmann::json;

/// Goes over a text without keeping its values. The parser itself does not recurse.
class Check final : public nlohmann::json_sax<Json> {
 public:
  Check(std::string_view text, std::size_t most_values) : text_(text), most_values_(most_values) {}

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }

  bool start_object(std::size_t) override { return open(); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second)
      throw JsonError(fmt::format("'{}' stands twice in one object", name));
    return count();
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t at, const std::string&, const Json::exception& error) override {
    if (dynamic_cast<const Json::out_of_range*>(&error))
      throw JsonError("a number too large for a double");
    if (at > text_.size())
      throw JsonError(fmt::format("the JSON ends after {} bytes", text_.size()));
    throw JsonError(fmt::format("broken JSON at byte {}", at));
  }

 private:
  bool count() {
    if (++values_ > most_values_)
      throw JsonError(fmt::format("JSON of more than {} values", most_values_));
    return true;
  }

  bool open() {
    names_.emplace_back();
    if (names_.size() > kMaxJsonDepth)
      throw JsonError(fmt::format("JSON nested more than {} deep", kMaxJsonDepth));
    return count();
  }

  bool close() {
    names_.pop_back();
    return true;
  }

  std::string_view text_;
  std::size_t most_values_;
  std::vector<std::set<std::string>> names_;  // of each object that is open; none of an array
  std::size_t values_ = 0;
};

}  // namespace

nlohmann::json parse_foreign_json(std::string_view text, std::size_t most_values) {
  Check check(text, most_values);
  Json::sax_parse(text, &check);
  return Json::parse(text);
}

std::optional<nlohmann::json> try_parse_foreign_json(std::string_view text,
                                                     std::size_t most_values) {
  try {
    return parse_foreign_json(text, most_values);
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

}  // namespace splitbench
