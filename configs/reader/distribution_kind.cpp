#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "configs/reader/form_kinds.hpp"
#include "configs/reader/forms.hpp"
#include "workloads/request.hpp"

namespace splitbench::kind {

namespace {

using Forms = std::vector<Form<Distribution>>;

constexpr std::array kPointNames = {"min", "p10", "p25", "p50",  "p75",
                                    "p90", "p95", "p99", "p999", "max"};

void refuse_unless(bool holds, std::string_view form, std::string_view expected) {
  if (!holds) throw InputError(fmt::format("'{}' {}", form, expected));
}

void check_range(const Distribution& d) {
  refuse_unless(d.from < d.to, "from", "is not below 'to'; expected a range");
}

void check_lognormal(const Distribution& d) {
  refuse_unless((d.p99 > 0) != (d.sigma > 0), "lognormal",
                "needs its p99 or its sigma; expected one of them");
  refuse_unless(d.p99 == 0 || d.p99 > d.median, "p99", "is not above the median; expected more");
  refuse_unless(d.max == 0 || d.min < d.max, "min", "is not below 'max'; expected a range");
}

void check_quantiles(const Distribution& d) {
  double last = 0;
  for (std::size_t i = 0; i < kPointNames.size(); ++i) {
    if (d.points[i] == 0) continue;
    refuse_unless(d.points[i] >= last, kPointNames[i],
                  "is below the quantile before it; expected values that ascend");
    last = d.points[i];
  }
}

Part<Distribution> part(std::string name, double Distribution::*field, const Kind<double>& kind,
                        bool required = true) {
  return make_part<Distribution>(
      std::move(name), [field](auto& owner) -> auto& { return owner.*field; }, kind, required);
}

std::vector<Part<Distribution>> points(const Kind<double>& quantity) {
  std::vector<Part<Distribution>> parts;
  for (std::size_t i = 0; i < kPointNames.size(); ++i) {
    const std::string_view name = kPointNames[i];
    const bool required = name == "min" || name == "p50" || name == "p90" || name == "max";
    parts.push_back(make_part<Distribution>(
        std::string(name), [i](auto& owner) -> auto& { return owner.points[i]; }, quantity,
        required));
  }
  return parts;
}

/// Returns the forms of a distribution. `quantity` is the kind of a single value, above 0 wherever
/// a logarithm is taken of it.
Forms forms_of(const Kind<double>& quantity) {
  using D = Distribution;
  const auto positive = within(factor(), "0.001", "1000");
  const auto share = within(factor(), "0.000001", "1");
  return {
      {"uniform",
       {.shape = Shape::uniform},
       {part("from", &D::from, quantity), part("to", &D::to, quantity)},
       check_range},
      {"exponential", {.shape = Shape::exponential}, {part("mean", &D::mean, quantity)}},
      {"lognormal",
       {.shape = Shape::lognormal},
       {part("median", &D::median, quantity), part("p99", &D::p99, quantity, false),
        part("sigma", &D::sigma, positive, false), part("min", &D::min, quantity, false),
        part("max", &D::max, quantity, false)},
       check_lognormal},
      {"pareto_lognormal",
       {.shape = Shape::pareto_lognormal},
       {part("median", &D::median, quantity), part("sigma", &D::sigma, positive),
        part("share", &D::share, share), part("alpha", &D::alpha, positive),
        part("scale", &D::scale, quantity), part("min", &D::min, quantity, false),
        part("max", &D::max, quantity, false)},
       check_lognormal},
      {"zipf",
       {.shape = Shape::zipf},
       {part("exponent", &D::exponent, within(factor(), "0.001", "100")),
        part("from", &D::from, quantity), part("to", &D::to, quantity)},
       check_range},
      {"quantiles", {.shape = Shape::quantiles}, points(quantity), check_quantiles},
  };
}

/// Makes a form whose only part is a file. The path is written without quotes, which the form as a
/// whole may need.
Form<Distribution> empirical(std::string name, Shape shape) {
  const Kind<std::filesystem::path> plain = {path().takes, path().parse,
                                             [](const auto& file) { return file.string(); }};
  return {std::move(name),
          {.shape = shape},
          {make_part<Distribution>(
              "file", [](auto& owner) -> auto& { return owner.file; }, plain)}};
}

/// Returns the kind of a value alone or of one of the forms.
Kind<Distribution> distribution(const Kind<double>& alone, Forms all_forms) {
  const std::string takes = alone.takes + ", or a distribution";
  const auto forms = std::make_shared<const Forms>(std::move(all_forms));  // for every copy
  return {takes,
          [=](std::string_view given) {
            if (given.find('(') == given.npos) return fixed(alone.parse(given));
            const FormText form = parse_form(given);
            return read_form(form_named(*forms, form.name), form);
          },
          [=](const Distribution& value) {
            if (value.shape == Shape::fixed) return alone.format(value.value);
            const auto shape = [](const auto& form) { return form.blank.shape; };
            return text().format(write_form(*std::ranges::find(*forms, value.shape, shape), value));
          },
          alone.unit};
}

Kind<double> token_count() {
  const auto whole = within(count(), "1", "100000000");
  return {
      whole.takes, [=](std::string_view text) { return static_cast<double>(whole.parse(text)); },
      [=](double value) { return whole.format(static_cast<std::uint64_t>(value)); }, whole.unit};
}

Kind<double> duration(std::string_view lowest) {
  const auto whole = within(time(), lowest, "14400 min");
  return {whole.takes,
          [=](std::string_view text) { return static_cast<double>(whole.parse(text).count()); },
          [=](double value) { return whole.format(Time(static_cast<std::int64_t>(value))); },
          whole.unit};
}

Forms length_forms() {
  Forms forms = forms_of(token_count());
  forms.push_back(empirical("prompts", Shape::empirical_prompts));
  forms.push_back(empirical("outputs", Shape::empirical_outputs));
  return forms;
}

}  // namespace

Kind<Distribution> tokens() {
  return distribution(token_count(), forms_of(token_count()));
}

Kind<Distribution> lengths() {
  return distribution(token_count(), length_forms());
}

Kind<Distribution> times() {
  return distribution(duration("0 s"), forms_of(duration("1 us")));
}

std::string distribution_forms() {
  std::string text;
  for (const Form<Distribution>& form : length_forms()) text += fmt::format("  {}\n", shown(form));
  return text;
}

namespace {

Kind<double> in_seconds() {
  const auto any = within(time(), "0 s", "144000 min");
  return {any.takes, [=](std::string_view text) { return splitbench::seconds(any.parse(text)); },
          [](double value) { return format_time(Time(std::llround(value * 1e9))); }};
}

const std::vector<Form<ScheduleSpec>>& forms() {
  using S = ScheduleSpec;
  const auto rate = within(factor(), "0.001", "1000");
  const auto part = [](std::string name, double S::*field, const Kind<double>& kind) {
    return make_part<S>(
        std::move(name), [field](auto& owner) -> auto& { return owner.*field; }, kind, true, -1.0);
  };
  static const std::vector<Form<S>> all = {
      {"ramp",
       {.shape = ScheduleShape::ramp},
       {part("from", &S::from, within(factor(), "0", "1000")), part("to", &S::to, rate),
        part("over", &S::over, in_seconds())}},
      {"diurnal",
       {.shape = ScheduleShape::diurnal},
       {part("swing", &S::swing, within(factor(), "0", "1")),
        part("period", &S::period, in_seconds())},
       [](const S& s) {
         if (s.period == 0) throw InputError("'period' is 0 s; expected more");
       }},
      {"spike",
       {.shape = ScheduleShape::spike},
       {part("factor", &S::factor, rate), part("at", &S::at, in_seconds()),
        part("for", &S::lasting, in_seconds())}},
  };
  return all;
}

}  // namespace

Kind<ScheduleSpec> schedule() {
  const Kind<ScheduleSpec> moving = {
      "a form of schedule",
      [](std::string_view text) {
        const FormText form = parse_form(text);
        return read_form(form_named(forms(), form.name), form);
      },
      [](const ScheduleSpec& value) {
        const auto shape = [](const auto& form) { return form.blank.shape; };
        return write_form(*std::ranges::find(forms(), value.shape, shape), value);
      }};
  return or_word(moving, "none", ScheduleSpec());
}

std::string schedule_forms() {
  std::string text;
  for (const Form<ScheduleSpec>& form : forms()) text += fmt::format("  {}\n", shown(form));
  return text;
}

}  // namespace splitbench::kind
