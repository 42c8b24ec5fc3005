/* How this build was made, where the code must know. */
#ifndef BULKHEAD_BUILD_H
#define BULKHEAD_BUILD_H

/* AddressSanitizer or ThreadSanitizer: they map terabytes of shadow memory, and call for more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

#endif
