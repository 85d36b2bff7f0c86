#pragma once
#include <string>

#include "sim/verbs/codec/codec_statistics.hpp"

namespace splitbench {

// What `codec stats` prints. The keys of JSON and CSV are those that scripts read.

std::string to_table(const CodingStatistics&);
std::string to_json(const CodingStatistics&);
std::string to_csv(const CodingStatistics&);  ///< one line a tensor

/// Bars of the pooled exponents, those that have no code in a codebook for all marked as escapes.
std::string to_bars(const CodingStatistics&);

}  // namespace splitbench
