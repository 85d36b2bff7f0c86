#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <vector>

#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/rows/row.hpp"

namespace splitbench {
namespace {

constexpr std::int64_t kMaxChat = std::numeric_limits<std::int64_t>::max();

bool names_objects(const RowShape& shape) {
  return std::ranges::any_of(
      shape.names, [](const NamedRole& name) { return name.name.find('.') != name.name.npos; });
}

/// Returns the names that a row needs, for messages.
std::string expected_of(const RowShape& shape) {
  std::vector<std::string_view> names;
  for (const Role role : {Role::arrival, Role::input, Role::output, Role::ids}) {
    if (shape.format == TraceFormat::ours && role == Role::ids) continue;
    const auto name = std::ranges::find(shape.names, role, &NamedRole::role);
    if (name != shape.names.end()) names.push_back(name->name);
  }
  return fmt::format("one JSON object with {}", fmt::join(names, ", "));
}

class JsonRows final : public RowFormat {
 public:
  JsonRows(const RowShape& shape, const TimeUnit& unit)
      : shape_(shape), unit_(unit), nested_(names_objects(shape)), expected_(expected_of(shape)) {}

  void read(const TracePlace& place, std::string_view record, Row& row) override {
    met_ = 0;
    read_object(place, parse_object(place, parser_, record, expected_), "", row);
  }

 private:
  /// A key at its place in the row before: rows of one file mostly have theirs in one order.
  struct Seen {
    std::string key;
    const NamedRole* name = nullptr;  // null: a key that means nothing here
  };

  void read_object(const TracePlace& place, JsonObject object, const std::string& prefix,
                   Row& row) {
    std::size_t index = 0;
    for (const auto [key, value] : object) {
      if (nested_ && value.is_object()) {
        read_object(place, value.get_object(), fmt::format("{}{}.", prefix, key), row);
        continue;
      }
      const NamedRole* const name =
          prefix.empty() ? name_at(index++, key) : name_of(fmt::format("{}{}", prefix, key));
      if (name && !value.is_null()) read_value(place, *name, value, row);
    }
  }

  const NamedRole* name_at(std::size_t index, std::string_view key) {
    if (index == seen_.size()) seen_.emplace_back();
    Seen& seen = seen_[index];
    if (seen.key != key) seen = {std::string(key), name_of(key)};
    return seen.name;
  }

  const NamedRole* name_of(std::string_view key) const {
    const auto found = std::ranges::find(shape_.names, key, &NamedRole::name);
    return found == shape_.names.end() ? nullptr : &*found;
  }

  void read_value(const TracePlace& place, const NamedRole& name, JsonValue value, Row& row) {
    TraceRequest& request = row.request;
    const TimeUnit& unit = name.unit ? *name.unit : unit_;
    const std::uint32_t bit = 1U << (&name - shape_.names.data());
    if (met_ & bit) place.refuse(fmt::format("'{}' twice", name.name), expected_);
    met_ |= bit;
    switch (name.role) {
      case Role::input:
      case Role::output:
      case Role::prefix_tokens:
      case Role::answer_tokens:
        return set_tokens(place, name.role, name.name,
                          integer_value(place, name.name, value, 0, kMaxTokens), row);
      case Role::block_tokens:
        return set_tokens(place, name.role, name.name,
                          integer_value(place, name.name, value, 1, kMaxBlockTokens), row);
      default:
        break;
    }
    if (row.has(name.role)) {
      if (name.role == Role::arrival && arrival_ < &name) return;
      if (name.role != Role::arrival)
        place.refuse(fmt::format("{}, and another name of the same", name.name), "one of them");
    }
    row.roles |= 1U << static_cast<unsigned>(name.role);
    switch (name.role) {
      case Role::arrival:
        arrival_ = &name;
        request.timestamp = time_value(place, name.name, value, unit);
        break;
      case Role::tool_wait:
      case Role::delay:
        request.delay += time_value(place, name.name, value, unit);
        break;
      case Role::session:
        text_value(place, name.name, value, request.session);
        break;
      case Role::request:
        text_value(place, name.name, value, request.request_id);
        break;
      case Role::prefix_of:
        text_value(place, name.name, value, request.prefix_of);
        break;
      case Role::wait_for:
        texts_value(place, name.name, value, request.wait_for);
        break;
      case Role::ids:
        ids_value(place, name.name, value, request.hash_ids);
        break;
      case Role::reset:
        request.prefix_reset = flag_value(place, name.name, value);
        break;
      case Role::chat:
        row.chat = chat_of(place, name.name, value);
        break;
      case Role::parent:
        row.parent = chat_of(place, name.name, value);
        break;
      default:
        break;
    }
  }

  static std::int64_t chat_of(const TracePlace& place, std::string_view key, JsonValue value) {
    std::int64_t number = 0;
    if (value.get(number) == simdjson::SUCCESS) return number;
    return static_cast<std::int64_t>(integer_value(place, key, value, 0, kMaxChat));
  }

  RowShape shape_;
  const TimeUnit& unit_;
  bool nested_;
  std::string expected_;
  simdjson::dom::parser parser_;
  std::vector<Seen> seen_;
  std::uint32_t met_ = 0;               // of the row that is read: bit for each of the names
  const NamedRole* arrival_ = nullptr;  // of the row that is read; the first one listed counts
};

void add_names(JsonObject object, const std::string& prefix, std::vector<std::string>& names) {
  constexpr std::size_t kMost = 1000, kLongest = 200;  // a foreign file may have any
  for (const auto [key, value] : object) {
    if (names.size() == kMost) return;
    names.push_back(fmt::format("{}{}", prefix, key.substr(0, kLongest)));
    if (value.is_object()) add_names(value.get_object(), names.back() + ".", names);
  }
}

}  // namespace

std::unique_ptr<RowFormat> make_json_format(const RowShape& shape, const TimeUnit& unit) {
  return std::make_unique<JsonRows>(shape, unit);
}

std::vector<std::string> names_of_object(std::string_view record) {
  std::vector<std::string> names;
  if (record.find_first_not_of(" \t\r\n") != record.find('{')) return names;
  simdjson::dom::parser parser;
  try {
    add_names(parse_object({}, parser, record, ""), "", names);
  } catch (const InputError&) {
    names.clear();
  }
  return names;
}

}  // namespace splitbench
