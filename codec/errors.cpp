#include "codec/errors.hpp"

namespace splitbench {

const char* describe(FrameFault fault) {
  switch (fault) {
    case FrameFault::none:
      return "no fault";
    case FrameFault::length:
      return "the frame is not as long as its header says";
    case FrameFault::magic:
      return "not a frame: it does not begin with SPZV";
    case FrameFault::version:
      return "the frame's version is neither 1 nor 2";
    case FrameFault::checksum:
      return "the header does not match its checksum";
    case FrameFault::kind:
      return "the frame's kind is none that is expected";
    case FrameFault::element_type:
      return "the frame's element type is not the one expected";
    case FrameFault::code_bits:
      return "the frame's code width does not fit its kind";
    case FrameFault::elements:
      return "the frame's number of elements is not the one expected";
    case FrameFault::reserved:
      return "a reserved field of the header is not zero";
    case FrameFault::codebook:
      return "the frame's codebook is not in order, or not the one its id names";
    case FrameFault::escapes:
      return "the frame counts more escapes or words than its kind can hold";
    case FrameFault::frame_bytes:
      return "the frame's length does not follow from its counts";
    case FrameFault::padding:
      return "padding is not zero";
    case FrameFault::tile_ends:
      return "the end of a tile or block is out of order";
    case FrameFault::escape_position:
      return "an escape's position is out of order or outside its tile";
    case FrameFault::escape_exponent:
      return "an escape's exponent is in the codebook";
    case FrameFault::escape_code:
      return "an escaped element's code is not zero";
    case FrameFault::digest:
      return "the elements do not match the frame's digest";
    case FrameFault::stream:
      return "a block's stream is not as long as its codes say";
    case FrameFault::place:
      return "the frame's layer, mode, row or pages are none that a tensor can have";
    case FrameFault::predictor:
      return "the frame is decoded with a predictor alone";
  }
  return "unknown fault";
}

}  // namespace splitbench
