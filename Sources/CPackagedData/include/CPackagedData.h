// The packaged data sets (see packaged.S) as ranges of bytes. Swift imports no arrays of unknown
// length, hence the functions.
#pragma once

typedef struct {
  const unsigned char *_Nonnull start, *_Nonnull end;
} PackagedBytes;

#define PACKAGED(name)                                                       \
  extern const unsigned char packaged_##name[], packaged_##name##_end[];     \
  static inline PackagedBytes packaged_##name##_bytes(void) {                \
    return (PackagedBytes){packaged_##name, packaged_##name##_end};          \
  }

PACKAGED(digits)
PACKAGED(faithful)
PACKAGED(iris)
PACKAGED(usarrests)

#undef PACKAGED
