import Testing

@testable import LatentNotebook
