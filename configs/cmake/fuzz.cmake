# fuzz_programs(LIBRARY NAME...) makes, for each NAME_fuzz.cpp of the current folder, a program that replays its
# corpus/NAME, which is a test in every build. With SPLITBENCH_FUZZ it also makes the fuzzer itself, which is two tests:
# of ten minutes (label fuzz) and of an hour (label nightly).
option(SPLITBENCH_FUZZ "Build the libFuzzer programs, with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(SPLITBENCH_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "libFuzzer is a part of clang: configure another folder with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  add_custom_target(fuzzers)
  set(fuzz_labels fuzz nightly)
  set(fuzz_seconds 600 3600)
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
      foreach(label seconds IN ZIP_LISTS fuzz_labels fuzz_seconds)
        add_test(NAME ${library}.${label}.${name}
                 COMMAND ${name}_fuzz -max_total_time=${seconds} -timeout=10 -rss_limit_mb=1000 -print_final_stats=1
                         -artifact_prefix=${found}- ${found} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
        math(EXPR patience "${seconds} + 300")
        set_tests_properties(${library}.${label}.${name} PROPERTIES LABELS ${label} TIMEOUT ${patience})
      endforeach()
    endif()
  endforeach()
endfunction()
