#include "reports/text/incident_text.hpp"

#include <fmt/format.h>
#include <optional>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

std::string moment(const std::optional<Time>& at, const std::optional<Time>& since) {
  if (!at) return "never";
  const Time shown = *at - since.value_or(Time{0});
  return shown > Time{0} ? quantity_text(seconds(shown), "s") : "at once";
}

}  // namespace

std::string incident_text(const RunIncident& of_run) {
  const auto& [arm, repeat, incident] = of_run;
  const auto& from = incident.struck ? incident.struck : incident.detected;
  std::string text =
      fmt::format("{}, repeat {}, at {}: {} {}", arm, repeat + 1, moment(from, {}), incident.target,
                  incident.fault.empty() ? "failed" : incident.fault);
  if (incident.struck) text += fmt::format(", noticed {}", moment(incident.detected, from));
  if (incident.detected) text += fmt::format(", well again {}", moment(incident.recovered, from));
  return text + fmt::format("; sent again {}, lost {}", incident.retried, incident.lost);
}

}  // namespace splitbench
