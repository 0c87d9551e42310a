// How many threads programs run on. Results never depend on it.

import CKernels

public var threadCount: Int { Int(ck_threads()) }

/// Sets the number of threads of all programs of the process; 0 stands for one per processor, or
/// what the environment variable LATENT_THREADS says.
public func setThreadCount(_ count: Int) { ck_set_threads(Int32(clamping: max(count, 0))) }
