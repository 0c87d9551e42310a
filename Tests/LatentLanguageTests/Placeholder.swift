import Testing

@testable import LatentLanguage
