#pragma once
#include "sim/sub_verbs.hpp"

namespace splitbench {

extern const SubVerb kTraceGenerateVerb;
extern const SubVerb kTraceStatsVerb;
extern const SubVerb kTraceConvertVerb;

}  // namespace splitbench
