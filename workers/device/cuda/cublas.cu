#include <array>
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <string>

#include "codec/errors.hpp"
#include "workers/device/cuda/cublas.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;  // NVIDIA's advice for Hopper

/// Loads the library, preferring the release that this program was built with: a newer one may need
/// a newer driver. Throws Unavailable.
void* open_library() {
  std::string tried, said;
  for (const int release : {CUDART_VERSION / 1000, 13, 12}) {
    for (const char* folder : {"", "/usr/local/cuda/lib64/"}) {
      const std::string path = folder + std::string("libcublas.so.") + std::to_string(release);
      void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (library != nullptr) return library;
      said = dlerror();
      tried += (tried.empty() ? "" : ", ") + path;
    }
  }
  throw Unavailable("load cuBLAS: tried " + tried + ": " + said +
                    "; install the CUDA toolkit's libcublas, or name its folder in "
                    "LD_LIBRARY_PATH");
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw Unavailable(std::string("load cuBLAS: it has no ") + name);
}

}  // namespace

Cublas::Functions Cublas::load() {
  void* const library = open_library();
  Functions f{};
  find(library, "cublasCreate_v2", f.create);
  find(library, "cublasDestroy_v2", f.destroy);
  find(library, "cublasSetStream_v2", f.set_stream);
  find(library, "cublasSetWorkspace_v2", f.set_workspace);
  find(library, "cublasGetStatusString", f.status_string);
  find(library, "cublasGemmEx", f.gemm);
  find(library, "cublasGemmStridedBatchedEx", f.gemm_batch);
  return f;
}

Cublas::Cublas() : functions_(load()), workspace_(kWorkspaceBytes) {
  check(functions_.create(&handle_), "begin to use cuBLAS");
}

Cublas::~Cublas() {
  functions_.destroy(handle_);
}

void Cublas::use_stream(void* stream) {
  check(functions_.set_stream(handle_, static_cast<cudaStream_t>(stream)), "give cuBLAS a stream");
  // cuBLAS forgets its workspace when its stream changes.
  check(functions_.set_workspace(handle_, workspace_.data(), workspace_.size()),
        "give cuBLAS a workspace");
}

void Cublas::multiply(const MatrixProducts& p) {
  // cuBLAS is column-major, so it sees our matrices transposed: out' = right' * left'.
  const cublasOperation_t right = p.right_by_column ? CUBLAS_OP_T : CUBLAS_OP_N;
  const int m = static_cast<int>(p.columns), n = static_cast<int>(p.rows);
  const int k = static_cast<int>(p.depth), batch = static_cast<int>(p.batch);
  const int right_row = static_cast<int>(p.right.row), left_row = static_cast<int>(p.left.row);
  const int out_row = static_cast<int>(p.out.row);
  const float keep = p.adds ? 1 : 0;
  constexpr cudaDataType kType = CUDA_R_16BF;
  const cublasStatus_t status =
      batch == 1
          ? functions_.gemm(handle_, right, CUBLAS_OP_N, m, n, k, &p.factor, p.right.data, kType,
                            right_row, p.left.data, kType, left_row, &keep, p.out.data, kType,
                            out_row, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT)
          : functions_.gemm_batch(handle_, right, CUBLAS_OP_N, m, n, k, &p.factor, p.right.data,
                                  kType, right_row, static_cast<long long>(p.right.matrix),
                                  p.left.data, kType, left_row,
                                  static_cast<long long>(p.left.matrix), &keep, p.out.data, kType,
                                  out_row, static_cast<long long>(p.out.matrix), batch,
                                  CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  check(status, "multiply matrices");
}

void Cublas::check(cublasStatus_t status, const char* attempted) const {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw CudaError(std::string(attempted) + ": " + functions_.status_string(status));
}

}  // namespace splitbench
