#pragma once
#include <string>

namespace splitbench {

/// Returns the value with so many decimals. A value that rounds to zero has no sign: "0.00", never
/// "-0.00".
std::string decimal_text(double value, int decimals);

/// Returns the same with the sign of positive values, too: "+1.50".
std::string signed_decimal_text(double value, int decimals);

}  // namespace splitbench
