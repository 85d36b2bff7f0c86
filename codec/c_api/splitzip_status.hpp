#pragma once
#include <exception>
#include <new>
#include <stdexcept>

#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "codec/splitzip.h"

namespace splitbench {

/// Stores the text for splitzip_last_error() of this thread, cut to 511 bytes, and returns the
/// status.
splitzip_status keep_error(splitzip_status status, const char* words) noexcept;

/// Runs the body of a function of the C interface, and turns what it throws into a status.
template <typename Body>
splitzip_status as_status(const Body& body) noexcept {
  try {
    body();
    return SPLITZIP_OK;
  } catch (const std::invalid_argument& error) {
    return keep_error(SPLITZIP_INVALID_ARGUMENT, error.what());
  } catch (const BadFrame& error) {
    return keep_error(SPLITZIP_BAD_FRAME, error.what());
  } catch (const Unavailable& error) {
    return keep_error(SPLITZIP_UNAVAILABLE, error.what());
  } catch (const CudaError& error) {
    return keep_error(SPLITZIP_CUDA_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return keep_error(SPLITZIP_OUT_OF_MEMORY, "the host has no memory left");
  } catch (const std::exception& error) {
    return keep_error(SPLITZIP_FAILED, error.what());
  } catch (...) {
    return keep_error(SPLITZIP_FAILED, "an error without words");
  }
}

}  // namespace splitbench
