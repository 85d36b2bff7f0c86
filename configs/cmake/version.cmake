# Writes OUTPUT, a source file with the commit that is being built; touches it only when that changes.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT COMMIT)
  set(COMMIT unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#include "sim/cli/command_line.hpp"

namespace splitbench {

const char* const kVersion = "@VERSION@";
const char* const kCommit = "@COMMIT@";

}  // namespace splitbench
]] @ONLY)
