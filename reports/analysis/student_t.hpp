#pragma once
#include <cstddef>

namespace splitbench {

/// What Student's t with `degrees` (at least 1) of freedom does not exceed with this probability,
/// which is above 0 and below 1.
double student_t(double probability, std::size_t degrees);

}  // namespace splitbench
