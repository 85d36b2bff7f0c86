#pragma once
#include <array>
#include <cstddef>

namespace splitbench {

/// The number of rows that add_rows adds at once.
inline constexpr std::size_t kRowsAtOnce = 4;

/// Adds to each of `count` floats the sum of those of four rows, each times its factor.
void add_rows(float* to, const std::array<const float*, kRowsAtOnce>& rows,
              const std::array<float, kRowsAtOnce>& factors, std::size_t count);

}  // namespace splitbench
