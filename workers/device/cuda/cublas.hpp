#pragma once
#include <cstdint>
#include <cublas_v2.h>

#include "codec/cuda/device.hpp"

namespace splitbench {

/// Equal matrices of bf16, row by row. Distances are in elements.
struct Matrices {
  std::uint16_t* data;
  std::uint64_t row;         ///< from one row to the next
  std::uint64_t matrix = 0;  ///< from one matrix to the next
};

/// out = factor * left * right (+ out), `batch` times: rows x depth by depth x columns.
struct MatrixProducts {
  std::uint64_t rows, columns, depth, batch;
  Matrices left;
  Matrices right;
  bool right_by_column;  ///< right lies in memory as columns x depth, as weights do
  Matrices out;
  float factor;
  bool adds;
};

/// cuBLAS on the current device, products of bf16 summed in float. The shared library is looked for
/// when one is made, so that the program starts without it; it stays loaded.
class Cublas {
 public:
  /// Throws Unavailable if there is no library.
  Cublas();
  Cublas(const Cublas&) = delete;
  Cublas& operator=(const Cublas&) = delete;
  ~Cublas();

  /// Where products go from now on.
  void use_stream(void* stream);
  void multiply(const MatrixProducts&);

 private:
  // Written out where the header's name is overloaded.
  struct Functions {
    decltype(&cublasCreate_v2) create;
    decltype(&cublasDestroy_v2) destroy;
    decltype(&cublasSetStream_v2) set_stream;
    decltype(&cublasSetWorkspace_v2) set_workspace;
    decltype(&cublasGetStatusString) status_string;
    cublasStatus_t (*gemm)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n,
                           int k, const void* alpha, const void* a, cudaDataType, int lda,
                           const void* b, cudaDataType, int ldb, const void* beta, void* c,
                           cudaDataType, int ldc, cublasComputeType_t, cublasGemmAlgo_t);
    cublasStatus_t (*gemm_batch)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n,
                                 int k, const void* alpha, const void* a, cudaDataType, int lda,
                                 long long a_stride, const void* b, cudaDataType, int ldb,
                                 long long b_stride, const void* beta, void* c, cudaDataType,
                                 int ldc, long long c_stride, int batch, cublasComputeType_t,
                                 cublasGemmAlgo_t);
  };

  static Functions load();
  void check(cublasStatus_t, const char* attempted) const;

  Functions functions_;
  DeviceBuffer workspace_;
  cublasHandle_t handle_ = nullptr;
};

}  // namespace splitbench
