#pragma once

namespace splitbench {

/// Rounded to four digits, which is what figures that are only drawn are stored with.
double four_digits(double value);

}  // namespace splitbench
