#pragma once
#include <cstdint>
#include <cublas_v2.h>

#include "codec/cuda/device.hpp"

namespace splitbench {

/// Matrices of bf16 of equal shape, row-major, in device memory. Not owned.
struct Matrices {
  std::uint16_t* data;
  std::uint64_t row;         ///< elements from one row to the next
  std::uint64_t matrix = 0;  ///< elements from one matrix to the next
};

/// The products out = factor * left * right, plus out if `adds`, of `batch` pairs of matrices:
/// (rows x depth) times (depth x columns).
struct MatrixProducts {
  std::uint64_t rows, columns, depth, batch;
  Matrices left;
  Matrices right;
  bool right_by_column;  ///< right is stored as (columns x depth), as weights are
  Matrices out;
  float factor;
  bool adds;
};

/// A cuBLAS handle on the current device, for products of bf16 summed in float. The constructor
/// loads the shared library, which stays loaded, so that the program starts without it. Not
/// thread-safe. Calls throw CudaError.
class Cublas {
 public:
  /// Throws Unavailable if the library is not found.
  Cublas();
  Cublas(const Cublas&) = delete;
  Cublas& operator=(const Cublas&) = delete;
  ~Cublas();

  /// Sets the stream of all later products.
  void use_stream(void* stream);
  /// Puts the products into the stream.
  void multiply(const MatrixProducts&);

 private:
  // Types are written out where the name in cuBLAS's header is overloaded.
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
