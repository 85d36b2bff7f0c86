#pragma once
#include <map>
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Where a row stands: the values of all its axes but the arm. Of a single run all stand at one
/// place.
using RowPlace = std::map<std::string, std::string>;
RowPlace place_of(const Row& row);

/// What rows are compared with: the raw row at the same place, the first if there are more. It
/// refers to the report.
class RawRows {
 public:
  explicit RawRows(const Report& report);

  bool empty() const { return by_place_.empty(); }

  /// Null where there is none, and beside a raw row itself.
  const Row* beside(const Row& row) const;

 private:
  std::map<RowPlace, const Row*> by_place_;
};

}  // namespace splitbench
