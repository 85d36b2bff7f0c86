#include "configs/reader/schedule_kind.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "configs/reader/forms.hpp"
#include "workloads/request.hpp"

namespace splitbench::kind {
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
