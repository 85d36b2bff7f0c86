#include "reports/analysis/winner_map.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/heat_map.hpp"
#include "reports/columns.hpp"

namespace splitbench {
namespace {

constexpr double kClose = 0.02;  // share by which auto may be worse than the best

bool competes(const std::string& arm) {
  return arm == "raw" || is_codec_arm(arm);
}

std::size_t competitors(const Report& report) {
  std::set<std::string> arms;
  for (const Row& row : report.rows)
    if (competes(row.axes.at("arm"))) arms.insert(row.axes.at("arm"));
  return arms.size();
}

/// The rows of each point that have the figure, and one that may be compared.
class Points {
 public:
  Points(const Report& report, const Column& column) : column_(column) {
    for (const Row& row : report.rows)
      if (is_comparable(row, column.key) && row.values.contains(column.key))
        rows_[place_of(row)].push_back(&row);
  }

  WinnerCell winner(const RowPlace& place) const {
    const auto found = rows_.find(place);
    const Row* best = found == rows_.end() ? nullptr : best_of(found->second);
    if (best == nullptr) return {};
    WinnerCell cell{.arm = best->axes.at("arm"), .folder = best->folder};
    if (cell.arm == "raw") cell.gain = 1;
    for (const Row* row : found->second) {
      const std::string& arm = row->axes.at("arm");
      const std::optional<Relative> change = relative(column_, *best, *row);
      if (row == best || !change) continue;
      if (arm == "raw") cell.gain = 1 / change->gain;
      if (arm == "auto") cell.behind = 1 / change->gain - 1;
      if (competes(arm) && !is_difference(*change)) cell.as_good.push_back(arm);
    }
    return cell;
  }

 private:
  const Row* best_of(const std::vector<const Row*>& rows) const {
    const Row* best = nullptr;
    for (const Row* row : rows) {
      if (!competes(row->axes.at("arm"))) continue;
      const double value = row->values.at(column_.key);
      const bool better = best == nullptr ||
                          (column_.better == Better::higher ? value > best->values.at(column_.key)
                                                            : value < best->values.at(column_.key));
      if (better) best = row;
    }
    return best;
  }

  const Column& column_;
  std::map<RowPlace, std::vector<const Row*>> rows_;
};

std::string place_text(const WinnerMap& map, std::size_t y, std::size_t x) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : map.at) parts.push_back(fmt::format("{} {}", key, value));
  parts.push_back(fmt::format("{} {}", map.x.key, map.x.values[x].text));
  if (!map.y.key.empty()) parts.push_back(fmt::format("{} {}", map.y.key, map.y.values[y].text));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<WinnerMap> winner_maps(const Report& report, const std::string& figure) {
  const Column* column = find_column(report, figure);
  if (column == nullptr || competitors(report) < 3) return {};
  const Points points(report, *column);
  std::vector<WinnerMap> maps;
  for (const HeatMap& layout : heat_maps(report, {figure, "raw", "raw"})) {
    WinnerMap& map = maps.emplace_back(WinnerMap{layout.at, layout.x, layout.y, {}});
    RowPlace place(layout.at.begin(), layout.at.end());
    for (const Axis::Value& y : map.y.values) {
      if (!map.y.key.empty()) place[map.y.key] = y.text;
      auto& line = map.cells.emplace_back();
      for (const Axis::Value& x : map.x.values) {
        place[map.x.key] = x.text;
        line.push_back(points.winner(place));
      }
    }
  }
  return maps;
}

std::vector<std::string> winner_answer(const Report& report) {
  std::map<std::string, std::size_t> wins;
  std::size_t points = 0, judged = 0, close = 0;
  double worst = 0;
  std::string worst_at;
  for (const WinnerMap& map : winner_maps(report, "transfer_p50"))
    for (std::size_t y = 0; y < map.cells.size(); ++y)
      for (std::size_t x = 0; x < map.cells[y].size(); ++x) {
        const WinnerCell& cell = map.cells[y][x];
        ++points;
        if (cell.arm.empty()) continue;
        ++wins[cell.arm];
        if (!cell.behind) continue;
        ++judged;
        close += *cell.behind <= kClose;
        if (*cell.behind <= worst) continue;
        worst = *cell.behind;
        worst_at = place_text(map, y, x);
      }
  if (wins.empty()) return {};
  std::vector<std::pair<std::size_t, std::string>> ranking;
  for (const auto& [arm, count] : wins) ranking.emplace_back(count, arm);
  std::ranges::sort(ranking, std::greater());
  std::vector<std::string> parts;
  for (const auto& [count, arm] : ranking) parts.push_back(fmt::format("{} at {}", arm, count));
  std::vector<std::string> sentences = {fmt::format(
      "the quickest transfer (median) of {} points: {}", points, fmt::join(parts, ", "))};
  if (judged > 0)
    sentences.push_back(fmt::format(
        "auto: within {:.0f}% of the quickest at {} of {} points{}", 100 * kClose, close, judged,
        worst_at.empty() ? ""
                         : fmt::format("; at worst {:.1f}% behind ({})", 100 * worst, worst_at)));
  return sentences;
}

}  // namespace splitbench
