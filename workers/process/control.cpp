#include "workers/process/control.hpp"

#include <stdexcept>

namespace splitbench {

Mischief::Kind mischief_of(FaultKind fault) {
  switch (fault) {
    case FaultKind::cut:
      return Mischief::Kind::cut;
    case FaultKind::corrupt:
      return Mischief::Kind::corrupt;
    case FaultKind::delay:
      return Mischief::Kind::delay;
    case FaultKind::duplicate:
      return Mischief::Kind::duplicate;
    case FaultKind::stop_reading:
      return Mischief::Kind::stop_reading;
    default:
      throw std::invalid_argument("not a fault of a flow");
  }
}

}  // namespace splitbench
