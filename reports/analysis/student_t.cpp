#include "reports/analysis/student_t.hpp"

#include <boost/math/distributions/students_t.hpp>

namespace splitbench {

double student_t(double probability, std::size_t degrees) {
  return quantile(boost::math::students_t(static_cast<double>(degrees)), probability);
}

}  // namespace splitbench
