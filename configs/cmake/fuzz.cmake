# fuzz_programs(LIBRARY NAME...) makes, for each NAME_fuzz.cpp of the current folder, a program that replays its
# corpus/NAME, which is a test in every build. With SPLITBENCH_FUZZ it also makes the fuzzer itself, which is a test of
# ten minutes (label fuzz).
option(SPLITBENCH_FUZZ "Build the libFuzzer programs, with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(SPLITBENCH_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "libFuzzer is a part of clang: configure another folder with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  add_custom_target(fuzzers)
endif()

function(fuzz_programs library)
  if(SPLITBENCH_FUZZ)
    target_compile_options(${library} PUBLIC -g -fno-omit-frame-pointer -fno-sanitize-recover=all
      -fsanitize=fuzzer-no-link,address,undefined)
    target_link_options(${library} PUBLIC -fsanitize=address,undefined)
  endif()
  foreach(name IN LISTS ARGN)
    add_executable(${name}_replay ${name}_fuzz.cpp ${PROJECT_SOURCE_DIR}/codec/fuzz/replay.cpp)
    target_link_libraries(${name}_replay PRIVATE ${library})
    add_test(NAME ${library}.fuzz_corpus.${name}
             COMMAND ${name}_replay ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    if(SPLITBENCH_FUZZ)
      add_executable(${name}_fuzz ${name}_fuzz.cpp)
      target_link_libraries(${name}_fuzz PRIVATE ${library})
      target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${name}_fuzz)
      set(found ${CMAKE_CURRENT_BINARY_DIR}/${name})
      file(MAKE_DIRECTORY ${found})
      add_test(NAME ${library}.fuzz.${name}
               COMMAND ${name}_fuzz -max_total_time=600 -runs=5000000 -artifact_prefix=${found}- -print_final_stats=1
                       ${found} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
      set_tests_properties(${library}.fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 900)
    endif()
  endforeach()
endfunction()
