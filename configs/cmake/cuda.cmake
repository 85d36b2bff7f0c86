# CUDA is used when nvcc 12 or later is found, on PATH or in its usual place; without it every CUDA
# entry point is a stub that throws Unavailable, and the rest builds and runs on the CPU backend.
set(SPLITBENCH_CUDA OFF)
find_program(NVCC nvcc HINTS /usr/local/cuda/bin)
if(NVCC)
  execute_process(COMMAND ${NVCC} --version OUTPUT_VARIABLE NVCC_VERSION_TEXT)
  string(REGEX MATCH "release ([0-9]+)" _ "${NVCC_VERSION_TEXT}")
  if(CMAKE_MATCH_1 GREATER_EQUAL 12)
    set(SPLITBENCH_CUDA ON)
  else()
    message(STATUS "nvcc ${CMAKE_MATCH_1} is older than 12: building without CUDA")
  endif()
endif()

if(SPLITBENCH_CUDA)
  set(CMAKE_CUDA_COMPILER ${NVCC})
  set(CMAKE_CUDA_ARCHITECTURES 90-real 80-virtual)  # one real architecture: nvcc is slow on two cores
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # this CMake does not yet know that nvcc takes C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  endif()
  find_package(CUDAToolkit REQUIRED)
endif()
