#include "reports/analysis/raw_rows.hpp"

namespace splitbench {

RowPlace place_of(const Row& row) {
  RowPlace place = row.axes;
  place.erase("arm");
  return place;
}

RawRows::RawRows(const Report& report) {
  for (const Row& row : report.rows)
    if (row.axes.at("arm") == "raw") by_place_.emplace(place_of(row), &row);
}

const Row* RawRows::beside(const Row& row) const {
  const auto raw = by_place_.find(place_of(row));
  return raw == by_place_.end() || raw->second == &row ? nullptr : raw->second;
}

}  // namespace splitbench
