#include "reports/json_node.hpp"

#include <cmath>
#include <fmt/format.h>

#include "reports/json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

Node::Node(const Json& json, std::string_view file, std::string path)
    : json_(json), file_(file), path_(std::move(path)) {}

Node Node::operator[](const std::string& key) const {
  if (!json_.is_object()) refuse("an object");
  const std::string path = path_.empty() ? key : path_ + "." + key;
  if (!json_.contains(key))
    throw InputError(fmt::format("{}: {} is missing, expected a report of schema_version {}", file_,
                                 path, kReportSchemaVersion));
  return {json_.at(key), file_, path};
}

std::string Node::text() const {
  if (!json_.is_string()) refuse("a string");
  return json_.get<std::string>();
}

bool Node::flag() const {
  if (!json_.is_boolean()) refuse("true or false");
  return json_.get<bool>();
}

std::uint64_t Node::count() const {
  if (!json_.is_number_unsigned()) refuse("an integer from 0");
  return json_.get<std::uint64_t>();
}

double Node::number() const {
  if (!json_.is_number()) refuse("a number");
  return json_.get<double>();
}

Time Node::time() const {
  const double value = number();
  if (!(std::abs(value) < 1e9)) refuse("seconds below 1e9");
  return Time(std::llround(value * 1e9));
}

Time Node::nanoseconds() const {
  const std::uint64_t value = count();
  if (value > 1'000'000'000'000'000'000) refuse("nanoseconds up to 1e18");
  return Time(value);
}

std::vector<double> Node::numbers() const {
  std::vector<double> values;
  for (const Node& item : items()) values.push_back(item.number());
  return values;
}

std::size_t Node::size() const {
  if (!json_.is_array()) refuse("an array");
  return json_.size();
}

std::vector<Node> Node::items() const {
  std::vector<Node> nodes;
  nodes.reserve(size());
  for (const Json& item : json_)
    nodes.emplace_back(item, file_, fmt::format("{}[{}]", path_, nodes.size()));
  return nodes;
}

std::map<std::string, Node> Node::members() const {
  if (!json_.is_object()) refuse("an object");
  std::map<std::string, Node> nodes;
  for (const auto& [key, value] : json_.items()) nodes.emplace(key, (*this)[key]);
  return nodes;
}

void Node::refuse(std::string_view expected) const {
  constexpr std::size_t kMaxQuotation = 40;
  std::string found =
      json_.is_structured() ? fmt::format("an {}", json_.type_name()) : json_.dump(-1, ' ', true);
  if (found.size() > kMaxQuotation) found.replace(kMaxQuotation, std::string::npos, "...");
  throw InputError(fmt::format("{}: {} is {}, expected {}", file_,
                               path_.empty() ? "the whole" : path_, found, expected));
}

}  // namespace splitbench
