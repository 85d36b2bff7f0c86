#pragma once

namespace splitbench {

extern const char* const kVersion;
extern const char* const
    kCommit;  ///< that the program was built from, "-dirty" with changes on top

}  // namespace splitbench
