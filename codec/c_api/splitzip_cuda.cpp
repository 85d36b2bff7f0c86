#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "codec/c_api/splitzip_status.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/splitzip.h"

namespace splitbench {
namespace {

// The structs of the C interface are those of the C++ one in all but name: tasks are copied as
// bytes, and results are written by the device where the caller reads them.
#define SAME_SIZE(c_struct, cpp_struct) \
  static_assert(sizeof(c_struct) == sizeof(cpp_struct) && std::is_trivially_copyable_v<cpp_struct>)
#define SAME_PLACE(c_struct, cpp_struct, member) \
  static_assert(offsetof(c_struct, member) == offsetof(cpp_struct, member))

SAME_SIZE(splitzip_codebook, Codebook);
SAME_PLACE(splitzip_codebook, Codebook, element_type);

SAME_SIZE(splitzip_input, DeviceTensor<const std::byte>);
SAME_PLACE(splitzip_input, DeviceTensor<const std::byte>, elements);
SAME_PLACE(splitzip_input, DeviceTensor<const std::byte>, data);
SAME_PLACE(splitzip_input, DeviceTensor<const std::byte>, pages);
SAME_PLACE(splitzip_input, DeviceTensor<const std::byte>, page_bytes);

SAME_SIZE(splitzip_output, DeviceTensor<std::byte>);
SAME_PLACE(splitzip_output, DeviceTensor<std::byte>, elements);
SAME_PLACE(splitzip_output, DeviceTensor<std::byte>, data);
SAME_PLACE(splitzip_output, DeviceTensor<std::byte>, pages);
SAME_PLACE(splitzip_output, DeviceTensor<std::byte>, page_bytes);

SAME_SIZE(splitzip_encode_task, EncodeTask);
SAME_PLACE(splitzip_encode_task, EncodeTask, input);
SAME_PLACE(splitzip_encode_task, EncodeTask, codebook);
SAME_PLACE(splitzip_encode_task, EncodeTask, wanted);
SAME_PLACE(splitzip_encode_task, EncodeTask, output);
SAME_PLACE(splitzip_encode_task, EncodeTask, output_capacity);

SAME_SIZE(splitzip_encoded_frame, EncodedFrame);
SAME_PLACE(splitzip_encoded_frame, EncodedFrame, frame_bytes);
SAME_PLACE(splitzip_encoded_frame, EncodedFrame, escapes);
SAME_PLACE(splitzip_encoded_frame, EncodedFrame, digest);
SAME_PLACE(splitzip_encoded_frame, EncodedFrame, kind);

SAME_SIZE(splitzip_decode_task, DecodeTask);
SAME_PLACE(splitzip_decode_task, DecodeTask, frame);
SAME_PLACE(splitzip_decode_task, DecodeTask, frame_bytes);
SAME_PLACE(splitzip_decode_task, DecodeTask, output);
SAME_PLACE(splitzip_decode_task, DecodeTask, element_type);

SAME_SIZE(splitzip_decode_result, DecodeStatus);
SAME_PLACE(splitzip_decode_result, DecodeStatus, fault);
SAME_PLACE(splitzip_decode_result, DecodeStatus, digest);

#undef SAME_PLACE
#undef SAME_SIZE

/// Throws Unavailable if there is no CUDA device, with the same message however the library was
/// built.
void require_cuda() {
  if (!cuda_available()) {
    throw Unavailable("no CUDA: this machine has no device, or the library was built without it");
  }
}

/// Returns a copy of the caller's tasks. `tasks` has room for all that a call may hold, so this
/// only allocates for a call that will be refused.
template <typename CppTask, typename CTask>
std::span<const CppTask> copied(std::vector<CppTask>& tasks, const CTask* from,
                                std::uint32_t count) {
  require(from != nullptr || count == 0, "tasks is null");
  tasks.resize(count);
  std::ranges::copy(std::as_bytes(std::span(from, count)),
                    std::as_writable_bytes(std::span(tasks)).begin());
  return tasks;
}

}  // namespace
}  // namespace splitbench

using namespace splitbench;

struct splitzip_cuda_codec {
  explicit splitzip_cuda_codec(CudaCodec::Limits limits) : codec(limits) {
    encode_tasks.reserve(limits.tasks);
    decode_tasks.reserve(limits.tasks);
  }

  CudaCodec codec;
  std::vector<EncodeTask> encode_tasks;
  std::vector<DecodeTask> decode_tasks;
};

struct splitzip_pinned {
  PinnedBuffer buffer;
};

std::uint32_t splitzip_cuda_devices() {
  return static_cast<std::uint32_t>(cuda_device_count());
}

splitzip_status splitzip_cuda_codec_create(std::uint32_t tasks, std::uint64_t elements,
                                           splitzip_cuda_codec** codec) {
  return as_status([&] {
    require(codec != nullptr, "codec is null");
    *codec = nullptr;
    require_cuda();
    *codec = new splitzip_cuda_codec({.tasks = tasks, .elements = elements});
  });
}

void splitzip_cuda_codec_destroy(splitzip_cuda_codec* codec) {
  delete codec;
}

splitzip_status splitzip_cuda_encode(splitzip_cuda_codec* codec, const splitzip_encode_task* tasks,
                                     std::uint32_t count, splitzip_encoded_frame* results,
                                     void* stream, std::uint32_t max_blocks) {
  return as_status([&] {
    require(codec != nullptr, "codec is null");
    require(results != nullptr || count == 0, "results is null");
    const std::span batch = copied(codec->encode_tasks, tasks, count);
    for (const EncodeTask& task : batch) {
      require(known(task.codebook.element_type), "a task's element type is unknown");
      require(known(task.wanted), "a task wants none of a stored, a coded and a ranked frame");
    }
    codec->codec.encode(batch, reinterpret_cast<EncodedFrame*>(results), stream,
                        {.max_blocks = max_blocks});
  });
}

splitzip_status splitzip_cuda_decode(splitzip_cuda_codec* codec, const splitzip_decode_task* tasks,
                                     std::uint32_t count, splitzip_decode_result* results,
                                     void* stream, std::uint32_t max_blocks) {
  return as_status([&] {
    require(codec != nullptr, "codec is null");
    require(results != nullptr || count == 0, "results is null");
    copied(codec->decode_tasks, tasks, count);
    for (DecodeTask& task : codec->decode_tasks)
      task.kind.reset();  // the C struct has no such field
    codec->codec.decode(codec->decode_tasks, reinterpret_cast<DecodeStatus*>(results), stream,
                        {.max_blocks = max_blocks});
  });
}

splitzip_status splitzip_pinned_create(std::uint64_t bytes, splitzip_pinned** pinned) {
  return as_status([&] {
    require(pinned != nullptr, "pinned is null");
    *pinned = nullptr;
    require_cuda();
    *pinned = new splitzip_pinned{PinnedBuffer(bytes)};
  });
}

void* splitzip_pinned_address(const splitzip_pinned* pinned) {
  return pinned == nullptr ? nullptr : pinned->buffer.data();
}

void splitzip_pinned_destroy(splitzip_pinned* pinned) {
  delete pinned;
}

splitzip_status splitzip_cuda_synchronize(void* stream) {
  return as_status([&] {
    require_cuda();
    synchronize(stream);
  });
}
