#pragma once
#include "sim/cli/sub_verbs.hpp"

namespace splitbench {

extern const SubVerb kTraceGenerateVerb;
extern const SubVerb kTraceStatsVerb;
extern const SubVerb kTraceConvertVerb;

}  // namespace splitbench
