#include "reports/analysis/heat_map.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/analysis/verdict.hpp"
#include "reports/columns.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

using Point = std::map<std::string, std::string>;  // axes and values, as Row::axes

std::vector<Point> expand(const std::vector<Point>& points, const Axis& axis) {
  std::vector<Point> result;
  for (const Point& point : points)
    for (const Axis::Value& value : axis.values) {
      result.push_back(point);
      result.back()[axis.key] = value.text;
    }
  return result;
}

struct Directions {
  const Axis* x;
  const Axis* y;  ///< null if there is only one axis
  std::vector<const Axis*> rest;
};

Directions choose(const std::vector<Axis>& axes, const std::string& along) {
  std::vector<const Axis*> left;
  for (const Axis& axis : axes) left.push_back(&axis);
  const auto take = [&left](std::string_view key, std::size_t otherwise) {
    const auto found = std::ranges::find(left, key, &Axis::key);
    const auto taken = found == left.end() ? left.begin() + static_cast<long>(otherwise) : found;
    const Axis* axis = *taken;
    left.erase(taken);
    return axis;
  };
  Directions directions{.x = take(along, left.size() - 1), .y = nullptr, .rest = {}};
  if (!left.empty()) directions.y = take("workload.context", 0);
  directions.rest = left;
  return directions;
}

/// The rows of a report by their axes.
class Rows {
 public:
  explicit Rows(const Report& report) {
    for (const Row& row : report.rows) by_point_.emplace(row.axes, &row);
  }

  const Row* at(Point point, const std::string& arm) const {
    point["arm"] = arm;
    const auto found = by_point_.find(point);
    return found == by_point_.end() ? nullptr : found->second;
  }

 private:
  std::map<Point, const Row*> by_point_;
};

std::optional<double> figure(const Row* row, const std::string& key) {
  if (row == nullptr || !row->values.contains(key)) return std::nullopt;
  return row->values.at(key);
}

Carried carried_by(const Row& base, const Row& candidate) {
  if (is_overloaded(base))
    return is_overloaded(candidate) ? Carried::by_neither : Carried::by_candidate;
  return is_overloaded(candidate) ? Carried::by_base : Carried::by_both;
}

HeatCell compare(const Column& column, const Row* base, const Row* candidate) {
  HeatCell cell{.base = figure(base, column.key), .candidate = figure(candidate, column.key)};
  if (base == nullptr || candidate == nullptr) return cell;
  cell.gain = relative(column, *base, *candidate);
  cell.status = "ok";
  for (const Row* row : {candidate, base}) {
    if (!row->is_valid(column.key))
      cell.status = row->status == "ok" ? "invalid" : row->status;
    else if (!is_comparable(*row, column.key) && cell.status == "ok")
      cell.status = kVerdictNames[Verdict::overloaded];
  }
  cell.carried = carried_by(*base, *candidate);
  cell.folder = candidate->folder;
  return cell;
}

/// Returns the axis value between two cells at which the gain is 1, if it changes as a power of the
/// value.
std::optional<double> where_gain_is_one(const Axis& axis, const std::vector<HeatCell>& cells,
                                        std::size_t from, std::size_t to) {
  const auto low = axis.values[from].number, high = axis.values[to].number;
  if (!low || !high || *low <= 0 || *high <= 0) return std::nullopt;
  const double before = std::log(cells[from].gain->gain), after = std::log(cells[to].gain->gain);
  return std::exp(std::lerp(std::log(*low), std::log(*high), before / (before - after)));
}

/// Returns the crossing between two cells on different sides.
Crossing crossing_between(const Axis& axis, const std::vector<HeatCell>& cells, std::size_t better,
                          std::size_t other) {
  const bool falls = cells[better].side() > 0;
  std::size_t last = better;
  for (std::size_t i = better + 1; i <= other; ++i) {
    if (!cells[i].gain || cells[i].status != "ok") continue;
    if (falls ? cells[i].gain->gain < 1 : cells[i].gain->gain > 1)
      return {last, where_gain_is_one(axis, cells, last, i)};
    last = i;
  }
  return {last, std::nullopt};
}

std::vector<Crossing> crossings(const Axis& axis, const std::vector<HeatCell>& cells) {
  std::vector<Crossing> result;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].side() == 0) continue;
    if (last && cells[*last].side() != cells[i].side())
      result.push_back(crossing_between(axis, cells, *last, i));
    last = i;
  }
  return result;
}

std::vector<HeatCell> column_of(const HeatMap& map, std::size_t x) {
  std::vector<HeatCell> cells;
  for (const auto& line : map.cells) cells.push_back(line[x]);
  return cells;
}

std::optional<double> predicted_by(const ReportMeta& meta, const std::vector<const Row*>& rows) {
  std::vector<double> values;
  for (const Row* row : rows)
    if (row != nullptr)
      if (const auto value = figure(row, break_even_key(meta, *row))) values.push_back(*value);
  return values.empty() ? std::nullopt : std::optional(upper_median(std::move(values)));
}

void add_line(HeatMap& map, const std::vector<Point>& points, const Report& report,
              const Rows& rows, const HeatMapQuestion& question) {
  const Column& column = *find_column(report, question.figure);
  std::vector<HeatCell> cells;
  std::vector<const Row*> candidates;
  for (const Point& point : points) {
    candidates.push_back(rows.at(point, question.candidate));
    cells.push_back(compare(column, rows.at(point, question.base), candidates.back()));
  }
  map.along_x.push_back(crossings(map.x, cells));
  map.cells.push_back(std::move(cells));
  if (map.x.key == "link.bandwidth") map.predicted.push_back(predicted_by(report.meta, candidates));
}

}  // namespace

int HeatCell::side() const {
  if (!gain || !is_difference(*gain) || status != "ok") return 0;
  return gain->gain > 1 ? 1 : -1;
}

std::vector<HeatMap> heat_maps(const Report& report, const HeatMapQuestion& question) {
  if (report.axes.empty() || find_column(report, question.figure) == nullptr) return {};
  const Directions directions = choose(report.axes, question.along);
  const Rows rows(report);
  std::vector<Point> elsewhere = {{}};
  for (const Axis* axis : directions.rest) elsewhere = expand(elsewhere, *axis);

  std::vector<HeatMap> maps;
  for (const Point& fixed : elsewhere) {
    HeatMap map{.x = *directions.x, .y = directions.y ? *directions.y : Axis{.values = {{}}}};
    for (const Axis* axis : directions.rest) map.at.emplace_back(axis->key, fixed.at(axis->key));
    const std::vector<Point> starts =
        directions.y ? expand({fixed}, *directions.y) : std::vector<Point>{fixed};
    for (const Point& start : starts) add_line(map, expand({start}, map.x), report, rows, question);
    for (std::size_t x = 0; x < map.x.values.size(); ++x)
      map.along_y.push_back(crossings(map.y, column_of(map, x)));
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace splitbench
