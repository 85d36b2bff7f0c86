#pragma once
#include "sim/cli/sub_verbs.hpp"

namespace splitbench {

/// One word behind `splitbench codec`. Results go to stdout; a wrong command line, or a file that
/// it names, is an InputError, after which no output file exists.
using CodecVerb = SubVerb;

extern const CodecVerb kEncodeVerb;
extern const CodecVerb kDecodeVerb;
extern const CodecVerb kInspectVerb;
extern const CodecVerb kStatsVerb;
extern const CodecVerb kProfileVerb;
extern const CodecVerb kCalibrateVerb;
extern const CodecVerb kCompareVerb;
extern const CodecVerb kBenchVerb;
extern const CodecVerb kDriftVerb;

}  // namespace splitbench
