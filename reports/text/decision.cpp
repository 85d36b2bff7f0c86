#include "reports/text/decision.hpp"

#include <algorithm>
#include <optional>

#include "reports/columns.hpp"

namespace splitbench {
namespace {

using Outcome = Decision::Outcome;

std::vector<Decision::Gain> gains_of(const Report& report, const Row& raw, const Row& row) {
  std::vector<Decision::Gain> gains;
  for (const DecidingFigure& figure : deciding_figures(report)) {
    const Column* column = find_column(report, figure.key);
    if (column == nullptr) continue;
    if (!is_comparable(raw, column->key) || !is_comparable(row, column->key)) continue;
    if (const std::optional<Relative> change = relative(*column, raw, row))
      gains.push_back({figure, *change});
  }
  return gains;
}

Outcome outcome_of(const Decision& decision) {
  const auto gain_pays = [](const Decision::Gain& gain) { return pays(gain.change); };
  if (std::ranges::any_of(decision.gains, gain_pays)) return Outcome::pays;
  if (decision.raw_carries != decision.arm_carries)
    return decision.arm_carries ? Outcome::pays : Outcome::does_not;
  if (!decision.gains.empty()) return Outcome::does_not;
  return decision.arm_carries ? Outcome::unknown : Outcome::overloaded;
}

}  // namespace

std::vector<DecidingFigure> deciding_figures(const Report& report) {
  constexpr DecidingFigure kHighestRate = {"max_goodput_rate", "highest rate"};
  if (is_search(report)) return {kHighestRate};
  std::vector<DecidingFigure> figures = {{"ttft_p50", "TTFT"}, {"request_goodput", "goodput"}};
  std::erase_if(figures, [&](const DecidingFigure& figure) {
    return find_column(report, figure.key) == nullptr;
  });
  return figures;
}

Decision decide(const Report& report, const Row& raw, const Row& row) {
  const auto carries = [search = is_search(report)](const Row& each) {
    return search ? each.values.contains("max_goodput_rate") : !is_overloaded(each);
  };
  Decision decision{.arm = row.axes.at("arm"),
                    .raw_carries = carries(raw),
                    .arm_carries = carries(row),
                    .gains = gains_of(report, raw, row)};
  decision.outcome = outcome_of(decision);
  return decision;
}

std::vector<Decision> decisions(const Report& report) {
  const RawRows raw(report);
  std::vector<Decision> all;
  for (const std::string& arm : answered_arms(report))
    for (const Row& row : report.rows)
      if (const Row* base = raw.beside(row); base != nullptr && row.axes.at("arm") == arm &&
                                             !row.values.empty() && !base->values.empty())
        all.push_back(decide(report, *base, row));
  return all;
}

}  // namespace splitbench
