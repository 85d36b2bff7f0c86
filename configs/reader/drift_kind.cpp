#include <algorithm>
#include <cmath>
#include <limits>

#include "configs/reader/form_kinds.hpp"
#include "configs/reader/forms.hpp"
#include "workloads/request.hpp"

namespace splitbench::kind {
namespace {

using DriftForms = std::vector<Form<DriftSpec>>;

Kind<double> signed_number() {
  return {"a number",
          [](std::string_view text) {
            return text.starts_with('-') ? -parse_factor(text.substr(1)) : parse_factor(text);
          },
          [](double value) {
            return fmt::format("{}{}", value < 0 ? "-" : "", format_factor(std::abs(value)));
          }};
}

/// Makes an optional part that is always written: nothing equals its unset value, NaN.
Part<DriftSpec> number(std::string name, double DriftSpec::*field, const Kind<double>& kind) {
  return make_part<DriftSpec>(
      std::move(name), [field](auto& owner) -> auto& { return owner.*field; }, kind, false,
      std::numeric_limits<double>::quiet_NaN());
}

DriftForms make_forms() {
  using D = DriftSpec;
  using enum DriftKind;
  const auto binades = number("binades", &D::amount, within(signed_number(), "-64", "64"));
  const auto share = number("share", &D::share, within(factor(), "0.000001", "1"));
  const auto named = [](DriftKind kind, double amount, double of,
                        std::vector<Part<DriftSpec>> parts) {
    return Form<DriftSpec>{std::string(name_of(kind)),
                           {.kind = kind, .amount = amount, .share = of},
                           std::move(parts)};
  };
  const Part<DriftSpec> profile = make_part<DriftSpec>(
      "profile", [](auto& owner) -> auto& { return owner.to.name; },
      Kind<std::string>{"a KV profile", [](std::string_view text) { return std::string(text); },
                        [](const std::string& text) { return text; }});
  return {
      named(none, 0, 1, {}),
      named(scale_shift, 3, 1, {binades}),
      named(tail_growth, 2, 1, {number("ln", &D::amount, within(factor(), "0.001", "10"))}),
      named(outlier_onset, 8, 0.0625, {binades, share}),
      named(other_model, 0, 1, {profile, share}),
      named(kv_mixup, 0, 1, {share}),
      named(layer_mixup, 0, 1, {share}),
      named(padding, 0, 0.25, {share}),
      named(nan_burst, 0, 0.125, {share}),
      named(all_escapes, 0, 1, {share}),
      named(alternating, 3, 1, {binades}),
      named(uniform_exponents, 0, 1, {share}),
  };
}

const DriftForms& known_drifts() {
  static const DriftForms all = make_forms();
  return all;
}

/// A count of requests or a time from the start of a run.
struct Moment {
  bool timed = false;
  std::uint64_t value = kUnset;

  static constexpr std::uint64_t kUnset = std::numeric_limits<std::uint64_t>::max();
  bool operator==(const Moment&) const = default;
};

struct PathText {
  DriftPath::Shape shape = DriftPath::Shape::step;
  Moment begin, length;
};

Kind<Moment> moment(std::string_view fewest, std::string_view shortest) {
  const auto requests = within(count(), fewest, "100000000");
  const auto duration = within(kind::time(), shortest, "14400 min");
  const std::string takes = "a count of requests, or a time";
  return {takes,
          [=](std::string_view text) -> Moment {
            const bool is_time = text.ends_with('s') || text.ends_with("min");
            if (is_time) return {true, static_cast<std::uint64_t>(duration.parse(text).count())};
            if (text.find_first_not_of("0123456789kM ") == text.npos && !text.empty())
              return {false, requests.parse(text)};
            throw InputError(fmt::format("'{}' is neither; expected {}", text, takes));
          },
          [=](const Moment& value) {
            return value.timed ? duration.format(Time(static_cast<std::int64_t>(value.value)))
                               : requests.format(value.value);
          }};
}

void refuse_mixture(const PathText& path) {
  if (path.begin.timed != path.length.timed)
    throw InputError(
        "one part counts requests and the other one is a time; expected both to be the same");
}

const std::vector<Form<PathText>>& path_forms() {
  using S = DriftPath::Shape;
  const auto begin = [](std::string name) {
    return make_part<PathText>(
        std::move(name), [](auto& path) -> auto& { return path.begin; }, moment("0", "0 s"));
  };
  const auto length = [](std::string name) {
    return make_part<PathText>(
        std::move(name), [](auto& path) -> auto& { return path.length; }, moment("1", "1 us"));
  };
  static const std::vector<Form<PathText>> all = {
      {"step", {.shape = S::step}, {begin("at")}},
      {"ramp", {.shape = S::ramp}, {begin("from"), length("over")}, refuse_mixture},
      {"periodic", {.shape = S::periodic}, {begin("from"), length("period")}, refuse_mixture},
  };
  return all;
}

/// Returns the form with the values of parts that are left out: "outlier_onset([binades 8], [share
/// 0.0625])".
std::string shown_with_values(const Form<DriftSpec>& form) {
  if (form.parts.empty()) return form.name;
  std::vector<std::string> parts;
  for (const Part<DriftSpec>& part : form.parts)
    parts.push_back(part.required ? part.name
                                  : fmt::format("[{} {}]", part.name, part.write(form.blank)));
  return fmt::format("{}({})", form.name, fmt::join(parts, ", "));
}

}  // namespace

Kind<DriftSpec> drift() {
  return {"none, or a form of drift",
          [](std::string_view given) {
            const bool alone = given.find('(') == given.npos;
            const FormText form = alone ? FormText{std::string(trimmed(given)), {}}
                                        : parse_form(given, "scale_shift(binades 3)");
            return read_form(form_named(known_drifts(), form.name), form);
          },
          [](const DriftSpec& value) {
            const auto kind_of = [](const auto& form) { return form.blank.kind; };
            const Form<DriftSpec>& form = *std::ranges::find(known_drifts(), value.kind, kind_of);
            return text().format(form.parts.empty() ? form.name : write_form(form, value));
          }};
}

Kind<DriftPath> drift_path() {
  return {
      "a path of drift",
      [](std::string_view given) -> DriftPath {
        const FormText form = parse_form(given, "step(at 32)");
        const PathText path = read_form(form_named(path_forms(), form.name), form);
        const bool is_step = path.shape == DriftPath::Shape::step;
        return {path.shape, path.begin.timed, path.begin.value, is_step ? 0 : path.length.value};
      },
      [](const DriftPath& path) {
        const auto shape_of = [](const auto& form) { return form.blank.shape; };
        return write_form(*std::ranges::find(path_forms(), path.shape, shape_of),
                          {path.shape, {path.timed, path.begin}, {path.timed, path.length}});
      }};
}

std::string drift_forms() {
  std::string lines;
  for (const Form<DriftSpec>& form : known_drifts())
    lines += fmt::format("  {}\n", shown_with_values(form));
  return lines;
}

std::string drift_path_forms() {
  std::string lines;
  for (const Form<PathText>& form : path_forms()) lines += fmt::format("  {}\n", shown(form));
  return lines;
}

}  // namespace splitbench::kind
