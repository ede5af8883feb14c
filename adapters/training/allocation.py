"""Keep freed memory in the process while training, where the C library is glibc.

A training pass allocates and frees the same gigabyte again and again. glibc gives large
blocks back to the kernel each time, which then clears every page anew on the next pass.
"""

from __future__ import annotations

import ctypes
import platform

# From malloc.h; 32 MB is the most that glibc takes for the first.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed blocks; return whether it could be told."""
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    settings = (
        (_M_MMAP_THRESHOLD, 32 << 20),
        (_M_TRIM_THRESHOLD, 2**31 - 1),
        (_M_TOP_PAD, 64 << 20),
    )
    return all(library.mallopt(name, value) == 1 for name, value in settings)
